"""The heart of the driver: takes the program's registrations one by one and makes the simulated cloud agree with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.engine.aliases import AliasError, Aliases
from sandbox.engine.codec import renamed
from sandbox.engine.operations import Operations
from sandbox.engine.planning import (
    Decision,
    Verdict,
    decide,
    decide_component,
    option_forces,
    refers_elsewhere,
    with_ignored,
)
from sandbox.engine.properties import NOTHING, Properties, has_unknown
from sandbox.engine.reads import StackOutputs, import_
from sandbox.engine.registry import OptionError, Registry, default_goal, default_urn, provider_id, refuse_disabled
from sandbox.engine.replacement import ProtectedError, Replacement
from sandbox.engine.report import Report
from sandbox.engine.resources import Goal, Resource, resource_of
from sandbox.engine.state import Snapshot, Store
from sandbox.engine.steps import Op, Step
from sandbox.engine.urns import is_provider_type, make_urn, package_of, split_reference
from sandbox.grpc.values import merged, wholly
from sandbox.provider import CheckFailure, Live, PropertyMap, Provider, ProviderError


@dataclass(frozen=True, slots=True)
class Answer:
    """What the program hears of a registration."""

    urn: str
    id: str = ""
    """Empty while it is not known."""
    outputs: Properties = NOTHING
    failed: bool = False
    """Its outputs are unknown, and nothing that depends on them is done."""


class Deployment:
    """One run of one program. Single-threaded: the monitor calls it from the program's own event loop."""

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        snapshot: Snapshot,
        store: Store,
        registry: Registry,
        operations: Operations,
        report: Report,
        config: Mapping[str, str],
        stack_outputs: StackOutputs,
    ) -> None:
        self.project, self.stack = project, stack
        self.store, self.registry, self.operations, self.report = store, registry, operations, report
        self.stack_outputs = stack_outputs
        self.preview = operations.preview
        self.olds: dict[str, Resource] = dict(snapshot.resources)
        self.left: dict[str, Resource] = dict(snapshot.resources)
        """The resources of the state that the program has not registered yet."""
        self.condemned: list[Resource] = list(snapshot.condemned)
        self.news: dict[str, Resource] = {}
        self.replaced: set[str] = set()
        self.aliases = Aliases(stack, project)
        self.goals: dict[str, Goal] = {}
        """Everything that has been registered, made or not."""
        self._failed: set[str] = set()
        self._config = config
        self.replacement = Replacement(self)

    @property
    def stopped(self) -> bool:
        """Whether something went wrong, after which a real run changes nothing more and only looks for further problems."""
        return bool(self.report.problems) and not self.preview

    def register(self, goal: Goal) -> Answer:
        """Serve one registration. Never raises for what the program or the cloud did wrong: that is reported."""
        urn = make_urn(self.stack, self.project, goal.parent, goal.type, goal.name)
        self.report.hide(goal.inputs)
        if self.refuse_duplicate(urn, goal):
            return Answer(urn, failed=True)
        self.goals[urn] = goal
        try:
            self._inherit(goal)
            found = self.aliases.find(urn, goal, self.olds, self.goals)
            old = self._adopted(found, urn) if found is not None else None
            if not goal.custom:
                return self._component(urn, goal, old)
            if is_provider_type(goal.type):
                return self._custom(urn, goal, old, found, self.registry.base(package_of(goal.type)))
            provider = self.provider_of(goal)
            return self._custom(urn, goal, old, found, provider)
        except (OptionError, AliasError) as error:
            kind = "protected" if isinstance(error, ProtectedError) else "option"
            self.refuse(str(error), urn, goal.type, kind=kind)
        except ProviderError as error:
            self.refuse(str(error), urn, goal.type, kind="provider")
        return self.failed(urn)

    def set_outputs(self, urn: str, outputs: Properties) -> None:
        """The outputs that a component, or the stack, gives itself at its end."""
        resource = self.news.get(urn)
        if resource is None:
            return
        if self.stopped:
            outputs = _with_former(outputs, resource.outputs)
        self.report.hide(outputs)
        if outputs != resource.outputs:
            self.news[urn] = replace(resource, outputs=outputs)
            self.store.put(self.news[urn])

    def refuse_duplicate(self, urn: str, goal: Goal) -> bool:
        """Whether the URN is taken, which then has been reported."""
        taken = urn in self.goals
        if taken:
            self.refuse(
                "two resources have this type, name and parent: give one of them another name",
                urn,
                goal.type,
                kind="duplicate",
            )
        return taken

    def refuse(self, message: str, urn: str, type_: str, *, kind: str, property_: str = "") -> None:
        """Report what is wrong with a resource."""
        self._failed.add(urn)
        self.report.problem(message, kind=kind, urn=urn, property_=property_, type_=type_)

    def failed(self, urn: str) -> Answer:
        """The answer for a resource that is not made."""
        self._failed.add(urn)
        return Answer(urn, failed=True)

    def provider_of(self, goal: Goal) -> Provider:
        """The instance that serves a goal, a default provider where it names none. Raises OptionError."""
        if not goal.provider:
            goal.provider = self._default_provider(package_of(goal.type), goal.version)
        if split_reference(goal.provider)[0] in self._failed:
            return self.registry.base(package_of(goal.type))  # there is no instance, but inputs can still be checked
        return self.registry.of(goal.provider)

    def _default_provider(self, package: str, version: str) -> str:
        refuse_disabled(package, self._config)
        goal = default_goal(package, version, self._config)
        urn = default_urn(self.stack, self.project, goal)
        if urn not in self.goals:
            self.register(goal)
        known = self.news.get(urn)
        return f"{urn}::{known.id if known else ''}"

    def _inherit(self, goal: Goal) -> None:
        parent = self.goals.get(goal.parent)
        if parent is None:
            if goal.parent:
                raise OptionError(f"the parent {goal.parent} has not been registered")
            return
        goal.deleted_with = goal.deleted_with or parent.deleted_with
        goal.protect = parent.protect if goal.protect is None else goal.protect
        goal.retain_on_delete = parent.retain_on_delete if goal.retain_on_delete is None else goal.retain_on_delete

    def _adopted(self, found: Resource, urn: str) -> Resource:
        self.left.pop(found.urn, None)
        if found.urn == urn:
            return found
        self.registry.renamed(found.urn, urn)
        if found.urn not in self.replacement.deleted:
            self.store.rename(found.urn, urn)
        return renamed(found, self.aliases.adopted)

    def _component(self, urn: str, goal: Goal, old: Resource | None) -> Answer:
        if self.stopped and has_unknown(goal.inputs.values):
            return self.failed(urn)
        resource = resource_of(goal, urn)
        if old is not None and old.custom:
            self.condemn(old)
            old = None
        if old is None:
            self.report.planned(self.step(Op.CREATE, resource))
        else:
            decision = decide_component(old, goal.inputs)
            self.report.planned(self.step(Op(decision.verdict), resource, old, decision))
            resource = replace(resource, outputs=old.outputs)
        self.record(resource, old)
        return Answer(urn)

    def _custom(self, urn: str, goal: Goal, old: Resource | None, found: Resource | None, provider: Provider) -> Answer:
        known_id = "" if old is None else old.import_id or old.id
        imported = bool(goal.import_id) and (old is None or old.external or known_id != goal.import_id)
        if imported:
            old = import_(self, urn, goal, old, provider)
        recreating = found is not None and found.urn in self.replacement.deleted
        base = None if old is None or recreating or old.external or not old.custom else old
        inputs = self._with_ignored(urn, goal, base) if base else goal.inputs
        checked = self.checked(urn, goal, provider, base, inputs)
        if checked is None or (self.stopped and has_unknown(checked.values)):
            return self.failed(urn)
        resource = replace(resource_of(goal, urn), inputs=checked)
        if recreating and found is not None and old is not None:
            return self.replacement.recreate(resource, old, found, provider)
        if base is None:
            if old is not None:
                self.condemn(old)
            return self.create(resource, provider, self.step(Op.CREATE, resource))
        decision = self._decide(goal, base, checked, provider)
        if decision.verdict is Verdict.REPLACE:
            return self.replacement.replace(goal, resource, decision, provider, old=base, found=found or base)
        if decision.verdict is Verdict.UPDATE or base.init_errors:
            return self._update(resource, base, decision, provider)
        resource = replace(resource, id=base.id, outputs=self._same_outputs(base, goal))
        if not imported:
            self.report.planned(self.step(Op.SAME, resource, base, decision))
        if resource.is_provider:
            self.registry.configure(urn, goal.type, checked.values)
        return self.record(resource, base)

    def checked(
        self, urn: str, goal: Goal, provider: Provider, old: Resource | None, inputs: Properties
    ) -> Properties | None:
        """The inputs as the provider completes them; None, with every failure reported, where it refuses them."""
        before = None if old is None else old.inputs.values
        if is_provider_type(goal.type):
            values, failures = (
                inputs.values,
                self.operations.timed(goal.type, lambda: provider.check_config(inputs.values)),
            )
        else:
            values, failures = self.operations.timed(
                goal.type, lambda: provider.check(goal.type, urn, before, inputs.values)
            )
        for failure in failures:
            self._check_failed(urn, goal, failure)
        return None if failures else Properties(values, inputs.marks)

    def _check_failed(self, urn: str, goal: Goal, failure: CheckFailure) -> None:
        self.refuse(failure.reason, urn, goal.type, kind="check", property_=failure.property)

    def _with_ignored(self, urn: str, goal: Goal, old: Resource) -> Properties:
        try:
            inputs, failed = with_ignored(goal.inputs, old.inputs, goal.ignore_changes)
        except ValueError as error:
            raise OptionError(f"ignore_changes: {error}") from error
        if failed:
            self.report.log("info", f"cannot ignore changes in added or removed elements of {', '.join(failed)}", urn)
        return inputs

    def _decide(self, goal: Goal, old: Resource, inputs: Properties, provider: Provider) -> Decision:
        forced = option_forces(goal, old, self.replaced)
        if not forced and (moved := refers_elsewhere(goal, old, self.aliases.adopted)):
            forced = "provider" if self._provider_replaced(*moved) else ""
        if forced:
            return Decision(Verdict.REPLACE, (forced,), (forced,), bool(goal.delete_before_replace))
        try:
            return self.operations.timed(goal.type, lambda: decide(goal, old, inputs, provider))
        except ValueError as error:
            raise OptionError(f"replace_on_changes: {error}") from error

    def _provider_replaced(self, before: str, after: str) -> bool:
        """Whether what the former provider made is out of reach of the present one."""
        old, new = self.olds.get(before), self.news.get(after)
        if old is None or new is None or package_of(old.type) != package_of(new.type):
            return True
        return bool(self.registry.base(package_of(new.type)).diff_config(old.inputs.values, new.inputs.values).replaces)

    def _same_outputs(self, old: Resource, goal: Goal) -> Properties:
        added = [name for name in goal.additional_secret_outputs if name in old.outputs.values]
        return Properties(old.outputs.values, merged(old.outputs.marks, wholly(added))) if added else old.outputs

    def _update(self, resource: Resource, old: Resource, decision: Decision, provider: Provider) -> Answer:
        self.report.planned(self.step(Op.UPDATE, resource, old, decision))
        if self.stopped:
            return self.failed(resource.urn)
        if resource.is_provider:
            self.registry.configure(resource.urn, resource.type, resource.inputs.values)
            return self.record(
                replace(resource, id=old.id, outputs=self.outputs(provider, resource, resource.inputs.values)), old
            )
        live = self.operations.update(provider, old, resource.inputs.values)
        return self.record(
            replace(resource, id=live.id or old.id, outputs=self.outputs(provider, resource, live.properties)), old
        )

    def create(
        self, resource: Resource, provider: Provider, step: Step, *, instead_of: Resource | None = None
    ) -> Answer:
        """Make a resource and record it; half made where the cloud gave up midway.

        What it stands `instead_of` is deleted at the end. Raises ProviderError.
        """
        self.report.planned(step)
        if self.stopped:
            return self.failed(resource.urn)
        failure: ProviderError | None = None
        if resource.is_provider:
            live = self._configured(resource)
        else:
            try:
                live = self.operations.create(provider, resource, step.op)
            except ProviderError as error:
                if error.partial is None:
                    raise
                live, failure = error.partial, error
                resource = replace(resource, init_errors=(self.report.redacted(str(error)),))
        if instead_of is not None:
            self.condemn(instead_of)
        answer = self.record(
            replace(resource, id=live.id, outputs=self.outputs(provider, resource, live.properties)), None
        )
        if failure is not None:
            raise failure
        return answer

    def _configured(self, resource: Resource) -> Live:
        """A provider resource: nothing is made, but an instance is configured and gets an id."""
        self.registry.configure(resource.urn, resource.type, resource.inputs.values)
        if self.preview:
            return Live("", resource.inputs.values)
        rivals = (self.olds.get(resource.urn), *self.condemned)
        taken = [rival.id for rival in rivals if rival is not None and rival.urn == resource.urn]
        return Live(provider_id(resource.urn, taken), resource.inputs.values)

    def outputs(self, provider: Provider, resource: Resource, properties: PropertyMap) -> Properties:
        """What the provider gave, with the secrets in it marked.

        Secret is what came in as a secret, what the provider's schema calls one, and what the program adds.
        """
        schema = () if resource.is_provider else provider.secret_outputs(resource.type)
        secret = (*schema, *resource.additional_secret_outputs)
        came_in = {key: mark for key, mark in resource.inputs.marks.items() if key in properties}
        found = Properties(properties, merged(came_in, wholly(name for name in secret if name in properties)))
        self.report.hide(found)
        return found

    def record(self, resource: Resource, old: Resource | None) -> Answer:
        """The resource stands as said: into the state with it."""
        self.news[resource.urn] = resource
        if resource == old:
            self.store.keep(resource.urn)
        else:
            self.store.put(resource)
        self.operations.settle()
        return Answer(resource.urn, resource.id, resource.outputs if resource.custom else NOTHING)

    def condemn(self, old: Resource) -> None:
        """The old resource of this URN makes way, and is deleted at the end."""
        self.store.condemn(old.urn)
        self.condemned.append(old)

    def step(self, op: Op, new: Resource | None, old: Resource | None = None, decision: Decision | None = None) -> Step:
        """The step of a plan for this change."""
        resource = new or old
        if resource is None:
            raise ValueError("a step is about a resource")
        return Step(
            op=op,
            urn=resource.urn,
            type=resource.type,
            parent=resource.parent,
            provider=resource.provider,
            custom=resource.custom,
            changed=decision.changed if decision else (),
            replaces=decision.replaces if decision else (),
            delete_before_replace=bool(decision and decision.delete_before_replace),
            retained=bool(old and old.retain_on_delete and op in (Op.DELETE, Op.REPLACE)),
            old=old.inputs if old else None,
            new=new.inputs if new else None,
            dependencies=resource.dependencies,
            protect=resource.protect,
            external=resource.external,
        )


def _with_former(outputs: Properties, former: Properties) -> Properties:
    """The outputs of a run that failed: what it does not know, or never came to say, stays as it was."""
    known = {key: value for key, value in outputs.values.items() if not has_unknown(value)}
    return Properties({**former.values, **known}, merged(former.marks, outputs.marks))

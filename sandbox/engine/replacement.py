"""Everything that deletes: replacements, with the new or the old one first, and what a run leaves over at its end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.engine.cascade import Graph, deletion_order, replaced_with
from sandbox.engine.planning import Decision, Verdict
from sandbox.engine.registry import OptionError
from sandbox.engine.resources import Goal, Resource
from sandbox.engine.steps import Op
from sandbox.engine.urns import name_of
from sandbox.provider import Provider, ProviderError

if TYPE_CHECKING:
    from sandbox.engine.deployment import Answer, Deployment

PROTECTED = "it is protected: switch `protection` off in the stack file (or take `protect` from the resource), run up, and try again"


class ProtectedError(OptionError):
    """The program would lose what it protects."""


class Replacement:
    """The part of a deployment that deletes."""

    def __init__(self, deployment: Deployment) -> None:
        self._run = deployment
        self._graph: Graph | None = None
        self.deleted: dict[str, tuple[Resource, tuple[str, ...]]] = {}
        """Deleted ahead of their registration, because what they need was; with the properties that forced it."""

    def replace(
        self, goal: Goal, resource: Resource, decision: Decision, provider: Provider, *, old: Resource, found: Resource
    ) -> Answer:
        """Put `resource` in the place of `old`, which stood in the state as `found`. Raises OptionError, ProviderError."""
        run = self._run
        if old.protect and resource.protect:
            because = ", ".join(decision.replaces)
            run.refuse(f"cannot be replaced (because of {because}): {PROTECTED}", old.urn, old.type, kind="protected")
        if run.stopped:
            return run.failed(old.urn)
        if goal.import_id and not run.preview:
            raise OptionError(
                "what was imported, and still says so, cannot be replaced: remove import_ from its options"
            )
        checked = run.checked(old.urn, goal, provider, None, goal.inputs)
        if checked is None:
            return run.failed(old.urn)
        resource = replace(resource, inputs=checked)
        run.replaced |= {old.urn, found.urn}
        step = run.step(Op.REPLACE, resource, old, decision)
        if not decision.delete_before_replace:
            return run.create(resource, provider, step, instead_of=old)
        self._delete_with_dependents(old, found)
        return run.create(resource, provider, step)

    def recreate(self, resource: Resource, old: Resource, found: Resource, provider: Provider) -> Answer:
        """Make again what had to be deleted before something that it needs. Raises ProviderError."""
        run = self._run
        keys = self.deleted.pop(found.urn)[1]
        run.replaced |= {resource.urn, found.urn}
        decision = Decision(Verdict.REPLACE, keys, keys, delete_before_replace=True)
        return run.create(resource, provider, run.step(Op.REPLACE, resource, old, decision))

    def _delete_with_dependents(self, old: Resource, found: Resource) -> None:
        run = self._run
        if self._graph is None:
            self._graph = Graph(run.olds)
        registered = {*run.news, *run.aliases.adopted}
        doomed = [
            pair
            for pair in replaced_with(found.urn, self._graph, registered, run.registry.of)
            if pair[0].urn not in self.deleted
        ]
        for dependent, _ in doomed:
            if dependent.protect:
                raise ProtectedError(
                    f"its replacement would replace {name_of(dependent.urn)} ({dependent.urn}) too: {PROTECTED}"
                )
        gone = {found.urn, old.urn, *self.deleted, *(dependent.urn for dependent, _ in doomed)}
        for dependent, keys in reversed(doomed):
            self._delete(dependent, gone, Op.REPLACE)
            run.store.drop(dependent.urn)
            run.left.pop(dependent.urn, None)
            self.deleted[dependent.urn] = (dependent, keys)
            run.operations.settle()
        self._delete(old, gone, Op.REPLACE)
        run.store.drop(old.urn)

    def _delete(self, resource: Resource, gone: Collection[str], op: Op) -> None:
        """Delete it from the cloud, unless it is none of ours, is to be kept, or goes with another. Raises ProviderError."""
        if resource.managed and not resource.retain_on_delete and resource.deleted_with not in gone:
            self._run.operations.delete(self._run.registry.of(resource.provider), resource, op)

    def finish(self) -> None:
        """Delete what the program no longer registers and what has been replaced; nothing at all if any of it is protected."""
        run = self._run
        for resource, _ in self.deleted.values():
            run.report.planned(run.step(Op.DELETE, None, resource))
        if run.stopped:
            return
        left = [resource for resource in run.left.values() if resource.urn not in run.goals]
        for resource in left:
            if resource.protect:
                run.refuse(f"cannot be deleted: {PROTECTED}", resource.urn, resource.type, kind="protected")
        gone = {resource.urn for resource in left}
        condemned = {id(resource) for resource in run.condemned}
        for resource in deletion_order([*run.condemned, *left]):
            makes_way = id(resource) in condemned
            if not makes_way or resource.urn not in run.replaced:
                run.report.planned(run.step(Op.DELETE, None, resource))
            if run.stopped:
                continue
            try:
                self._delete(resource, gone, Op.DELETE)
            except (OptionError, ProviderError) as error:
                run.refuse(str(error), resource.urn, resource.type, kind="provider")
                return
            run.store.forget(resource) if makes_way else run.store.drop(resource.urn)
            run.operations.settle()

"""Looking at what the program does not own: `Resource.get`, imports, and the outputs of other stacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.engine.properties import Properties
from sandbox.engine.registry import OptionError
from sandbox.engine.resources import Goal, Resource, resource_of
from sandbox.engine.steps import Op
from sandbox.engine.urns import STACK_REFERENCE, make_urn
from sandbox.provider import Provider, ProviderError

if TYPE_CHECKING:
    from sandbox.engine.deployment import Answer, Deployment

StackOutputs = Callable[[str], Properties | None]
"""The outputs of another stack by its name; None where there is no such stack."""


def read(run: Deployment, goal: Goal, id_: str) -> Answer:
    """Serve a read. What cannot be found is reported, not raised."""
    urn = make_urn(run.stack, run.project, goal.parent, goal.type, goal.name)
    if run.refuse_duplicate(urn, goal):
        return run.failed(urn)
    run.goals[urn] = goal
    run.report.planned(run.step(Op.READ, replace(resource_of(goal, urn), external=True)))
    try:
        found = _referenced(run, goal, urn, id_) if goal.type == STACK_REFERENCE else _looked_up(run, goal, urn, id_)
    except (OptionError, ProviderError) as error:
        run.refuse(str(error), urn, goal.type, kind="provider")
        return run.failed(urn)
    old = run.left.pop(urn, None)
    if old is not None and not old.external and old.id != found.id:
        run.condemn(old)
    return run.record(found, old)


def _looked_up(run: Deployment, goal: Goal, urn: str, id_: str) -> Resource:
    provider = run.provider_of(goal)
    live = run.operations.read(provider, goal.type, urn, id_, goal.inputs.values)
    if live is None:
        raise OptionError(f"there is no {goal.type} with the id {id_!r}")
    resource = replace(resource_of(goal, urn), id=live.id, external=True)
    return replace(resource, outputs=run.outputs(provider, resource, live.properties))


def _referenced(run: Deployment, goal: Goal, urn: str, name: str) -> Resource:
    outputs = run.stack_outputs(name.rpartition("/")[2])
    if outputs is None:
        raise OptionError(f"this sandbox has no state of a stack {name!r}: run that stack up first")
    secret = sorted(outputs.marks)
    values = {"name": name, "outputs": outputs.values, "secretOutputNames": secret}
    found = Properties(values, {"outputs": dict(outputs.marks)} if secret else {})
    run.report.hide(found)
    return replace(resource_of(goal, urn), id=name, external=True, outputs=found)


def import_(run: Deployment, urn: str, goal: Goal, old: Resource | None, provider: Provider) -> Resource:
    """Take over something that exists: a step of its own, after which the program's inputs are compared as ever.

    Raises OptionError where there is no such thing, ProviderError.
    """
    run.report.planned(run.step(Op.IMPORT, resource_of(goal, urn)))
    live = run.operations.read(provider, goal.type, urn, goal.import_id, {})
    if live is None:
        raise OptionError(f"there is no {goal.type} with the id {goal.import_id!r} to import")
    # Nothing was written for it yet: the inputs that it would have been made with are what it is.
    resource = replace(resource_of(goal, urn), id=live.id, inputs=Properties(live.properties, goal.inputs.marks))
    resource = replace(resource, outputs=run.outputs(provider, resource, live.properties))
    if old is not None and old.id != live.id:
        run.condemn(old)
    run.record(resource, None)
    return resource

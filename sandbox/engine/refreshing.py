"""Refresh: make the state as the simulated cloud is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.engine import paths
from sandbox.engine.planning import Decision, Verdict
from sandbox.engine.properties import Properties
from sandbox.engine.registry import OptionError
from sandbox.engine.resources import Resource
from sandbox.engine.steps import Op
from sandbox.engine.urns import STACK_REFERENCE
from sandbox.provider import Live, ProviderError

if TYPE_CHECKING:
    from sandbox.engine.deployment import Deployment


def refresh(run: Deployment) -> None:
    """Look at every resource of the state. What is gone leaves the state; a problem with one stops none of the others."""
    gone: set[str] = set()
    for old in list(run.olds.values()):
        resource = _without(old, gone)
        if not resource.custom or resource.is_provider or resource.type == STACK_REFERENCE:
            run.record(resource, old)
            continue
        try:
            if not _refresh_one(run, resource, old):
                gone.add(resource.urn)
        except (OptionError, ProviderError) as error:
            run.refuse(str(error), resource.urn, resource.type, kind="provider")


def _refresh_one(run: Deployment, resource: Resource, old: Resource) -> bool:
    """Look at one; False where it is gone."""
    live = run.operations.refreshed(run.registry.of(old.provider), old)
    if live is None:
        run.report.planned(replace(run.step(Op.DELETE, None, old), reason="it is gone from the simulated cloud"))
        run.store.drop(old.urn)
        run.operations.settle()
        return False
    new = _as_found(resource, live)
    changed = paths.changed_keys(old.outputs.values, live.properties)
    run.report.planned(run.step(Op.REFRESH, new, old, Decision(Verdict.SAME, changed)))
    run.record(new, old)
    return True


def _without(resource: Resource, gone: set[str]) -> Resource:
    """The resource, needing nothing any more that is gone."""
    if not gone & resource.needs():
        return resource
    return replace(
        resource,
        dependencies=tuple(urn for urn in resource.dependencies if urn not in gone),
        property_dependencies={
            key: kept
            for key, urns in resource.property_dependencies.items()
            if (kept := tuple(urn for urn in urns if urn not in gone))
        },
    )


def _as_found(old: Resource, live: Live) -> Resource:
    """The resource with the properties that were found.

    An input that drifted is taken over, so that the next run sees that the program wants something else.
    """
    drifted = {
        key: live.properties[key]
        for key, value in old.inputs.values.items()
        if key in live.properties and live.properties[key] not in (old.outputs.values.get(key), value)
    }
    inputs = Properties({**old.inputs.values, **drifted}, old.inputs.marks) if drifted else old.inputs
    return replace(old, id=live.id, inputs=inputs, outputs=Properties(live.properties, old.outputs.marks))

"""What hangs on what: the resources that a delete-before-replace takes with it, and the order of deletions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sandbox.engine.planning import with_replace_on_changes
from sandbox.engine.resources import Resource
from sandbox.engine.urns import split_reference
from sandbox.provider import UNKNOWN, Live, Provider


class Graph:
    """Who needs whom among the resources of a state. Built once, when a deletion is first thought of."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._resources = resources
        self._position = {urn: place for place, urn in enumerate(resources)}
        self._dependents: dict[str, list[str]] = {}
        for urn, resource in resources.items():
            for needed in resource.needs() - {resource.parent}:
                self._dependents.setdefault(needed, []).append(urn)

    def dependents(self, root: str, ignored: Collection[str]) -> list[Resource]:
        """All that need the root directly or through others (being its child is no need), in the state's order."""
        found: set[str] = set()
        waiting = [root]
        while waiting:
            for urn in self._dependents.get(waiting.pop(), ()):
                if urn not in found and urn not in ignored:
                    found.add(urn)
                    waiting.append(urn)
        return [self._resources[urn] for urn in sorted(found, key=self._position.__getitem__)]

    def tied(self, root: str) -> list[Resource]:
        """Those that the options `replaceWith` and `deletedWith` tie to the root."""
        near = (self._resources[urn] for urn in self._dependents.get(root, ()))
        return [resource for resource in near if root in resource.replace_with or resource.deleted_with == root]


def replaced_with(
    root: str, graph: Graph, ignored: Collection[str], provider_of: Callable[[str], Provider]
) -> list[tuple[Resource, tuple[str, ...]]]:
    """The dependents that have to be deleted before a resource is, in the state's order, with the properties that force it.

    They are those that would have to be replaced if what they take from it changed.
    """
    doomed = {root}
    found: dict[str, tuple[Resource, tuple[str, ...]]] = {}
    for resource in graph.dependents(root, ignored):
        keys = _forced(resource, doomed, provider_of)
        if keys is not None:
            doomed.add(resource.urn)
            found[resource.urn] = (resource, keys)
    for resource in graph.tied(root):
        if resource.urn not in ignored:
            found.setdefault(resource.urn, (resource, ()))
    return list(found.values())


def _forced(resource: Resource, doomed: set[str], provider_of: Callable[[str], Provider]) -> tuple[str, ...] | None:
    if not resource.custom or resource.external:
        return None
    if resource.provider and split_reference(resource.provider)[0] in doomed:
        return ("provider",)
    if resource.deleted_with in doomed:
        return ("deletedWith",)
    inputs: dict[str, Any] = dict(resource.inputs.values)
    affected = [key for key in inputs if doomed.intersection(resource.property_dependencies.get(key, ()))]
    if not affected:
        return None
    inputs.update(dict.fromkeys(affected, UNKNOWN))
    if resource.is_provider:
        diff = provider_of(f"{resource.urn}::{resource.id}").diff_config(resource.inputs.values, inputs)
    else:
        live = Live(resource.id, resource.outputs.values)
        diff = provider_of(resource.provider).diff(resource.type, live, resource.inputs.values, inputs)
    return with_replace_on_changes(diff, resource.replace_on_changes) or None


def deletion_order(resources: Iterable[Resource]) -> list[Resource]:
    """The resources in an order in which nothing is deleted before what needs it; later in the state goes first."""
    waiting = list(resources)
    by_urn: dict[str, list[int]] = {}
    for index, resource in enumerate(waiting):
        by_urn.setdefault(resource.urn, []).append(index)
    ordered: list[Resource] = []
    done: set[int] = set()
    # Depth first over what each one needs gives needed-first; deletion is the reverse.
    for start in range(len(waiting)):
        stack = [(start, False)]
        while stack:
            index, finished = stack.pop()
            if finished:
                ordered.append(waiting[index])
            elif index not in done:
                done.add(index)
                stack.append((index, True))
                needed = (place for urn in waiting[index].needs() for place in by_urn.get(urn, ()))
                stack.extend((place, False) for place in sorted(needed, reverse=True) if place not in done)
    return ordered[::-1]

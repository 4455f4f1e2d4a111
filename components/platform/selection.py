"""Which components a stack installs, in which order; and everything in the stack file that the catalogue refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from adapters.catalogue import Component, Layer
from adapters.records import Capabilities
from components.platform.catalogue import COMPONENTS
from config import effective
from config.model import StackConfig
from config.problems import Problem

STACKS: Final = Path(__file__).resolve().parents[2] / "stacks"
"""Where stack files are, and what the overlays in `platform.values` are relative to."""
LAYERS: Mapping[str, frozenset[Layer]] = {
    "full": frozenset({"foundation", "platform", "application"}),
    "foundation": frozenset({"foundation"}),
}
"""The layers of each `platform.tier`."""


def catalogue(extra: Sequence[Component] = ()) -> dict[str, Component]:
    """All components by name: the portable ones and what the adapter adds.

    Errors: ValueError when two have the same name.
    """
    by_name: dict[str, Component] = {}
    for component in (*extra, *COMPONENTS):
        if component.name in by_name:
            raise ValueError(f"the catalogue has {component.name} twice")
        by_name[component.name] = component
    return by_name


def installed(stack: StackConfig, capabilities: Capabilities, component: Component) -> bool:
    """Whether the stack installs it: by its tier, by the stack file's word, else by the catalogue's rule."""
    if component.layer not in LAYERS[stack.platform.tier]:
        return False
    said = stack.platform.components.get(component.name)
    return component.on(stack, capabilities) if said is None else said


def selected(stack: StackConfig, capabilities: Capabilities, extra: Sequence[Component] = ()) -> tuple[Component, ...]:
    """What the stack installs, each after what it needs. The same stack always gives the same order.

    Errors: ValueError when the catalogue's own order has a circle.
    """
    chosen = {name: c for name, c in catalogue(extra).items() if installed(stack, capabilities, c)}
    order: dict[str, Component] = {}

    def visit(component: Component, path: tuple[str, ...]) -> None:
        if component.name in path:
            raise ValueError(f"components wait for one another: {' → '.join((*path, component.name))}")
        if component.name not in order:
            for before in predecessors(component, chosen.values()):
                visit(before, (*path, component.name))
            order[component.name] = component

    for component in chosen.values():
        visit(component, ())
    return tuple(order.values())


def predecessors(component: Component, chosen: Iterable[Component]) -> tuple[Component, ...]:
    """Those of `chosen` that come before `component`: what it needs, and what it follows where that is installed."""
    words = {*component.needs, *component.after}
    return tuple(c for c in chosen if c.name in words or (c.provides and c.provides in words))


def platform_problems(
    stack: StackConfig, capabilities: Capabilities, extra: Sequence[Component] = (), folder: Path | None = None
) -> list[Problem]:
    """Everything about the platform in the stack file that cannot be. Needs no cloud and no credentials.

    `extra`: the adapter's own components. `folder`: where the stack file is; overlays are only looked for when given.
    """
    known = catalogue(extra)
    chosen = [c for c in known.values() if installed(stack, capabilities, c)]
    return [
        *_unknown(stack, known),
        *_missing(chosen, known),
        *_doubled(chosen),
        *_too_few_nodes(stack, chosen),
        *_storage(stack, chosen),
        *_versions(stack, chosen),
        *_loose_overlays(stack, chosen, known, folder),
    ]


def _path(name: str) -> tuple[str, ...]:
    return ("platform", "components", name)


def _unknown(stack: StackConfig, known: Mapping[str, Component]) -> Iterator[Problem]:
    for section in ("components", "values"):
        for name in getattr(stack.platform, section):
            if name not in known:
                close = get_close_matches(name, known, 1, 0.5)
                meant = f"did you mean {close[0]}?" if close else f"the components are {', '.join(known)}"
                yield Problem(("platform", section, name), f"there is no component {name}", meant)


def _missing(chosen: Sequence[Component], known: Mapping[str, Component]) -> Iterator[Problem]:
    names = {c.name for c in chosen}
    for component in chosen:
        for need in component.needs:
            if need not in names:
                yield Problem(
                    _path(need if need in known else component.name),
                    f"{component.name} needs {need}, which is off",
                    f"set platform.components.{need}: true, or platform.components.{component.name}: false",
                )


def _doubled(chosen: Sequence[Component]) -> Iterator[Problem]:
    first: dict[str, Component] = {}
    for component in chosen:
        if not component.provides:
            continue
        other = first.setdefault(component.provides, component)
        if other is not component:
            yield Problem(
                _path(component.name),
                f"{other.name} and {component.name} both provide {component.provides}",
                f"set platform.components.{component.name}: false, or that of {other.name}",
            )


def _too_few_nodes(stack: StackConfig, chosen: Sequence[Component]) -> Iterator[Problem]:
    nodes = effective.schedulable_nodes(stack)
    for component in chosen:
        if component.replicas > nodes:
            yield Problem(
                _path(component.name),
                f"{component.name} keeps {component.replicas} replicas on different nodes, and only {nodes} for ordinary pods "
                f"{'is' if nodes == 1 else 'are'} planned",
                f"raise cluster.pools.<name>.min until {component.replicas} are planned, "
                f"or set platform.components.{component.name}: false",
            )


def _storage(stack: StackConfig, chosen: Sequence[Component]) -> Iterator[Problem]:
    replicated = any(c.provides == "replicated-storage" for c in chosen)
    if effective.storage_default(stack) == "replicated" and not replicated and stack.platform.tier != "foundation":
        yield Problem(
            ("storage", "default"),
            "replicated storage is to be the default, and no component provides it",
            "set platform.components.longhorn: true, or storage.default: block",
        )


def _versions(stack: StackConfig, chosen: Sequence[Component]) -> Iterator[Problem]:
    found = re.match(r"v1\.(\d+)\.", stack.cluster.version)
    if found is None:
        return
    minor = int(found[1])
    for component in chosen:
        chart = component.chart
        if not chart.first_minor <= minor <= chart.last_minor:
            yield Problem(
                ("cluster", "version"),
                f"{component.name}: chart {chart.name} {chart.version} works on Kubernetes 1.{chart.first_minor} to "
                f"1.{chart.last_minor}, and this is 1.{minor}",
                f"write a version of 1.{chart.last_minor}, or set platform.components.{component.name}: false",
            )


def _loose_overlays(
    stack: StackConfig, chosen: Sequence[Component], known: Mapping[str, Component], folder: Path | None
) -> Iterator[Problem]:
    names = {c.name for c in chosen}
    for name, file in stack.platform.values.items():
        path = ("platform", "values", name)
        if name in known and name not in names:
            yield Problem(
                path, f"{name} is not installed, so its values have no effect", f"remove platform.values.{name}"
            )
        if folder is not None and not (folder / file).is_file():
            yield Problem(
                path,
                f"there is no file {folder / file}",
                "write it, or correct the path; it is relative to the stack file",
            )

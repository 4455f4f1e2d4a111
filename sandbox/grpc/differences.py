"""The engine's view of a provider's diff: which top-level property, what kind of change, does it replace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.provider import Diff, PropertyMap

_STEP: Final = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')
_ABSENT: Final = object()
_KINDS: Final = {"ADD": pb.PropertyDiff.ADD, "DELETE": pb.PropertyDiff.DELETE, "UPDATE": pb.PropertyDiff.UPDATE}
_REPLACING: Final = {
    pb.PropertyDiff.ADD: pb.PropertyDiff.ADD_REPLACE,
    pb.PropertyDiff.DELETE: pb.PropertyDiff.DELETE_REPLACE,
    pb.PropertyDiff.UPDATE: pb.PropertyDiff.UPDATE_REPLACE,
}


def steps(path: str) -> tuple[str | int, ...]:
    """`a.b[0]["c.d"]` as ("a", "b", 0, "c.d"). Raises ValueError for what is no property path."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(f"not a property path: {path}")
        name, index, quoted = match.groups()
        found.append(int(index) if index else name if name is not None else quoted.replace('\\"', '"'))
        at = match.end()
    return tuple(found)


def _at(properties: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        within_list = isinstance(properties, list) and isinstance(step, int) and step < len(properties)
        if not within_list and not (isinstance(properties, Mapping) and step in properties):
            return _ABSENT
        properties = properties[step]
    return properties


def response(diff: Diff, old: PropertyMap, new: PropertyMap) -> pb.DiffResponse:
    """The answer to Diff and DiffConfig. `old` and `new` are inputs; what differs only in outputs counts as an update."""
    detailed = {}
    for path in dict.fromkeys((*diff.changed, *diff.replaces)):
        before, after = _at(old, steps(path)), _at(new, steps(path))
        word = "UPDATE" if (before is _ABSENT) == (after is _ABSENT) else "ADD" if before is _ABSENT else "DELETE"
        kind = _KINDS[word]
        detailed[path] = pb.PropertyDiff(kind=_REPLACING[kind] if path in diff.replaces else kind, inputDiff=True)
    return pb.DiffResponse(
        changes=pb.DiffResponse.DIFF_SOME if detailed else pb.DiffResponse.DIFF_NONE,
        diffs=list(dict.fromkeys(str(steps(path)[0]) for path in detailed)),
        replaces=list(dict.fromkeys(str(steps(path)[0]) for path in diff.replaces)),
        deleteBeforeReplace=diff.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )

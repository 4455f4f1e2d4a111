"""Property paths as the engine writes them: `a.b[0]["c.d"].*`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sandbox.provider import PropertyMap

Path = tuple[str | int, ...]
ANY: Final = "*"
_ELEMENT: Final = re.compile(r'\.?([^.\[\]]+)|\.?\[(\d+|\*)\]|\.?\["((?:[^"\\]|\\.)*)"\]')


@lru_cache(maxsize=4096)
def parse(path: str) -> Path:
    """The elements of a path. Raises ValueError for what is none."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        match = _ELEMENT.match(path, at)
        if match is None or (at == 0 and path[0] == "."):
            raise ValueError(f"{path!r} is not a property path")
        name, index, quoted = match.groups()
        if index is not None:
            found.append(ANY if index == ANY else int(index))
        else:
            found.append(name if name is not None else quoted.replace('\\"', '"'))
        at = match.end()
    if not found:
        raise ValueError("a property path is not empty")
    return tuple(found)


def contains(outer: Path, inner: Path) -> bool:
    """Whether `inner` is `outer` or lies in it; `*` matches any one element."""
    return len(inner) >= len(outer) and all(a in (ANY, b) for a, b in zip(outer, inner, strict=False))


def reset(path: Path, old: Any, new: Any) -> bool:
    """Give `new`, in place, the value that `old` has at the path, or remove it where `old` has none.

    Never makes an intermediate object and never changes the length of a list; False where that would be needed.
    """
    key, rest = path[0], path[1:]
    if key == ANY:
        return _reset_all(rest, old, new)
    if isinstance(key, int):
        return _reset_element(key, rest, old, new)
    if not rest:
        return _reset_leaf(key, old, new)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return not isinstance(old, dict) and not isinstance(new, dict)
    if key not in new:
        return key not in old
    return reset(rest, old.get(key), new[key])


def _reset_leaf(key: str, old: Any, new: Any) -> bool:
    if isinstance(old, dict) and key in old:
        if not isinstance(new, dict):
            return False
        new[key] = old[key]
    elif isinstance(new, dict):
        new.pop(key, None)
    return True


def _reset_element(index: int, rest: Path, old: Any, new: Any) -> bool:
    if not isinstance(old, list) or not isinstance(new, list):
        return not isinstance(old, list) and not isinstance(new, list)
    if index >= len(old) or index >= len(new):
        return not rest and index >= len(old) and index >= len(new)
    if rest:
        return reset(rest, old[index], new[index])
    new[index] = old[index]
    return True


def _reset_all(rest: Path, old: Any, new: Any) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        if not rest:
            new.clear()
            new.update(old)
            return True
        return all(key in new and reset(rest, value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        for index, (before, after) in enumerate(zip(old, new, strict=False)):
            if not rest:
                new[index] = before
            elif not reset(rest, before, after):
                return False
        return len(old) == len(new)
    return not rest and isinstance(new, dict | list)


def changed_keys(old: PropertyMap, new: PropertyMap) -> tuple[str, ...]:
    """Top-level keys whose values differ, sorted."""
    return tuple(
        sorted(key for key in old.keys() | new.keys() if key not in old or key not in new or old[key] != new[key])
    )


def copied(value: Any) -> Any:
    """A deep copy of plain data: several times faster than copy.deepcopy, which knows more kinds."""
    if isinstance(value, Mapping):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    return value

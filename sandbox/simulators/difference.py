"""What differs between two property maps, as paths, and which of the paths force a replacement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_INDEX = re.compile(r"\[\d+\]")


def changed_paths(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Paths such as `rootBlockDevice.encrypted` and `rules[2].action` where the two differ.

    A value that is missing on one side is compared as an empty one of the other side's kind, so that paths always
    lead to the innermost difference and an empty map equals a missing one, as it does for the clouds.
    """
    if old == new:
        return
    for key in (*old, *(key for key in new if key not in old)):
        yield from _changed(old.get(key), new.get(key), key)


def _changed(old: Any, new: Any, path: str) -> Iterator[str]:
    if old is new or (type(old) is type(new) and old == new):
        return
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = _emptied(old, {}), _emptied(new, {})
        if isinstance(before, dict) and isinstance(after, dict):
            for key in (*before, *(key for key in after if key not in before)):
                yield from _changed(before.get(key), after.get(key), f"{path}.{key}")
            return
    elif isinstance(old, list) or isinstance(new, list):
        before, after = _emptied(old, []), _emptied(new, [])
        if isinstance(before, list) and isinstance(after, list):
            for index in range(max(len(before), len(after))):
                yield from _changed(_at(before, index), _at(after, index), f"{path}[{index}]")
            return
    elif old == new:
        return  # 1 and 1.0
    yield path


def _emptied(value: Any, empty: Any) -> Any:
    return empty if value is None else value


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else None


def restricted(value: Any, shape: Any) -> Any:
    """A value without what `shape` does not mention, so that what a cloud adds to an object is no difference."""
    if isinstance(value, dict) and isinstance(shape, dict):
        return {key: restricted(value[key], item) for key, item in shape.items() if key in value}
    if isinstance(value, list) and isinstance(shape, list) and len(value) == len(shape):
        return [restricted(item, other) for item, other in zip(value, shape, strict=True)]
    return value


def drifted_paths(live: Mapping[str, Any], inputs: Mapping[str, Any]) -> Iterator[str]:
    """Paths of inputs that the live resource has with another value; what it does not have is no difference."""
    have = restricted(live, inputs)
    if have != inputs:
        yield from changed_paths(have, restricted(inputs, have))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is one of the patterns or below one. Patterns leave list indexes out; `*` is everything."""
    bare = _INDEX.sub("", path)
    return any(pattern in ("*", bare) or bare.startswith(pattern + ".") for pattern in patterns)


def at_path(properties: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path without indexes; None where there is none."""
    value: Any = properties
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def strings_at(value: Any, path: str) -> Iterator[str]:
    """The strings at a dotted path, through lists on the way: every target group of a listener's actions, say."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from strings_at(item, path)
    elif not path:
        if isinstance(value, str):
            yield value
    elif isinstance(value, Mapping):
        part, _, rest = path.partition(".")
        yield from strings_at(value.get(part), rest)

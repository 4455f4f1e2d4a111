"""Turns what pydantic found into problems for people: the key as it is written, what is wrong, what to type next."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from pydantic.alias_generators import to_camel

from config import fields
from config.problems import Path, Problem
from config.scalars import Refused

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ABSENT: Final = object()
"""Stands for a value that is not there; None is a value."""
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Values:
    """The stack's values before validation, and which of them may be shown."""

    tree: Mapping[str, Any]
    raw: Mapping[Path, str] = field(default_factory=dict)
    """Plain scalars as the file writes them."""
    hidden: Callable[[Path], bool] = lambda _: False

    def show(self, path: Path, value: Any) -> str:
        """`value` as people wrote it, or a word in its place when it is secret, long, or more than a scalar."""
        found = fields.place(path)
        if self.hidden(path) or (found and found.secret):
            return "the value"
        if isinstance(value, dict | list):
            return _word(value)
        if isinstance(value, str):
            return repr(value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…")
        return self.raw.get(path) or json.dumps(value, default=str)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and the paths whose values are not to be relied on because of it."""

    problem: Problem
    doubtful: tuple[Path, ...]


def translate(errors: Collection[ErrorDetails], values: Values) -> list[Finding]:
    """One finding for each error of pydantic's."""
    return [_finding(error, values) for error in errors]


def _finding(error: ErrorDetails, values: Values) -> Finding:
    path, is_key = place_of(error["loc"], values.tree)
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return Finding(Problem(path, "is missing", _add(path)), (path,))
    message, remedy = _message(path, error, values, is_key=is_key)
    return Finding(Problem(path, message, remedy), (path,))


def place_of(loc: tuple[str | int, ...], tree: Any) -> tuple[Path, bool]:
    """Pydantic's location without the names of union members; and whether a key is meant, not its value."""
    path: list[str | int] = []
    node: Any = tree
    for part in loc:
        if part == "[key]":
            return tuple(path), True
        below = step(node, part)
        if below is ABSENT and fields.place((*path, part)) is None:
            continue
        node = below
        path.append(part)
    return tuple(path), False


def step(node: Any, part: str | int) -> Any:
    """What is below `node` at `part`, or :data:`ABSENT`."""
    if isinstance(node, dict):
        return node.get(part, ABSENT)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return ABSENT


def _message(path: Path, error: ErrorDetails, values: Values, *, is_key: bool) -> tuple[str, str]:
    kind, value = error["type"], error["input"]
    context: dict[str, Any] = error.get("ctx", {})
    shown = values.show(path, value)
    if is_key:
        shown = f"the name {path[-1]!r}"
    if kind == "value_error" and isinstance(refused := context.get("error"), Refused):
        return f"{shown} {refused.fault}", refused.remedy
    if value is None or (value == "" and len(path) == 1):
        return "is empty", f"fill it in, or remove it{fields.hint(path)}"
    if kind in _EXPECTED:
        return _wrong_kind(path, kind, values, value)
    if kind in ("literal_error", "enum"):
        return _choice(path, value, shown, context["expected"])
    if kind in _LIMITS:
        return _limit(kind, context, shown, path)
    raise NotImplementedError(f"the model gives errors of type {kind!r}, which have no message yet")


_CONTAINERS = ("a mapping", "a list")


def _wrong_kind(path: Path, kind: str, values: Values, value: Any) -> tuple[str, str]:
    what, remedy = _EXPECTED[kind]
    if what in _CONTAINERS:
        return f"is {_word(value)} where {what} belongs", remedy(path, "")
    shown = values.show(path, value)
    return f"{shown} is not {what}", remedy(path, values.raw.get(path, shown))


def _word(value: Any) -> str:
    """What kind of value this is; what is no mapping where one belongs may be a secret in the wrong place."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return "text" if isinstance(value, str) else "a single value"


def _keys_below(path: Path, _: str) -> str:
    names = fields.keys(path)
    return (
        f"write its keys indented on the lines below it: {', '.join(names)}"
        if names
        else "write `name: value` below it"
    )


def _quote(path: Path, raw: str) -> str:
    return f'put it in quotes: {path[-1] if path else ""}: "{raw}"' if raw != "the value" else "put it in quotes"


def _whole(_: Path, __: str) -> str:
    return "write a whole number without quotes"


def _on_off(path: Path, _: str) -> str:
    return f"write true or false{fields.hint(path)}"


def _dashes(path: Path, _: str) -> str:
    return f"write its items below it, each after a dash{fields.hint(path)}"


_EXPECTED: dict[str, tuple[str, Callable[[Path, str], str]]] = {
    "model_type": ("a mapping", _keys_below),
    "model_attributes_type": ("a mapping", _keys_below),
    "dict_type": ("a mapping", _keys_below),
    "list_type": ("a list", _dashes),
    "string_type": ("text", _quote),
    "int_type": ("a whole number", _whole),
    "int_from_float": ("a whole number", _whole),
    "int_parsing": ("a whole number", _whole),
    "int_parsing_size": ("a number of sensible size", lambda *_: "write a smaller number"),
    "bool_type": ("true or false", _on_off),
    "bool_parsing": ("true or false", _on_off),
}

_LIMITS = {
    "greater_than_equal": ("is too small", "at least {ge}"),
    "less_than_equal": ("is too large", "at most {le}"),
    "string_too_long": ("is too long", "at most {max_length} characters"),
    "string_too_short": ("is too short", "at least {min_length} character"),
    "too_long": ("has too many entries", "at most {max_length}"),
    "too_short": ("has too few entries", "at least {min_length}"),
}


def _limit(kind: str, context: Mapping[str, Any], shown: str, path: Path) -> tuple[str, str]:
    fault, limit = _LIMITS[kind]
    subject = "" if shown in ("a mapping", "a list") else f"{shown} "
    return f"{subject}{fault}", f"write {limit.format_map(context)}{fields.hint(path)}"


def _choice(path: Path, value: Any, shown: str, expected: str) -> tuple[str, str]:
    choices = [choice.strip("' ") for choice in expected.replace(" or ", ", ").split(",")]
    if len(choices) == 1:
        return f"{shown} is not {choices[0]}", f"write {choices[0]}{fields.hint(path)}"
    near = get_close_matches(str(value).lower(), choices, n=1)
    remedy = f"did you mean '{near[0]}'?" if near else f"write one of them{fields.hint(path)}"
    return f"{shown} is not one of {', '.join(choices)}", remedy


def _unknown_key(path: Path) -> Finding:
    *parent, key = path
    siblings = fields.keys(tuple(parent))
    camel = to_camel(str(key))
    homes = [home for home in fields.homes(str(key)) if home]
    near = [camel] if camel in siblings else _closest(str(key), siblings, cutoff=0.85 if homes else 0.6)
    if near:
        meant = (*parent, near[0])
        return Finding(Problem(path, "is no known key", f"did you mean '{near[0]}'?"), (path, meant))
    if homes:
        where = " or ".join(Problem(home, "", "").key for home in homes[:3])
        return Finding(
            Problem(path, "does not belong here", f"move it to {where}"), (path, *((*h, key) for h in homes))
        )
    return Finding(Problem(path, "is no known key", f"remove it, or write one of: {', '.join(siblings)}"), (path,))


def _closest(key: str, names: list[str], cutoff: float) -> list[str]:
    lower = {name.lower(): name for name in names}
    return [lower[match] for match in get_close_matches(key.lower(), lower, n=1, cutoff=cutoff)]


def _add(path: Path) -> str:
    """What to type where a key is missing."""
    *parent, key = path
    if not parent:
        inner = [f.alias for f in _required(path)]
        with_keys = f" with {', '.join(str(name) for name in inner)}" if inner else ""
        return f"add `unifiedmeta:{key}:` below `config:`{with_keys}{fields.hint(path)}"
    return f"add `{key}:` below `{Problem(tuple(parent), '', '').key}`{fields.hint(path)}"


def _required(path: Path) -> list[Any]:
    found = fields.place(path)
    model = found.section if found else None
    return [field for field in model.model_fields.values() if field.is_required()] if model else []

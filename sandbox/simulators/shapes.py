"""What a value may look like, read from the types of an SDK, and everything that is wrong with a given value.

A shape's `problems` gives pairs (path below the value, reason), and the shared empty tuple for a good value, so that
checking good inputs (nearly always) builds no paths and no lists. UNKNOWN is good everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Protocol

from sandbox.provider import UNKNOWN

Problems = Sequence[tuple[str, str]]
GOOD: Final[Problems] = ()
_ASSET_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a dictionary on the wire as an asset, an archive or another special value."""


class Shape(Protocol):
    """The set of values that a property takes."""

    def problems(self, value: Any) -> Problems: ...

    def describe(self) -> str:
        """Words for a message: what is expected."""
        ...


def kind_of(value: Any) -> str:
    """Words for a message: what was given. Never the value itself, which may be a secret."""
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return "nothing" if value is None else names.get(type(value), type(value).__name__)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`; did you mean "x"?` for the nearest choice, or nothing."""
    near = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


@dataclass(frozen=True, slots=True)
class Anything:
    """JSON of any kind."""

    def problems(self, value: Any) -> Problems:  # noqa: ARG002
        return GOOD

    def describe(self) -> str:
        return "anything"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, whole number, number or boolean."""

    type: type

    def problems(self, value: Any) -> Problems:
        given = type(value)
        if given is self.type or value is UNKNOWN:
            return GOOD
        if given is int and self.type is float:
            return GOOD
        if given is float and self.type is int and value.is_integer():
            return GOOD  # numbers are doubles on the wire
        if self.type is str and isinstance(value, str):
            return GOOD  # members of string enums
        return (("", f"expected {self.describe()}, got {kind_of(value)}"),)

    def describe(self) -> str:
        return {str: "a string", int: "a whole number", float: "a number", bool: "a boolean"}[self.type]


@dataclass(frozen=True, slots=True)
class OneOf:
    """An enum that is closed, or a literal."""

    values: tuple[Any, ...]

    def problems(self, value: Any) -> Problems:
        if value is UNKNOWN or value in self.values:
            return GOOD
        near = did_you_mean(value, [v for v in self.values if isinstance(v, str)]) if isinstance(value, str) else ""
        return (("", f"expected {self.describe()}, got {value!r}{near}"),)

    def describe(self) -> str:
        return ("one of " if len(self.values) > 1 else "") + ", ".join(repr(v) for v in self.values)


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Shape

    def problems(self, value: Any) -> Problems:
        if value is UNKNOWN:
            return GOOD
        if not isinstance(value, list | tuple):
            return (("", f"expected {self.describe()}, got {kind_of(value)}"),)
        found: list[tuple[str, str]] = []
        for index, item in enumerate(value):
            for path, reason in self.item.problems(item):
                found.append((f"[{index}]{_below(path)}", reason))
        return found or GOOD

    def describe(self) -> str:
        return "a list"


@dataclass(frozen=True, slots=True)
class MapOf:
    item: Shape

    def problems(self, value: Any) -> Problems:
        if value is UNKNOWN:
            return GOOD
        if not isinstance(value, dict):
            return (("", f"expected {self.describe()}, got {kind_of(value)}"),)
        found: list[tuple[str, str]] = []
        for key, item in value.items():
            for path, reason in self.item.problems(item):
                found.append((f"{_quoted(key)}{_below(path)}", reason))
        return found or GOOD

    def describe(self) -> str:
        return "a map"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A union: good when it is good for one member; what is wrong is said by the member that came nearest."""

    members: tuple[Shape, ...]

    def problems(self, value: Any) -> Problems:
        worst: list[Problems] = []
        for member in self.members:
            found = member.problems(value)
            if not found:
                return GOOD
            worst.append(found)
        inside = [found for found in worst if found[0][0]]
        if inside:
            return min(inside, key=len)
        return (("", f"expected {self.describe()}, got {kind_of(value)}"),)

    def describe(self) -> str:
        return " or ".join(dict.fromkeys(member.describe() for member in self.members))


@dataclass(frozen=True, slots=True)
class AssetOrArchive:
    """A file, text or folder given as an asset or archive."""

    def problems(self, value: Any) -> Problems:
        if value is UNKNOWN or (isinstance(value, dict) and _ASSET_SIGNATURE in value):
            return GOOD
        if type(value).__name__.endswith(("Asset", "Archive")):
            return GOOD
        return (("", f"expected {self.describe()}, got {kind_of(value)}"),)

    def describe(self) -> str:
        return "an asset or archive"


@dataclass(frozen=True, slots=True)
class Members:
    """The properties of an object type."""

    shapes: Mapping[str, Shape]
    required: tuple[str, ...]
    python_names: Mapping[str, str]
    """Python name to the provider's name, to recognise the commonest slip."""


class Record:
    """An object with named properties, which are read when a value is checked: types are deep, and may hold themselves."""

    __slots__ = ("_members", "_read", "name")

    def __init__(self, name: str, read: Callable[[], Members]) -> None:
        self.name = name
        self._read = read
        self._members: Members | None = None

    @property
    def members(self) -> Members:
        if self._members is None:
            self._members = self._read()
        return self._members

    def problems(self, value: Any) -> Problems:
        if value is UNKNOWN:
            return GOOD
        if not isinstance(value, dict):
            return (("", f"expected {self.describe()}, got {kind_of(value)}"),)
        members = self.members
        shapes = members.shapes
        found: list[tuple[str, str]] = []
        for key, item in value.items():
            if item is None:
                continue
            shape = shapes.get(key)
            if shape is None:
                found.append((_quoted(key), self._unknown(key)))
                continue
            found += [(key + _below(path), reason) for path, reason in shape.problems(item)]
        found += [
            (key, f"missing required property of {self.name}") for key in members.required if value.get(key) is None
        ]
        return found or GOOD

    def describe(self) -> str:
        return f"an object ({self.name})"

    def _unknown(self, key: str) -> str:
        if key.startswith("__"):
            return f"{self.name} has no such property"
        near = self.members.python_names.get(key)
        return f"{self.name} has no such property" + (
            f'; did you mean "{near}"?' if near else did_you_mean(key, self.members.shapes)
        )


def _quoted(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() else f'["{key}"]'


def _below(path: str) -> str:
    return path if not path or path.startswith("[") else "." + path

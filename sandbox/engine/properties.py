"""Property maps that know what in them is secret, and never show it.

Imports neither pulumi nor protobuf, so that the command line can hold plans and results without loading them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sandbox.provider import UNKNOWN, PropertyMap

if TYPE_CHECKING:
    from sandbox.grpc.values import Marks

MASK: Final = "[secret]"


class Secret:
    """A value that does not print. :meth:`reveal` is the only way in, and it can be searched for."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def reveal(self) -> Any:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and bool(other._value == self._value)

    __hash__ = None  # type: ignore[assignment]  # the value may be a list, and a hash of a secret says something about it

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True, repr=False)
class Properties:
    """Plain values, and the marks of the ones that are secret."""

    values: PropertyMap = field(default_factory=dict)
    marks: Mapping[str, Marks] = field(default_factory=dict)
    """By key: True, or the marks of an object's own keys."""

    def masked(self) -> PropertyMap:
        """A copy in which :class:`Secret` stands in the place of every secret."""
        if not self.marks:
            return dict(self.values)
        return {key: _masked(value, self.marks.get(key, False)) for key, value in self.values.items()}

    def secret_paths(self) -> tuple[str, ...]:
        """Paths of the secrets, such as `privateKeyPem` or `data.password`, sorted."""
        return tuple(sorted(_paths(self.marks, "")))

    def __repr__(self) -> str:
        return f"Properties({self.masked()!r})"


NOTHING: Final = Properties()


def _masked(value: Any, mark: Marks) -> Any:
    if not mark:
        return value
    if isinstance(mark, dict) and isinstance(value, Mapping):
        return {key: _masked(inner, mark.get(key, False)) for key, inner in value.items()}
    return Secret(value)


def _paths(marks: Mapping[str, Marks], prefix: str) -> list[str]:
    found: list[str] = []
    for key, mark in marks.items():
        if isinstance(mark, dict):
            found += _paths(mark, f"{prefix}{key}.")
        elif mark:
            found.append(prefix + key)
    return found


def has_unknown(value: Any) -> bool:
    """Whether any part of the value is not known yet."""
    if value is UNKNOWN:
        return True
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list):
        return any(map(has_unknown, value))
    return False


def plain_text(value: Any) -> Any:
    """The value for people and for JSON: `[secret]` and `[unknown]` in the place of what cannot be shown."""
    if isinstance(value, Secret):
        return MASK
    if value is UNKNOWN:
        return "[unknown]"
    if isinstance(value, Mapping):
        return {key: plain_text(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_text(inner) for inner in value]
    return value


def secret_texts(properties: Properties) -> set[str]:
    """Every string inside of a secret that is long enough to be recognised in a message, to be struck out of it."""
    found: set[str] = set()
    for value in properties.masked().values():
        _collect(value, found, secret=False)
    return found


def _collect(value: Any, found: set[str], *, secret: bool) -> None:
    if isinstance(value, Secret):
        _collect(value.reveal(), found, secret=True)
    elif isinstance(value, Mapping):
        for inner in value.values():
            _collect(inner, found, secret=secret)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, found, secret=secret)
    elif secret and isinstance(value, str) and len(value) >= _RECOGNISABLE:
        found.add(value)


_RECOGNISABLE: Final = 5
"""Shorter strings are words of ordinary messages."""

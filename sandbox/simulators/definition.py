"""How one resource type of a simulated cloud behaves: a table row, read by the generic simulator."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.provider import UNKNOWN, CheckFailure, PropertyMap
from sandbox.simulators import seeds
from sandbox.simulators.world import World, urn_name

if TYPE_CHECKING:
    from collections.abc import Sequence


_AUTOMATIC = re.compile(r".-[0-9a-f]{7}\Z")


class NotKnownError(Exception):
    """A computed value needs an input that is not known yet."""


@dataclass(slots=True)
class Making:
    """A resource being made, updated or asked about: what its computed values are computed from."""

    type: str
    urn: str
    inputs: PropertyMap
    world: World
    config: Mapping[str, Any]
    """The provider's configuration, decoded."""
    account: str = ""
    region: str = ""
    partition: str = ""
    id: str = ""
    previous: Mapping[str, Any] | None = None
    """The properties before an update; None when it is made."""

    @property
    def name(self) -> str:
        """The logical name."""
        return urn_name(self.urn)

    def __getitem__(self, key: str) -> Any:
        """An input. Raises NotKnownError for one that is not known yet, and KeyError for one that is not there."""
        value = self.inputs[key]
        if value is UNKNOWN:
            raise NotKnownError(key)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """An input, or the default. Raises NotKnownError."""
        value = self.inputs.get(key)
        if value is UNKNOWN:
            raise NotKnownError(key)
        return default if value is None else value

    def kept(self, key: str, make: Callable[[], Any]) -> Any:
        """A value that is computed once and then stays."""
        if self.previous is not None and self.previous.get(key) not in (None, UNKNOWN):
            return self.previous[key]
        return make()

    def hex(self, length: int, *parts: object) -> str:
        """Hexadecimal digits that belong to this resource."""
        return seeds.hexadecimal(length, self.account, self.region, self.id or self.urn, *parts)

    def thing(self, type_: str, id_: Any) -> Mapping[str, Any]:
        """The properties of another resource; empty when it is not of this world."""
        found = self.world.get(type_, id_) if isinstance(id_, str) else None
        return found.properties if found else {}


Compute = Callable[[Making], Any]
Check = Callable[[PropertyMap], Iterable[CheckFailure]]
Replace = Callable[[Mapping[str, Any], Mapping[str, Any]], Iterable[str]]
Act = Callable[[Making], None]


@dataclass(frozen=True, slots=True)
class NameRule:
    """The property that names a resource: how the provider fills it in, and what the cloud accepts."""

    property: str = "name"
    most: int = 255
    least: int = 1
    pattern: str = ""
    """A regular expression of the whole name; empty accepts every character."""
    words: str = ""
    """What the pattern means, for the message."""
    auto: bool = True
    """Whether the provider makes a name when none is given."""
    alternatives: tuple[str, ...] = ("namePrefix",)
    """Properties that take the name's place."""
    lower: bool = False

    def automatic(self, urn: str, nonce: int = 0) -> str:
        """`<logical name>-<7 hexadecimal digits>`, as Pulumi's bridge makes it."""
        name = f"{urn_name(urn)}-{seeds.hexadecimal(7, 'name', urn, nonce)}"
        return name.lower() if self.lower else name

    def is_wanted(self, inputs: PropertyMap) -> bool:
        """Whether the provider makes up a name for these inputs."""
        return self.auto and inputs.get(self.property) is None and not any(name in inputs for name in self.alternatives)

    @staticmethod
    def is_automatic(name: Any) -> bool:
        """Whether a name looks like one that the provider made up."""
        return isinstance(name, str) and _AUTOMATIC.search(name) is not None

    def problem(self, name: Any) -> str:
        """What is wrong with a name; empty when nothing is or it is not known."""
        if not isinstance(name, str):
            return ""
        if not self.least <= len(name) <= self.most:
            return f"expected length of {self.property} to be in the range ({self.least} - {self.most}), got {name} ({len(name)})"
        if self.pattern and not re.fullmatch(self.pattern, name):
            return f'"{name}" is not a valid {self.property}: {self.words}'
        return ""


@dataclass(frozen=True, slots=True)
class Need:
    """A property that holds the id (or ids) of another resource."""

    property: str
    """Dotted path without indexes; a list of ids is fine."""
    type: str
    error: str = ""
    """The cloud's message when there is none, with `{id}`; empty: it does not mind."""
    holds: bool = True
    """Whether the other cannot be deleted while this one is there."""
    prefix: str = ""
    """Only ids that begin so are of this type, where a property takes several kinds."""


@dataclass(frozen=True, slots=True)
class Unique:
    """Something that only one resource may have."""

    key: Callable[[Making], Hashable]
    error: str
    """The cloud's message, with `{name}`."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One resource type. Everything has a default, so that a type without a row behaves plausibly."""

    id: Compute | None = None
    outputs: Mapping[str, Compute] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that the provider fills in, visible in the outputs only."""
    replaces: tuple[str, ...] = ()
    """Dotted paths without indexes; everything below one counts."""
    replaces_if: Replace | None = None
    """Further paths, from (old inputs, new inputs)."""
    name: NameRule | None = None
    checks: tuple[Check, ...] = ()
    needs: tuple[Need, ...] = ()
    unique: tuple[Unique, ...] = ()
    admits: tuple[Act, ...] = ()
    """What the cloud checks when it makes or changes the resource. Raise ProviderError."""
    releases: tuple[Act, ...] = ()
    """What the cloud checks before it deletes the resource. Raise ProviderError."""
    in_use: str = ""
    """The cloud's message when something still needs it, with `{id}` and `{users}`; empty: it does not mind."""
    satellites: Mapping[str, str] = field(default_factory=dict)
    """Output property to the type of what the cloud makes along with it."""
    renews: frozenset[str] = frozenset()
    """Outputs that any update makes unknown in a preview."""
    write_only: frozenset[str] = frozenset()
    """Inputs that never come back as outputs."""
    secrets: frozenset[str] = frozenset()
    delete_first: bool = False


def one_of(path: str, *values: Any) -> Check:
    """A check that a property, where given and known, has one of the values that the cloud accepts."""
    from sandbox.simulators.difference import at_path

    words = " ".join(f'"{v}"' if isinstance(v, str) else str(v) for v in values)

    def check(inputs: PropertyMap) -> Iterable[CheckFailure]:
        value = at_path(inputs, path)
        if value is not None and value is not UNKNOWN and value not in values:
            yield CheckFailure(path, f"expected {path} to be one of [{words}], got {value}")

    return check


def conflicts(*paths: str) -> Check:
    """A check that at most one of the properties is given."""

    def check(inputs: PropertyMap) -> Iterable[CheckFailure]:
        given = [path for path in paths if inputs.get(path) is not None]
        if len(given) > 1:
            yield CheckFailure(given[0], f'"{given[0]}": conflicts with {", ".join(given[1:])}')

    return check


def exactly_one(*paths: str) -> Check:
    """A check that one of the properties is given, and no other."""

    def check(inputs: PropertyMap) -> Iterable[CheckFailure]:
        given = [path for path in paths if inputs.get(path) is not None]
        if len(given) != 1:
            found = "none" if not given else ", ".join(given)
            yield CheckFailure(paths[0], f"one of {', '.join(paths)} must be given, and only one: found {found}")

    return check


def within(path: str, lowest: float, highest: float) -> Check:
    """A check that a number lies in a range, both ends included."""
    from sandbox.simulators.difference import at_path

    def check(inputs: PropertyMap) -> Iterable[CheckFailure]:
        value = at_path(inputs, path)
        if isinstance(value, int | float) and not lowest <= value <= highest:
            yield CheckFailure(path, f"expected {path} to be in the range ({lowest:g} - {highest:g}), got {value}")

    return check


def many(checks: Sequence[Check], inputs: PropertyMap) -> list[CheckFailure]:
    """Everything that the checks find."""
    return [failure for check in checks for failure in check(inputs)]

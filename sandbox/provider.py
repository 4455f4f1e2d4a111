"""The interface between the simulators and the two drivers (the in-process engine, and gRPC for the real one).

Property maps are plain Python data (None, bool, int, float, str, list, dict) in the provider's own camelCase names, without
secret wrappers: the driver tracks which properties are secret. A value that is not known yet is :data:`UNKNOWN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

PropertyMap = dict[str, Any]


class _Unknown:
    """The one value that is not known until something has been created."""

    _instance: Any = None

    def __new__(cls) -> Self:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        instance: Self = cls._instance
        return instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: dict[int, Any]) -> _Unknown:
        return self


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """An input that the provider refuses before anything is created."""

    property: str
    """Path of the property, such as `metadataOptions.httpTokens`; empty for the resource as a whole."""
    reason: str


@dataclass(frozen=True, slots=True)
class Diff:
    """What a change of inputs would do."""

    changed: tuple[str, ...] = ()
    """Property paths that differ."""
    replaces: tuple[str, ...] = ()
    """The ones of them that force a replacement."""
    delete_before_replace: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """A resource as it stands: its id and all of its properties, inputs included."""

    id: str
    properties: PropertyMap = field(default_factory=dict)


class ProviderError(Exception):
    """The cloud said no. `partial` is what was made before it did, if anything."""

    def __init__(self, message: str, partial: Live | None = None) -> None:
        super().__init__(message)
        self.partial = partial


class Provider(Protocol):
    """A simulated provider of one package. Pure but for its own randomness, which is seeded by the URN."""

    @property
    def package(self) -> str:
        """The SDK's name without `pulumi-`: aws, kubernetes, tls."""
        ...

    @property
    def version(self) -> str:
        """The version of the SDK whose types it simulates."""
        ...

    def check_config(self, inputs: PropertyMap) -> list[CheckFailure]: ...

    def diff_config(self, old: PropertyMap, new: PropertyMap) -> Diff: ...

    def configure(self, inputs: PropertyMap) -> Provider:
        """A provider instance with this configuration."""
        ...

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        """Inputs completed with defaults and automatic names (kept from `old`), and everything wrong with them."""
        ...

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff: ...

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:
        """With `preview`: id empty, computed properties UNKNOWN, nothing happens."""
        ...

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:
        """The resource as the cloud has it now; None when it is gone."""
        ...

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live: ...

    def delete(self, type_: str, urn: str, live: Live) -> None: ...

    def restore(self, type_: str, urn: str, live: Live) -> None:
        """Make an existing resource known to the simulated cloud.

        The driver calls it for every resource of its state after `configure` and before anything else, because a new process starts with an
        empty cloud. Repeatable; a provider without a memory ignores it.
        """
        ...

    def invoke(self, token: str, args: PropertyMap) -> PropertyMap: ...

    def secret_outputs(self, type_: str) -> frozenset[str]:
        """Output properties that the provider itself marks secret."""
        ...

    def schema_version(self) -> Mapping[str, str]:
        """Facts for the driver's Handshake: name and version."""
        ...

"""What the program asks for (a goal) and what there is (a resource of the state)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.engine.properties import NOTHING, Properties
from sandbox.engine.urns import is_provider_type, split_reference


@dataclass(frozen=True, slots=True)
class AliasSpec:
    """Another identity under which a resource may stand in the state. Either `urn`, or what differs from the present one."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(slots=True)
class Goal:
    """One registration of the program, with options inherited from its parent where it has none of its own."""

    type: str
    name: str
    custom: bool
    inputs: Properties = NOTHING
    parent: str = ""
    provider: str = ""
    """Reference `urn::id`; empty for components, providers and what a default provider serves."""
    version: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aliases: tuple[AliasSpec, ...] = ()
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    import_id: str = ""
    custom_timeouts: Mapping[str, str] = field(default_factory=dict)
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as the state keeps it."""

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Properties = NOTHING
    outputs: Properties = NOTHING
    parent: str = ""
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    import_id: str = ""
    custom_timeouts: Mapping[str, str] = field(default_factory=dict)
    deleted_with: str = ""
    replace_with: tuple[str, ...] = ()
    replacement_trigger: Any = None
    external: bool = False
    """Read, not made: never updated, and deleting it only forgets it."""
    init_errors: tuple[str, ...] = ()
    """Why it was made only in part; the next run updates it."""

    @property
    def is_provider(self) -> bool:
        return is_provider_type(self.type)

    @property
    def managed(self) -> bool:
        """Made by a provider, which has to delete it too."""
        return self.custom and not self.external and not self.is_provider

    def needs(self) -> set[str]:
        """URNs of everything that must exist as long as this does."""
        found = set(self.dependencies)
        for urns in self.property_dependencies.values():
            found.update(urns)
        found.update(urn for urn in (self.parent, self.deleted_with, *self.replace_with) if urn)
        if self.provider:
            found.add(split_reference(self.provider)[0])
        return found


def resource_of(goal: Goal, urn: str) -> Resource:
    """The resource of a goal before anything is known of it but what the program said."""
    return Resource(
        urn=urn,
        type=goal.type,
        custom=goal.custom,
        inputs=goal.inputs,
        parent=goal.parent,
        provider=goal.provider,
        dependencies=tuple(sorted(goal.dependencies)),
        property_dependencies={key: tuple(sorted(urns)) for key, urns in goal.property_dependencies.items() if urns},
        protect=bool(goal.protect),
        retain_on_delete=bool(goal.retain_on_delete),
        ignore_changes=goal.ignore_changes,
        replace_on_changes=goal.replace_on_changes,
        additional_secret_outputs=goal.additional_secret_outputs,
        import_id=goal.import_id,
        custom_timeouts=goal.custom_timeouts,
        deleted_with=goal.deleted_with,
        replace_with=goal.replace_with,
        replacement_trigger=goal.replacement_trigger,
    )

"""Resources to and from the plain data of the state file, secrets sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sandbox.engine.resources import Resource
from sandbox.engine.urns import split_reference
from sandbox.engine.vault import Vault

_PLAIN: Final = (
    "id",
    "parent",
    "provider",
    "protect",
    "retain_on_delete",
    "import_id",
    "deleted_with",
    "replacement_trigger",
    "external",
)
_LISTS: Final = (
    "dependencies",
    "ignore_changes",
    "replace_on_changes",
    "additional_secret_outputs",
    "replace_with",
    "init_errors",
)


def encode_resource(resource: Resource, vault: Vault) -> dict[str, Any]:
    """What is written of a resource; fields that say nothing are left out."""
    data: dict[str, Any] = {"urn": resource.urn, "type": resource.type, "custom": resource.custom}
    for name in _PLAIN:
        if value := getattr(resource, name):
            data[name] = value
    for name in _LISTS:
        if value := getattr(resource, name):
            data[name] = list(value)
    if resource.property_dependencies:
        data["property_dependencies"] = {key: list(urns) for key, urns in resource.property_dependencies.items()}
    if resource.custom_timeouts:
        data["custom_timeouts"] = dict(resource.custom_timeouts)
    # The owner binds a sealed text to its place: it cannot be moved to another resource, nor from outputs to inputs.
    data["inputs"] = vault.seal(resource.inputs, f"inputs of {resource.urn}")
    data["outputs"] = vault.seal(resource.outputs, f"outputs of {resource.urn}")
    return data


def decode_resource(data: Mapping[str, Any], vault: Vault) -> Resource:
    """The inverse of :func:`encode_resource`."""
    urn = data["urn"]
    fields = {name: data[name] for name in _PLAIN if name in data}
    fields |= {name: tuple(data[name]) for name in _LISTS if name in data}
    if "property_dependencies" in data:
        fields["property_dependencies"] = {key: tuple(urns) for key, urns in data["property_dependencies"].items()}
    return Resource(
        urn=urn,
        type=data["type"],
        custom=data["custom"],
        inputs=vault.open(data["inputs"], f"inputs of {urn}"),
        outputs=vault.open(data["outputs"], f"outputs of {urn}"),
        custom_timeouts=data.get("custom_timeouts", {}),
        **fields,
    )


def renamed(resource: Resource, names: Mapping[str, str]) -> Resource:
    """The same resource with every URN in it that has a new name replaced by that."""
    if resource.urn not in names and not (resource.needs() & names.keys()):
        return resource

    def new(urn: str) -> str:
        return names.get(urn, urn)

    provider = resource.provider
    if provider:
        urn, id_ = split_reference(provider)
        provider = f"{new(urn)}::{id_}"
    return replace(
        resource,
        urn=new(resource.urn),
        parent=new(resource.parent),
        provider=provider,
        dependencies=tuple(map(new, resource.dependencies)),
        property_dependencies={key: tuple(map(new, urns)) for key, urns in resource.property_dependencies.items()},
        deleted_with=new(resource.deleted_with),
        replace_with=tuple(map(new, resource.replace_with)),
    )

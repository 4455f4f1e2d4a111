"""Pulumi's names of resources: `urn:pulumi:<stack>::<project>::<type of parents>$<type>::<name>`."""

from __future__ import annotations

from typing import Final

STACK_TYPE: Final = "pulumi:pulumi:Stack"
PROVIDER_PREFIX: Final = "pulumi:providers:"
STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"


def make_urn(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """The URN of a resource; the stack itself does not show in the types of its children."""
    if parent:
        above = qualified_type(parent)
        if above != STACK_TYPE:
            type_ = f"{above}${type_}"
    return f"urn:pulumi:{stack}::{project}::{type_}::{name}"


def qualified_type(urn: str) -> str:
    """The type with the types of all parents before it."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """The type alone."""
    return qualified_type(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    """The logical name; may contain anything, `::` included."""
    return urn.split("::", 3)[3]


def is_provider_type(type_: str) -> bool:
    """Whether resources of the type are providers."""
    return type_.startswith(PROVIDER_PREFIX)


def package_of(type_: str) -> str:
    """`aws` of `aws:ec2/vpc:Vpc`, and of `pulumi:providers:aws`."""
    return type_.removeprefix(PROVIDER_PREFIX) if is_provider_type(type_) else type_.partition(":")[0]


def split_reference(reference: str) -> tuple[str, str]:
    """URN and id of a provider reference `urn::id`."""
    urn, _, id_ = reference.rpartition("::")
    return urn, id_

"""The one helper that builds ResourceOptions, so that protection follows the stack file and nothing is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from config.model import StackConfig


def child(
    parent: pulumi.Resource,
    provider: pulumi.ProviderResource | None = None,
    *,
    depends_on: Sequence[pulumi.Resource] = (),
    ignore_changes: Sequence[str] = (),
    replace_on_changes: Sequence[str] = (),
    delete_before_replace: bool | None = None,
    aliases: Sequence[pulumi.Alias] = (),
) -> pulumi.ResourceOptions:
    """Options of an ordinary resource inside a component."""
    return pulumi.ResourceOptions(
        parent=parent,
        provider=provider,
        depends_on=list(depends_on) or None,
        ignore_changes=list(ignore_changes) or None,
        replace_on_changes=list(replace_on_changes) or None,
        delete_before_replace=delete_before_replace,
        aliases=list(aliases) or None,
    )


def stateful(stack: StackConfig, options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """The same options for a resource whose loss loses data: protected and retained while `protection` is on."""
    if not stack.protection:
        return options
    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(protect=True, retain_on_delete=True))

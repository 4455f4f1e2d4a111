"""What the programs are written with: resources of the fake package, and runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

Command = Literal["up", "preview", "refresh", "destroy"]


@dataclass(frozen=True)
class Run:
    """One run: the command, and the program as it stands by then."""

    command: Command
    program: Callable[[], None]
    fails: bool = False


class _Resource(pulumi.CustomResource):
    arn: pulumi.Output[str]
    name: pulumi.Output[str]

    def __init__(self, type_: str, name: str, properties: dict[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(f"fake:index:{type_}", name, {"name": None, **properties, "arn": None}, opts)


class Thing(_Resource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, /, **properties: Any) -> None:
        super().__init__("Thing", name, properties, opts)


class Slot(_Resource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, /, **properties: Any) -> None:
        super().__init__("Slot", name, properties, opts)


class Vault(_Resource):
    password: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, /, **properties: Any) -> None:
        super().__init__("Vault", name, {**properties, "password": None}, opts)


class Part(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, type_: str = "parity:index:Part") -> None:
        super().__init__(type_, name, None, opts)


def provider(name: str = "there", **config: Any) -> pulumi.ProviderResource:
    return pulumi.ProviderResource("fake", name, {"region": "r1", **config})


def on(provider: pulumi.ProviderResource, **options: Any) -> pulumi.ResourceOptions:
    """Options with this provider: like the product, the programs use no default ones."""
    return pulumi.ResourceOptions(provider=provider, **options)

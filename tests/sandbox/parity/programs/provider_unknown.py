"""While a provider's configuration is not known, a preview asks it nothing."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(kind: str) -> None:
    first = Thing("first", on(provider("base")), kind=kind)
    there = pulumi.ProviderResource("fake", "made-of-it", {"region": "r1", "endpoint": first.arn})
    thing = Thing("thing", on(there), kind="a", size=1)
    pulumi.export("arn", thing.arn)
    pulumi.export("size", thing.name)


def before() -> None:
    program("a")


def after() -> None:
    program("b")


RUNS = (Run("preview", before), Run("up", before), Run("preview", before), Run("preview", after), Run("up", after))

"""A property that cannot change in place replaces: the new one first, then who uses it, then the old one goes."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(kind: str) -> None:
    there = provider()
    thing = Thing("thing", on(there), kind=kind, size=1)
    Thing("follower", on(there), kind="a", of=thing.arn)
    Thing("bystander", on(there, depends_on=[thing]), kind="a")
    pulumi.export("arn", thing.arn)


def before() -> None:
    program("a")


def after() -> None:
    program("b")


RUNS = (Run("up", before), Run("preview", after), Run("up", after))

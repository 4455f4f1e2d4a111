"""In a preview everything computed is unknown, and what is made of it; what is known stays known."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(kind: str) -> None:
    there = provider()
    thing = Thing("thing", on(there), kind=kind, size=1)
    follower = Thing("follower", on(there), kind="a", of=thing.arn, tags={"deep": thing.id, "plain": "p"})
    pulumi.export("id", thing.id)
    pulumi.export("arn", thing.arn)
    pulumi.export("follower-arn", follower.arn)
    pulumi.export("name", thing.name)
    pulumi.export("made", pulumi.Output.concat("arn is ", thing.arn))
    pulumi.export("mixed", {"unknown": thing.arn, "known": 1})


def before() -> None:
    program("a")


def after() -> None:
    program("b")


RUNS = (Run("preview", before), Run("up", before), Run("preview", before), Run("preview", after), Run("up", after))

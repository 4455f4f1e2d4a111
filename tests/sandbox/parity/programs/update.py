"""Changed, added and removed properties update in place, as deep as they changed."""

from __future__ import annotations

from typing import Any

import pulumi

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(**properties: Any) -> None:
    there = provider()
    thing = Thing("thing", on(there), kind="a", **properties)
    Thing("follower", on(there), kind="a", of=thing.arn)
    pulumi.export("arn", thing.arn)


def before() -> None:
    program(size=1, tags={"x": "1", "gone": "1"}, rules=[1, 2], old="o")


def after() -> None:
    program(size=2, tags={"x": "2", "new": "1"}, rules=[1, 3], new="n")


RUNS = (Run("up", before), Run("preview", after), Run("up", after))

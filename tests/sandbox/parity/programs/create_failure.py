"""What the cloud refuses is not in the state, and the next run goes on from there."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(fails: str | None) -> None:
    there = provider()
    first = Thing("first", on(there), kind="a")
    second = Thing("second", on(there), kind="a", of=first.arn, **({"fails": fails} if fails else {}))
    Thing("third", on(there), kind="a", of=second.arn)


def refused() -> None:
    program("before")


def mended() -> None:
    program(None)


RUNS = (Run("up", refused, fails=True), Run("preview", mended), Run("up", mended))

"""What was made but did not become ready is in the state, and the next run updates it."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(fails: str | None) -> None:
    there = provider()
    first = Thing("first", on(there), kind="a", **({"fails": fails} if fails else {}))
    Thing("second", on(there), kind="a", of=first.arn)


def half_way() -> None:
    program("half-way")


def mended() -> None:
    program(None)


RUNS = (Run("up", half_way, fails=True), Run("preview", mended), Run("up", mended), Run("up", mended))

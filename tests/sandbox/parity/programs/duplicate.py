"""Two resources of one type and name are refused."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program() -> None:
    there = provider()
    Thing("thing", on(there), kind="a")
    Thing("thing", on(there), kind="a")


RUNS = (Run("preview", program, fails=True),)

"""A wrong input is refused in the preview, and nothing is made."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program() -> None:
    Thing("thing", on(provider()), kind="a", size="large")


RUNS = (Run("preview", program, fails=True), Run("up", program, fails=True))

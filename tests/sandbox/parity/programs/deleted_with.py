"""What goes with something else is not deleted on its own."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def before() -> None:
    there = provider()
    house = Thing("house", on(there), kind="a")
    Thing("room", on(there, deleted_with=house), kind="a")
    Thing("garden", on(there), kind="a")


def after() -> None:
    Thing("garden", on(provider()), kind="a")


RUNS = (Run("up", before), Run("preview", after), Run("up", after))

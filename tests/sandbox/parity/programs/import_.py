"""An existing resource is taken over; what the program says differently is then changed."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def same() -> None:
    Thing("thing", on(provider(), import_="id-known"), name="known", kind="a", size=1)


def after() -> None:
    Thing("thing", on(provider()), name="known", kind="a", size=2)


def missing() -> None:
    there = provider()
    Thing("thing", on(there), name="known", kind="a", size=2)
    Thing("other", on(there, import_="missing-1"), kind="a")


RUNS = (Run("preview", same), Run("up", same), Run("up", same), Run("up", after), Run("up", missing, fails=True))

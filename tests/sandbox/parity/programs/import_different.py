"""An import whose program says something else."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def different() -> None:
    Thing("thing", on(provider(), import_="id-known"), name="known", kind="a", size=7)


RUNS = (Run("preview", different), Run("up", different))

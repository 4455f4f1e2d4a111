"""A rename without an alias creates and deletes."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def before() -> None:
    Thing("old", on(provider()), kind="a")


def after() -> None:
    Thing("new", on(provider()), kind="a")


RUNS = (Run("up", before), Run("preview", after), Run("up", after))

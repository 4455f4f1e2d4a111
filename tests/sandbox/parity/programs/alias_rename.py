"""A rename with an alias changes nothing, and later runs need the alias no more."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Thing, on, provider


def before() -> None:
    Thing("old", on(provider()), kind="a", size=1)


def renamed() -> None:
    Thing("new", on(provider(), aliases=[pulumi.Alias(name="old")]), kind="a", size=1)


def changed_too() -> None:
    Thing("newer", on(provider(), aliases=[pulumi.Alias(name="new")]), kind="a", size=2)


def settled() -> None:
    Thing("newer", on(provider()), kind="a", size=2)


RUNS = (Run("up", before), Run("preview", renamed), Run("up", renamed), Run("up", changed_too), Run("up", settled))

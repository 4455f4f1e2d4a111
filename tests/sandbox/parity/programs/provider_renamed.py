"""A renamed provider without an alias replaces what it made; with one, nothing."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Thing, on, provider


def before() -> None:
    Thing("thing", on(provider("one")), kind="a")


def aliased() -> None:
    options = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="one")])
    Thing("thing", on(pulumi.ProviderResource("fake", "two", {"region": "r1"}, options)), kind="a")


def bare() -> None:
    Thing("thing", on(provider("three")), kind="a")


RUNS = (Run("up", before), Run("preview", aliased), Run("up", aliased), Run("preview", bare), Run("up", bare))

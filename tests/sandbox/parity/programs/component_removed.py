"""A component goes with all that is in it, children first, dependents before what they depend on."""

from __future__ import annotations

from tests.sandbox.parity.kit import Part, Run, Thing, on, provider


def before() -> None:
    there = provider()
    part = Part("part")
    first = Thing("first", on(there, parent=part), kind="a")
    Thing("second", on(there, parent=part), kind="a", of=first.arn)
    Thing("outside", on(there), kind="a")


def after() -> None:
    Thing("outside", on(provider()), kind="a")


RUNS = (Run("up", before), Run("preview", after), Run("up", after))

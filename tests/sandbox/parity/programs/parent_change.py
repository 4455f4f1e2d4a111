"""A resource moves into a component, and a component is renamed with all that is in it."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Part, Run, Thing, on, provider


def before() -> None:
    there = provider()
    Thing("moving", on(there), kind="a")
    Thing("staying", on(there, parent=Part("part")), kind="a")


def moved() -> None:
    there = provider()
    part = Part("part")
    Thing("moving", on(there, parent=part, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]), kind="a")
    Thing("staying", on(there, parent=part), kind="a")


def renamed() -> None:
    there = provider()
    part = Part("whole", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="part")]))
    Thing("moving", on(there, parent=part), kind="a")
    Thing("staying", on(there, parent=part), kind="a")


def retyped() -> None:
    there = provider()
    options = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="parity:index:Part")])
    part = Part("whole", options, type_="parity:index:Whole")
    Thing("moving", on(there, parent=part), kind="a")
    Thing("staying", on(there, parent=part), kind="a")


RUNS = (Run("up", before), Run("preview", moved), Run("up", moved), Run("up", renamed), Run("up", retyped))

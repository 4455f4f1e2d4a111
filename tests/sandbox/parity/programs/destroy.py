"""Destroy empties the state, dependents first."""

from __future__ import annotations

from tests.sandbox.parity.kit import Part, Run, Slot, Thing, on, provider


def program() -> None:
    there = provider()
    part = Part("part")
    slot = Slot("slot", on(there, parent=part), address="1")
    Thing("in-slot", on(there), kind=slot.arn)


RUNS = (Run("up", program), Run("destroy", program), Run("up", program))

"""What has to go first goes first, whether the provider says so or the program."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Slot, Thing, on, provider


def program(address: str, kind: str) -> None:
    there = provider()
    slot = Slot("slot", on(there), address=address)
    Thing("in-slot", on(there), kind=slot.arn)
    Thing("beside-slot", on(there), kind="a", of=slot.arn)
    Thing("after-slot", on(there, depends_on=[slot]), kind="a")
    Thing("asked", on(there, delete_before_replace=True), kind=kind)
    pulumi.export("arn", slot.arn)


def before() -> None:
    program("1", "a")


def after() -> None:
    program("2", "b")


RUNS = (Run("up", before), Run("preview", after), Run("up", after))

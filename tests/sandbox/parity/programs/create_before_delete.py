"""What the provider would delete first is made first where the program says so."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Slot, on, provider


def program(address: str) -> None:
    Slot("slot", on(provider(), delete_before_replace=False), address=address)


def before() -> None:
    program("1")


def after() -> None:
    program("2")


RUNS = (Run("up", before), Run("preview", after), Run("up", after))

"""What is retained leaves the state and stays in the cloud, on removal and on replacement."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(kind: str) -> None:
    there = provider()
    Thing("kept", on(there, retain_on_delete=True), kind=kind)
    Thing("ordinary", on(there), kind="a")


def before() -> None:
    program("a")


def replaced() -> None:
    program("b")


def removed() -> None:
    Thing("ordinary", on(provider()), kind="a")


RUNS = (Run("up", before), Run("up", replaced), Run("preview", removed), Run("up", removed), Run("destroy", removed))

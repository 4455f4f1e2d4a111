"""What is protected is neither deleted nor replaced, and destroy stops before it deletes anything."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def before() -> None:
    there = provider()
    Thing("precious", on(there, protect=True), kind="a")
    Thing("ordinary", on(there), kind="a")


def replaced() -> None:
    there = provider()
    Thing("precious", on(there, protect=True), kind="b")
    Thing("ordinary", on(there), kind="a")


def removed() -> None:
    Thing("ordinary", on(provider()), kind="a")


def released() -> None:
    there = provider()
    Thing("precious", on(there, protect=False), kind="a")
    Thing("ordinary", on(there), kind="a")


RUNS = (
    Run("up", before),
    Run("preview", replaced, fails=True),
    Run("up", replaced, fails=True),
    Run("preview", removed, fails=True),
    Run("up", removed, fails=True),
    Run("destroy", before, fails=True),
    Run("up", released),
    Run("destroy", released),
)

"""A refresh finds what changed and what is gone; the next up puts both right."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program() -> None:
    there = provider()
    Thing("steady", on(there), kind="a")
    Thing("drifting", on(there), kind="a", drift="x")
    gone = Thing("gone", on(there), kind="a", lifetime="short")
    Thing("follower", on(there), kind="a", of=gone.arn)


RUNS = (Run("up", program), Run("refresh", program), Run("preview", program), Run("up", program))

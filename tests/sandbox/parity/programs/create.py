"""Everything is created: a provider, a component, its children, and what they give each other."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Part, Run, Thing, on, provider


def program() -> None:
    there = provider()
    part = Part("part")
    first = Thing("first", on(there, parent=part), size=3, kind="a", tags={"x": "1"})
    Thing("second", on(there, parent=part), size=1, kind="a", of=first.arn)
    pulumi.export("arn", first.arn)
    pulumi.export("size", 3)


RUNS = (Run("preview", program), Run("up", program))

"""A second run of the same program changes nothing."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Part, Run, Thing, Vault, on, provider


def program() -> None:
    there = provider()
    part = Part("part")
    first = Thing("first", on(there, parent=part), size=3, kind="a", list=[1, {"a": True}], nothing=None, number=1.5)
    vault = Vault("vault", on(there, parent=part), of=first.arn)
    pulumi.export("password", vault.password)


RUNS = (Run("up", program), Run("preview", program), Run("up", program), Run("refresh", program), Run("up", program))

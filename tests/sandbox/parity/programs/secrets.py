"""A secret stays one: given, nested, made by the provider, asked for, passed on, and after an update."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Thing, Vault, on, provider


def program(size: int) -> None:
    there = provider()
    hidden = pulumi.Output.secret("hidden")
    thing = Thing(
        "thing", on(there), kind="a", size=size, hidden=hidden, tags={"deep": hidden, "plain": "p"}, rules=["r", hidden]
    )
    vault = Vault("vault", on(there), of="x", size=size)
    Thing("follower", on(there), kind="a", size=size, of=vault.password)
    Thing("asked", on(there, additional_secret_outputs=["arn", "size"]), kind="a", size=size)
    pulumi.export("password", vault.password)
    pulumi.export("arn", thing.arn)
    pulumi.export("given", hidden)
    pulumi.export("made", pulumi.Output.concat("p=", vault.password))
    pulumi.export("mixed", {"secret": hidden, "plain": 1})


def before() -> None:
    program(1)


def after() -> None:
    program(2)


def with_new_secret() -> None:
    Thing("thing", on(provider()), kind="a", size=pulumi.Output.secret(2), hidden="hidden now in clear")


RUNS = (Run("preview", before), Run("up", before), Run("up", before), Run("up", after), Run("up", with_new_secret))

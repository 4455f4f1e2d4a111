"""A function is asked through its provider; in a preview too, when what it is asked is known."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program() -> None:
    there = provider()
    thing = Thing("thing", on(there), kind="a")
    options = pulumi.InvokeOptions(provider=there)
    pulumi.export("known", pulumi.runtime.invoke("fake:index:lookup", {"name": "n"}, options).value)
    made = pulumi.runtime.invoke_output(
        "fake:index:lookup", {"name": thing.arn}, pulumi.InvokeOutputOptions(provider=there)
    )
    pulumi.export("unknown", made)


RUNS = (Run("preview", program), Run("up", program))

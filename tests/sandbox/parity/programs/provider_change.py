"""A provider that changes updates or is replaced, and with it all that it made; a resource may change provider."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(**config: str) -> None:
    there = provider(**config)
    thing = Thing("thing", on(there), kind="a")
    Thing("follower", on(there), kind="a", of=thing.arn)


def before() -> None:
    program()


def configured() -> None:
    program(profile="p")


def moved() -> None:
    program(profile="p", region="r2")


def other_provider() -> None:
    there = provider(profile="p", region="r2")
    elsewhere = provider("elsewhere", profile="p", region="r2")
    thing = Thing("thing", on(elsewhere), kind="a")
    Thing("follower", on(there), kind="a", of=thing.arn)


RUNS = (
    Run("up", before),
    Run("preview", configured),
    Run("up", configured),
    Run("preview", moved),
    Run("up", moved),
    Run("preview", other_provider),
    Run("up", other_provider),
)

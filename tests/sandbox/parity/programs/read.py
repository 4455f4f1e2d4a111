"""An existing resource is read, not managed; one that does not exist is an error."""

from __future__ import annotations

import pulumi

from tests.sandbox.parity.kit import Run, Thing, on, provider


def read(id_: str) -> Thing:
    return Thing("existing", on(provider(), id=id_))


def program() -> None:
    pulumi.export("name", read("id-known").name)


def other() -> None:
    pulumi.export("name", read("id-other").name)


def missing() -> None:
    read("missing-1")


def gone() -> None:
    provider()


RUNS = (
    Run("preview", program),
    Run("up", program),
    Run("up", program),
    Run("up", other),
    Run("up", missing, fails=True),
    Run("up", gone),
)

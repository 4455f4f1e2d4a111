"""A change of what the program names replaces, though the provider could update."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(value: int) -> None:
    there = provider()
    Thing("by-name", on(there, replace_on_changes=["size"]), kind="a", size=value, also=value)
    Thing("by-path", on(there, replace_on_changes=["tags.x"]), kind="a", tags={"x": value, "y": value})
    Thing("below", on(there, replace_on_changes=["tags"]), kind="a", tags={"x": value})
    Thing("any", on(there, replace_on_changes=["*"]), kind="a", size=value)
    Thing("other", on(there, replace_on_changes=["tags.x"]), kind="a", tags={"x": 0, "y": value})


def before() -> None:
    program(1)


def after() -> None:
    program(2)


RUNS = (Run("up", before), Run("preview", after), Run("up", after))

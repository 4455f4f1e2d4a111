"""What is ignored keeps its value, as a whole or by path; the rest of the change happens."""

from __future__ import annotations

from tests.sandbox.parity.kit import Run, Thing, on, provider


def program(value: str, *, also: str = "same") -> None:
    there = provider()
    Thing("whole", on(there, ignore_changes=["kind", "size"]), kind=value, size=value == "b", also=also)
    Thing(
        "by-path",
        on(there, ignore_changes=["tags.kept", 'tags["dotted.key"]', "rules[0]"]),
        kind="a",
        tags={"kept": value, "dotted.key": value, "free": value},
        rules=[value, "fixed"],
    )
    Thing("absent-before", on(there, ignore_changes=["late"]), kind="a", **({"late": 1} if value == "b" else {}))
    Thing("absent-after", on(there, ignore_changes=["early"]), kind="a", **({"early": 1} if value == "a" else {}))
    Thing("everything", on(there, ignore_changes=["*"]), kind=value, also=also)


def before() -> None:
    program("a")


def after() -> None:
    program("b")


def other() -> None:
    program("b", also="changed")


RUNS = (Run("up", before), Run("preview", after), Run("up", after), Run("up", other))

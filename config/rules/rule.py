"""What a cross-section rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from config.model import StackConfig
from config.problems import Path, Problem

Check = Callable[[StackConfig], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pure function of the model, and the paths that it reads: it is not asked when one of those is doubtful."""

    check: Check
    reads: tuple[Path, ...]

    def __call__(self, stack: StackConfig) -> Iterator[Problem]:
        yield from self.check(stack)


def rule(*reads: str) -> Callable[[Check], Rule]:
    """Makes a rule of a function; `reads` are dotted paths as the stack file writes them."""

    def decorate(check: Check) -> Rule:
        return Rule(check, tuple(tuple(path.split(".")) for path in reads))

    return decorate


def touches(one: Path, other: Path) -> bool:
    """Whether one path is the other, or lies above or below it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]

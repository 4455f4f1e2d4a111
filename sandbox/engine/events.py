"""What a run says while it goes on; the command line draws progress from it. Imports no SDK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.engine.steps import Op, Problem, Result, Step


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The program is about to run."""

    stack: str
    operation: str
    """up, preview, refresh or destroy."""
    known: int
    """Number of resources in the state."""


@dataclass(frozen=True, slots=True)
class ResourcePlanned:
    """It is decided what happens to a resource; in a preview that is all that is said of it."""

    step: Step


@dataclass(frozen=True, slots=True)
class ResourceStarted:
    """An operation on the simulated cloud begins."""

    urn: str
    type: str
    op: Op


@dataclass(frozen=True, slots=True)
class ResourceDone:
    """It has ended well, and the state says so."""

    urn: str
    type: str
    op: Op
    seconds: float


@dataclass(frozen=True, slots=True)
class ResourceFailed:
    """It was refused, by a check or by the simulated cloud."""

    urn: str
    type: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """The program logged something."""

    severity: str
    """debug, info, warning or error."""
    message: str
    urn: str = ""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """All is done, and the state is on disk."""

    result: Result


Event = RunStarted | ResourcePlanned | ResourceStarted | ResourceDone | ResourceFailed | Diagnostic | RunFinished
Listener = Callable[[Event], None]


def nobody(_event: Event) -> None:
    """The listener of a run that nobody watches."""

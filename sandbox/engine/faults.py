"""Faults to inject into a run: the n-th operation refused, timed out, interrupted or killed; a cloud that drifted."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.provider import Live, ProviderError


@dataclass(frozen=True, slots=True)
class Operation:
    """One call that changes the simulated cloud."""

    kind: str
    """create, update or delete."""
    number: int
    """Which of this kind in this run, from 1."""
    urn: str
    type: str


class Faults:
    """No faults. Subclasses raise ProviderError (the cloud refuses) or KeyboardInterrupt (Ctrl-C) where they want to."""

    def before(self, operation: Operation) -> None:
        """Called before the cloud is asked: what is raised here means that nothing was made."""

    def after(self, operation: Operation) -> None:
        """Called when the cloud has done it but the state does not say so yet."""

    def drift(self, urn: str, live: Live) -> Live | None:
        """What a refresh finds instead of `live`; None when somebody deleted it."""
        del urn
        return live


NO_FAULTS = Faults()


@dataclass(frozen=True, slots=True)
class Refuse(Faults):
    """The cloud refuses the n-th operation of a kind, `partial` leaving the thing behind half made."""

    number: int
    kind: str = "create"
    message: str = "the simulated cloud refused this, as it was told to"
    partial: Live | None = None

    def before(self, operation: Operation) -> None:
        if (operation.kind, operation.number) == (self.kind, self.number):
            raise ProviderError(self.message, self.partial)


@dataclass(frozen=True, slots=True)
class TimeOut(Faults):
    """The n-th operation is done by the cloud, but the answer never arrives."""

    number: int
    kind: str = "create"

    def after(self, operation: Operation) -> None:
        if (operation.kind, operation.number) == (self.kind, self.number):
            raise ProviderError("timeout while waiting for the simulated cloud")


@dataclass(frozen=True, slots=True)
class Interrupt(Faults):
    """Ctrl-C, before the n-th operation or (`late`) when the cloud has done it and the state does not say so yet."""

    number: int
    kind: str = "create"
    late: bool = False

    def before(self, operation: Operation) -> None:
        if not self.late and (operation.kind, operation.number) == (self.kind, self.number):
            raise KeyboardInterrupt

    def after(self, operation: Operation) -> None:
        if self.late and (operation.kind, operation.number) == (self.kind, self.number):
            raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class Kill(Faults):
    """The process dies at the n-th operation, as by SIGKILL: nothing is cleaned up."""

    number: int
    kind: str = "create"
    late: bool = False

    def before(self, operation: Operation) -> None:
        if not self.late and (operation.kind, operation.number) == (self.kind, self.number):
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self, operation: Operation) -> None:
        if self.late and (operation.kind, operation.number) == (self.kind, self.number):
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Drift(Faults):
    """Somebody changed the cloud by hand: properties by URN, None for what was deleted."""

    found: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)

    def drift(self, urn: str, live: Live) -> Live | None:
        if urn not in self.found:
            return live
        changes = self.found[urn]
        return None if changes is None else Live(live.id, {**live.properties, **changes})

"""What a run has to say: steps, problems, notes; secrets struck out of every message."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.engine.events import Diagnostic, Listener, ResourceFailed, ResourcePlanned
from sandbox.engine.properties import MASK, Properties, secret_texts
from sandbox.engine.steps import Problem, Step


class Report:
    """Collects, and tells the listener."""

    def __init__(self, emit: Listener) -> None:
        self.emit = emit
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._secretive: list[Properties] = []
        self._struck: set[str] = set()

    def hide(self, properties: Properties) -> None:
        """Remember secrets that must not appear in a message. Looked into only when there is a message."""
        if properties.marks:
            self._secretive.append(properties)

    def hide_texts(self, texts: Iterable[str]) -> None:
        """The same for plain strings, such as secret settings."""
        self._struck.update(text for text in texts if text)

    def redacted(self, message: str) -> str:
        """The message with every secret of this run replaced by a mask."""
        while self._secretive:
            self._struck |= secret_texts(self._secretive.pop())
        for text in sorted(self._struck, key=len, reverse=True):
            if text in message:
                message = message.replace(text, MASK)
        return message

    def planned(self, step: Step) -> None:
        self.steps.append(step)
        self.emit(ResourcePlanned(step))

    def problem(
        self, message: str, *, kind: str, urn: str = "", property_: str = "", type_: str = "", detail: str = ""
    ) -> None:
        """Something that makes the run fail."""
        found = Problem(self.redacted(message), urn, property_, kind, self.redacted(detail))
        self.problems.append(found)
        if urn:
            self.emit(ResourceFailed(urn, type_, found))

    def log(self, severity: str, message: str, urn: str = "") -> None:
        """What the program logged; an error makes the run fail, as it does with the real engine."""
        message = self.redacted(message)
        self.emit(Diagnostic(severity, message, urn))
        if severity == "error":
            self.problems.append(Problem(message, urn, kind="log"))

    def sorted_steps(self) -> tuple[Step, ...]:
        return tuple(sorted(self.steps, key=lambda step: (step.urn, step.op)))

"""Progress of a run: a bar where there is a terminal, nothing where there is none."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from cli.render.view import StepView

if TYPE_CHECKING:
    from sandbox.engine.events import Event

WORDS = {"up": "working", "refresh": "comparing", "destroy": "deleting"}


class Progress:
    """Listens to the engine's events. Use as a context manager."""

    def __init__(self, console: Console, operation: str, expected: int) -> None:
        self.done = 0
        self._bar = Bar(
            TextColumn(f"  {WORDS[operation]}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=expected or None)
        self._live = console.is_terminal

    def __enter__(self) -> Self:
        if self._live:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        from sandbox.engine.events import ResourceDone

        if not isinstance(event, ResourceDone):
            return
        self.done += 1
        if self._live:
            component = StepView(str(event.op), event.urn).component
            self._bar.update(self._task, advance=1, description=component)

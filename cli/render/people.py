"""A plan, a run and its outputs for people, at any width of terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from cli.render.view import CHANGING, SYMBOLS, PlanView, sentence

if TYPE_CHECKING:
    from sandbox.engine.steps import Result

COLOURS = {
    "create": "green",
    "update": "yellow",
    "replace": "magenta",
    "delete": "red",
    "import": "cyan",
    "drifted": "yellow",
}
SHOWN_STEPS = 40
"""Single resources are listed up to this number; above it, the table of components says enough."""


def print_plan(console: Console, view: PlanView, *, done: bool = False) -> None:
    """A table by component; single resources below it when they are few or dangerous. `done`: it has happened."""
    counts = view.counts()
    ops = [op for op in (*CHANGING, "same") if counts[op]]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("component")
    for op in ops:
        table.add_column(
            f"{SYMBOLS[op]} {'unchanged' if op == 'same' else op}", justify="right", style=COLOURS.get(op, "dim")
        )
    for component, steps in view.by_component().items():
        mine = view.counts(steps)
        table.add_row(component, *(str(mine[op] or "") for op in ops))
    if view.steps:
        console.print(table)
    if not done:
        _print_steps(console, view)
    console.print(f"\n[bold]{sentence(counts, done=done)}[/bold]")


def _print_steps(console: Console, view: PlanView) -> None:
    changing = view.changing()
    dangerous = [step for step in changing if step.op in {"delete", "replace"}]
    shown = changing if len(changing) <= SHOWN_STEPS else dangerous[:SHOWN_STEPS]
    if shown:
        console.print()
    for step in shown:
        why = ", ".join(step.replaces or step.changed)
        line = f"{SYMBOLS[step.op]} {step.component}/{step.name} ({step.type}){': ' + why if why else ''}"
        console.print(line, style=COLOURS[step.op], markup=False, highlight=False)
    hidden = len(changing) - len(shown)
    if shown and hidden:
        console.print(f"  … and {hidden} more", style="dim")


def print_problems(console: Console, result: Result) -> None:
    """Everything that went wrong, and what an earlier run left behind."""
    for note in result.notes:
        console.print(f"note: {note}", style="yellow", markup=False, highlight=False)
    for problem in result.problems:
        console.print(f"\nerror: {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
        if problem.detail:
            console.print(problem.detail, style="dim", markup=False, highlight=False, soft_wrap=True)
    if result.problems:
        count = len(result.problems)
        console.print(f"\n{count} problem{'s' * (count != 1)}", style="bold red")


def print_outputs(console: Console, outputs: dict[str, Any]) -> None:
    """The stack's outputs, secrets masked by their producer."""
    if not outputs:
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for key in sorted(outputs):
        table.add_row(key, _text(outputs[key]))
    console.print("\n[bold]Outputs[/bold]")
    console.print(table)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_text(item) for item in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_text(item)}" for key, item in sorted(value.items()))
    # Brackets are rich's markup: a masked secret has them too.
    return re.sub(r"\[", r"\\[", str(value))


def print_next(console: Console, lines: list[str]) -> None:
    """What to type next."""
    if lines:
        console.print("\n[bold]Next[/bold]")
    for line in lines:
        console.print(f"  {line}", markup=False, highlight=False)

"""Runs of a stack in the sandbox's own engine, for the commands that need one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.project import sandbox_dir
from cli.render.view import PlanView, StepView

if TYPE_CHECKING:
    from sandbox.engine.events import Listener
    from sandbox.engine.run import Engine
    from sandbox.engine.steps import Result, Step


def state_path(project: Path, stack: str) -> Path:
    """Where the sandbox's own engine keeps a stack's state between runs."""
    return sandbox_dir(project) / "in-process" / stack / "state.json"


def engine(project: Path, stack: str, file: Path, *, keep: bool, listen: Listener | None = None) -> Engine:
    """The engine over all simulators, with the settings of the stack file. Without `keep` it knows no state.

    A `secure:` value is handed to the program as a secret stand-in: what it holds, only the real engine can decrypt.
    """
    from config.names import NAMESPACE
    from config.source import parse
    from sandbox.engine.events import nobody
    from sandbox.engine.run import Engine
    from sandbox.simulators import provider_for

    source = parse(file.read_text(encoding="utf-8"), str(file))
    return Engine(
        project_dir=project,
        stack_name=stack,
        providers=provider_for,
        config={f"{NAMESPACE}:{name}": value for name, value in source.values.items()},
        secret_keys={f"{NAMESPACE}:{path[0]}" for path in source.secure},
        state_path=state_path(project, stack) if keep else None,
        on_event=listen or nobody,
    )


def view(stack: str, result: Result) -> PlanView:
    """What is shown of a result."""
    from sandbox.engine.properties import plain_text

    return PlanView.of(
        stack,
        (
            StepView(_shown(s), s.urn, s.changed, s.replaces, plain_text(s.new_inputs or s.old_inputs))
            for s in result.steps
        ),
    )


def _shown(step: Step) -> str:
    """A refresh that found nothing is shown as unchanged."""
    if step.op == "refresh":
        return "drifted" if step.changed else "same"
    return str(step.op)

"""The scenarios through the in-process driver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.engine.properties import Properties, plain_text
from sandbox.engine.resources import Resource
from sandbox.engine.run import Engine
from sandbox.engine.state import StateFile
from sandbox.engine.steps import Op, Result, Step
from tests.sandbox.grpc.fake import FakeProvider
from tests.sandbox.parity import observed
from tests.sandbox.parity.kit import Run


def play(name: str, folder: Path) -> list[observed.Observed]:
    """What the in-process driver makes of every run of a scenario."""
    return [_play(run, folder / observed.STACK / "state.json") for run in observed.program(name).RUNS]


def _play(run: Run, state: Path) -> observed.Observed:
    engine = Engine(
        project_dir=state.parent,
        stack_name=observed.STACK,
        providers=lambda _package: FakeProvider(),
        state_path=state,
        program=run.program,
        project=observed.PROJECT,
    )
    result: Result = getattr(engine, run.command)()
    return observe(run.command, result, StateFile(state, observed.PROJECT, observed.STACK))


def observe(command: str, result: Result, state: StateFile) -> observed.Observed:
    """A run of the driver as plain data, with the state after it."""
    return {
        "command": command,
        "ok": result.ok,
        "steps": observed.steps(_seen(step, command) for step in result.steps),
        "outputs": observed.sorted_keys(plain_text(result.outputs)),
        "state": observed.state(_resources(state)) if command != "preview" else None,
        "errors": [str(problem) for problem in result.problems],
    }


def _seen(step: Step, command: str) -> observed.Seen:
    if command == "refresh":
        found = "delete" if step.op is Op.DELETE else "update" if step.changed else "same"
        return observed.Seen(step.urn, (f"refresh: {found}",), (), step.changed)
    return observed.Seen(step.urn, step.engine_ops, step.replaces, step.changed)


def _resources(state: StateFile) -> list[dict[str, Any]]:
    snapshot = state.read()
    kept = [_resource(one) for one in snapshot.resources.values()]
    return kept + [{**_resource(one), "delete": True} for one in snapshot.condemned]


def _resource(one: Resource) -> dict[str, Any]:
    return {
        "urn": one.urn,
        "type": one.type,
        "custom": one.custom,
        "id": one.id,
        "parent": one.parent,
        "provider": one.provider,
        "inputs": _shown(one.inputs),
        "outputs": _shown(one.outputs),
        "dependencies": list(one.dependencies),
        "protect": one.protect,
        "external": one.external,
        "retainOnDelete": one.retain_on_delete,
        "initErrors": list(one.init_errors),
    }


def _shown(properties: Properties) -> Any:
    return plain_text(properties.masked())

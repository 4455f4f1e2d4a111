"""The scenarios through the real engine."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from sandbox import pulumi_cli
from sandbox.event_log import Step
from tests.sandbox.grpc.fake import FakeProvider
from tests.sandbox.parity import observed
from tests.sandbox.parity.kit import Run

_ROOT = Path(__file__).resolve().parents[3]
_STUB = """import sys
sys.path.insert(0, {root!r})
from tests.sandbox.parity.programs.{name} import RUNS
RUNS[{index}].program()
"""


def play(name: str) -> list[observed.Observed]:
    """What the engine makes of every run of a scenario. Needs a `pulumi` on PATH."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch)
        (project / "Pulumi.yaml").write_text(f"name: {observed.PROJECT}\nruntime: python\n")
        (project / f"Pulumi.{observed.STACK}.yaml").write_text("config: {}\n")
        runs = enumerate(observed.program(name).RUNS)
        return [_play(project, name, index, run) for index, run in runs]


def _play(project: Path, name: str, index: int, run: Run) -> observed.Observed:
    (project / "__main__.py").write_text(_STUB.format(root=str(_ROOT), name=name, index=index))
    outcome = pulumi_cli.run(
        project,
        observed.STACK,
        run.command,
        folder=project / ".sandbox",
        providers={"fake": FakeProvider},
        output=subprocess.DEVNULL,
    )
    return observe(run.command, outcome, _resources(project))


def observe(command: str, outcome: pulumi_cli.Outcome, resources: list[dict[str, Any]]) -> observed.Observed:
    """A run of the engine as plain data, with the resources of the state after it."""
    return {
        "command": command,
        "ok": outcome.exit_code == 0,
        "steps": observed.steps(map(_seen, outcome.steps)),
        "outputs": _outputs(outcome.events),
        "state": observed.state(resources) if command != "preview" else None,
        "errors": sorted(error.message.splitlines()[0] for error in outcome.errors),
    }


def _seen(step: Step) -> observed.Seen:
    # What was only read is not deleted but discarded: the in-process driver has one word for leaving the state.
    op = f"refresh: {step.found}" if step.found else "delete" if step.op == "discard" else step.op
    return observed.Seen(step.urn, (op,), step.replaces, step.changed)


def _outputs(events: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for event in events:
        metadata = event.get("resOutputsEvent", {}).get("metadata", {})
        if metadata.get("type") == "pulumi:pulumi:Stack" and metadata.get("new"):
            found = observed.values(metadata["new"].get("outputs") or {})
    return found


def _resources(project: Path) -> list[dict[str, Any]]:
    file = project / ".sandbox" / "backend" / ".pulumi" / "stacks" / observed.PROJECT / f"{observed.STACK}.json"
    checkpoint = json.loads(file.read_text())["checkpoint"]
    return (checkpoint.get("latest") or {}).get("resources") or []

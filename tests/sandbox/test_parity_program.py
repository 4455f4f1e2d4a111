"""The whole program through both drivers: the same steps."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.names import NAMESPACE
from config.source import parse
from sandbox import pulumi_cli
from sandbox.engine.run import Engine
from sandbox.engine.state import StateFile
from sandbox.simulators import PACKAGES, provider_for
from tests.sandbox.parity import embedded, engine, observed
from tests.support.program import ROOT

pytestmark = [pytest.mark.cli, pytest.mark.slow, pytest.mark.timeout(900)]

STACK = "aws-dev"
EDITED = {
    "cluster": {
        "servers": {"count": 3, "size": "large"},
        "pools": {"general": {"size": "xlarge", "min": 3, "max": 9}, "more": {"size": "large", "min": 0, "max": 2}},
        "api": {"access": "public", "allowList": ["203.0.113.0/24", "198.51.100.0/24"]},
    },
}
RUNS: list[tuple[str, dict[str, Any]]] = [
    ("preview", {}),
    ("up", {}),
    ("up", {}),
    ("preview", EDITED),
    ("up", EDITED),
    ("refresh", EDITED),
    ("destroy", EDITED),
]
"""Command, and the sections that replace the shipped ones."""


def stack_file(folder: Path, sections: dict[str, Any]) -> Path:
    shipped = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())["config"]
    file = folder / f"Pulumi.{STACK}.yaml"
    config = shipped | {f"{NAMESPACE}:{name}": value for name, value in sections.items()}
    file.write_text(yaml.safe_dump({"config": config}))
    return file


def by_the_engine(folder: Path, command: Any, file: Path) -> observed.Observed:
    outcome = pulumi_cli.run(
        ROOT,
        STACK,
        command,
        folder=folder,
        providers={package: lambda package=package: provider_for(package) for package in PACKAGES},
        stack_file=file,
        output=subprocess.DEVNULL,
    )
    checkpoint = next((folder / "backend").rglob(f"stacks/unifiedmeta/{STACK}.json"))
    resources = (json.loads(checkpoint.read_text())["checkpoint"].get("latest") or {}).get("resources") or []
    return engine.observe(command, outcome, resources)


def in_process(folder: Path, command: str, file: Path) -> observed.Observed:
    source = parse(file.read_text(), str(file))
    driver = Engine(
        project_dir=ROOT,
        stack_name=STACK,
        providers=provider_for,
        config={f"{NAMESPACE}:{name}": value for name, value in source.values.items()},
        state_path=folder / STACK / "state.json",
    )
    return embedded.observe(
        command, getattr(driver, command)(), StateFile(folder / STACK / "state.json", "unifiedmeta", STACK)
    )


def test_both_drivers_plan_and_do_the_same_steps(tmp_path: Path) -> None:
    """Steps alone: ids, keys and everything made of them are random, and another in each of the two states."""
    for command, sections in RUNS:
        file = stack_file(tmp_path, sections)
        real, ours = by_the_engine(tmp_path / "real", command, file), in_process(tmp_path / "ours", command, file)
        assert (real["ok"], ours["ok"]) == (True, True), f"{command}: {real['errors']} {ours['errors']}"
        assert ours["steps"] == real["steps"], command

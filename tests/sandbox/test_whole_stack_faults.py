"""The whole development stack, killed before every create in turn: the next run always gets where an undisturbed one does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.engine.faults import NO_FAULTS, Faults, Operation
from sandbox.engine.resources import Resource
from sandbox.engine.run import Engine
from sandbox.engine.state import Snapshot, StateFile
from sandbox.simulators import provider_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parents[2]
STACK = "aws-dev"
PARTS = 16
"""The indices are dealt out to so many tests, which can run side by side."""


class Keep(Faults):
    """Keeps the files of the state as they are before every create: what a process that dies there leaves behind."""

    def __init__(self, state: Path, kept: Path) -> None:
        self.state = state
        self.kept = kept

    def before(self, operation: Operation) -> None:
        if operation.kind == "create":
            shutil.copytree(self.state, self.kept / str(operation.number) / STACK)


def engine(folder: Path, faults: Faults = NO_FAULTS) -> Engine:
    config: dict[str, Any] = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())["config"]
    return Engine(ROOT, STACK, provider_for, config, state_path=folder / STACK / "state.json", faults=faults)


def snapshot(folder: Path) -> Snapshot:
    return StateFile(folder / STACK / "state.json", "unifiedmeta", STACK).read()


def facts(resource: Resource) -> Iterator[tuple[str, Any]]:
    for name in ("type", "parent", "dependencies", "protect", "retain_on_delete", "init_errors"):
        yield name, getattr(resource, name)
    for side in ("inputs", "outputs"):
        for key, value in getattr(resource, side).values.items():
            yield f"{side}.{key}", value


def differences(one: Snapshot, other: Snapshot) -> set[tuple[str, str]]:
    """URN and property of everything that is not equal."""
    found = {(urn, "missing") for urn in one.resources.keys() ^ other.resources.keys()}
    for urn in one.resources.keys() & other.resources.keys():
        a, b = dict(facts(one.resources[urn])), dict(facts(other.resources[urn]))
        found |= {(urn, key) for key in a.keys() | b.keys() if key not in a or key not in b or a[key] != b[key]}
    return found


@dataclass
class Undisturbed:
    state: Snapshot
    random: set[tuple[str, str]]
    """What differs between two undisturbed runs: keys, ids, and all that is made of them."""
    kept: Path
    creates: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder, again = tmp_path_factory.mktemp("undisturbed"), tmp_path_factory.mktemp("again")
    kept = tmp_path_factory.mktemp("kept")
    for where, faults in ((folder, Keep(folder / STACK, kept)), (again, NO_FAULTS)):
        result = engine(where, faults).up()
        assert result.ok, result.problems
    state = snapshot(folder)
    return Undisturbed(state, differences(state, snapshot(again)), kept, len(list(kept.iterdir())))


def test_most_of_a_run_is_not_random(undisturbed: Undisturbed) -> None:
    everything = sum(len(dict(facts(resource))) for resource in undisturbed.state.resources.values())
    assert len(undisturbed.random) < everything / 5
    assert undisturbed.creates > 200


@pytest.mark.parametrize("part", range(PARTS))
def test_after_a_kill_before_any_create_the_next_run_gets_there(undisturbed: Undisturbed, part: int) -> None:
    for number in range(1 + part, undisturbed.creates + 1, PARTS):
        folder = undisturbed.kept / str(number)
        result = engine(folder).up()
        assert result.ok, (number, result.problems)
        assert any("cut short" in note for note in result.notes)
        state = snapshot(folder)
        assert differences(undisturbed.state, state) <= undisturbed.random, number
        assert (state.pending, state.condemned) == ({}, [])
        shutil.rmtree(folder)

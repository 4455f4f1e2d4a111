"""The in-process driver against what the real engine made of the same programs, and the record against a real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.parity import embedded, engine, observed

KNOWN: dict[tuple[str, int], str] = {}
"""Runs in which the in-process driver differs, and why. Each is a strict expectation: one that goes away fails the test."""

RUNS = [(name, index) for name in observed.PROGRAMS for index, _ in enumerate(observed.program(name).RUNS)]


def recorded(name: str) -> list[observed.Observed]:
    return json.loads((observed.RECORDED / f"{name}.json").read_text())


def comparable(run: observed.Observed) -> dict[str, Any]:
    """What must be the same. Of a run that fails only that it does, and its state: how far others came is a race."""
    kept = ("command", "ok", "state") if not run["ok"] else ("command", "ok", "steps", "outputs", "state")
    return {key: run[key] for key in kept}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[observed.Observed]]:
    return {name: embedded.play(name, tmp_path_factory.mktemp(name)) for name in observed.PROGRAMS}


@pytest.mark.parametrize(("name", "index"), RUNS)
def test_the_in_process_driver_does_what_the_engine_did(
    name: str, index: int, played: dict[str, list[observed.Observed]]
):
    same = comparable(played[name][index]) == comparable(recorded(name)[index])
    if (name, index) in KNOWN:
        assert not same, f"this difference is gone: {KNOWN[name, index]}"
    else:
        assert comparable(played[name][index]) == comparable(recorded(name)[index])


@pytest.mark.parametrize(("name", "index"), RUNS)
def test_a_recorded_run_ends_as_the_scenario_says(name: str, index: int):
    assert recorded(name)[index]["ok"] is not observed.program(name).RUNS[index].fails


def test_every_record_belongs_to_a_scenario():
    assert sorted(file.stem for file in Path(observed.RECORDED).glob("*.json")) == observed.PROGRAMS


@pytest.mark.cli
@pytest.mark.slow
@pytest.mark.parametrize("name", observed.PROGRAMS)
def test_the_engine_still_does_what_was_recorded(name: str):
    assert [comparable(run) for run in engine.play(name)] == [comparable(run) for run in recorded(name)]

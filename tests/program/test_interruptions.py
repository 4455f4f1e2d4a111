"""Whatever stops a run, and wherever, the next `up` reaches the state of an undisturbed one.

The runs of one fault are independent of one another and share nothing but the imported SDKs: workers are forked after the import.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cli.preload import preload
from sandbox.engine.faults import NO_FAULTS, Faults, Interrupt, Kill, Refuse, TimeOut
from sandbox.engine.steps import Op
from tests.support.program import engine, state_of

pytestmark = pytest.mark.slow
STACK = "aws-dev"
STRIDE = 24
SMALL: dict[str, Any] = {}
Leaves = dict[tuple[str, str], Any]


def leaves(folder: Path) -> Leaves:
    """Every value of the state: inputs and options by URN and path."""

    def walk(urn: str, path: str, value: Any) -> Iterator[tuple[tuple[str, str], Any]]:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                yield from walk(urn, f"{path}.{key}", inner)
        elif isinstance(value, list) and value:
            for index, inner in enumerate(value):
                yield from walk(urn, f"{path}[{index}]", inner)
        else:
            yield (urn, path), value

    found: Leaves = {}
    resources = state_of(STACK, folder)
    # The cluster's random id is part of tags' keys, not only of values.
    (cluster,) = [r.resource.outputs.values["result"] for r in resources if r.name == "cluster-id"]
    for planned in resources:
        for (urn, path), value in walk(planned.urn, "inputs", planned.inputs):
            found[urn, path.replace(cluster, "<cluster>")] = value
        found[planned.urn, "type"] = planned.type
        found[planned.urn, "dependencies"] = planned.resource.dependencies
        found[planned.urn, "protect"] = planned.resource.protect
    return found


def up(folder: Path, faults: Faults = NO_FAULTS) -> list[str]:
    """One run; gives its problems."""
    return [str(problem) for problem in engine(STACK, SMALL, folder, faults).up().problems]


def recover(folder: Path, faults: Faults) -> str:
    """Disturb a run, run again, and say what is wrong with what came out; empty when nothing is."""
    folder.mkdir(parents=True)
    if isinstance(faults, Kill):
        child = multiprocessing.get_context("fork").Process(target=up, args=(folder, faults))
        child.start()
        child.join()
        if child.exitcode != -9:
            return f"{faults}: the run was not killed"
    elif not up(folder, faults):
        return f"{faults}: the run was not disturbed"
    if problems := up(folder):
        return f"{faults}: {problems}"
    preview = engine(STACK, SMALL, folder).preview()
    changes = [f"{step.op} {step.urn}" for step in preview.steps if step.op is not Op.SAME]
    if changes or preview.problems:
        return f"{faults}: not settled: {changes[:3]} {preview.problems[:3]}"
    return ""


def differences(folder: Path, steady: Leaves) -> str:
    """Where a state differs from what every undisturbed run has in common."""
    mine = leaves(folder)
    wrong = [f"{urn} {path}" for (urn, path), value in steady.items() if mine.get((urn, path)) != value]
    return f"differs at {wrong[:3]}" if wrong else ""


def attempt(folder: Path, faults: Faults, steady: Leaves) -> str:
    return recover(folder, faults) or (f"{faults}: {found}" if (found := differences(folder, steady)) else "")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Leaves, int]:
    """What two undisturbed runs agree in (the rest is random), and how many creates one has."""
    preload("aws")
    folders = [tmp_path_factory.mktemp("undisturbed") for _ in range(2)]
    assert [up(folder) for folder in folders] == [[], []]
    first, second = (leaves(folder) for folder in folders)
    assert set(first) == set(second)
    steady = {key: value for key, value in first.items() if second[key] == value}
    assert len(steady) > 0.95 * len(first)
    made = [planned for planned in state_of(STACK, folders[0]) if planned.resource.managed]
    return steady, len(made)


def every(faults: list[Faults], steady: Leaves, folder: Path) -> list[str]:
    """The failures among all of them, tried in as many processes as there are cores."""
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=context) as pool:
        tries = [pool.submit(attempt, folder / str(number), fault, steady) for number, fault in enumerate(faults)]
        return [said for one in tries if (said := one.result())]


@pytest.mark.timeout(1800)
def test_whatever_stops_a_run_is_made_good_by_the_next_up(undisturbed: tuple[Leaves, int], tmp_path: Path) -> None:
    """Kinds of faults, shifted against one another; a cut at every single create is tests/sandbox/test_whole_stack_faults.py."""
    steady, creates = undisturbed
    assert creates > 200
    faults: list[Faults] = [
        *(Refuse(number) for number in range(1, creates + 1, STRIDE)),
        *(Interrupt(number) for number in range(5, creates + 1, STRIDE)),
        *(Interrupt(number, late=True) for number in range(9, creates + 1, STRIDE)),
        *(TimeOut(number) for number in range(13, creates + 1, STRIDE)),
        *(Kill(number, late=True) for number in range(17, creates + 1, STRIDE)),
    ]
    assert every(faults, steady, tmp_path) == []

"""The whole stack through its life: created, unchanged, edited, emptied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.naming import STACK_NAME_MAX
from sandbox.engine.run import Engine
from sandbox.engine.steps import Op, Result
from tests.support.program import ROOT, SHAPES, Program, engine, settings

pytestmark = pytest.mark.xdist_group("program")
STACK = "aws-dev"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of aws-dev as shipped, brought up once."""
    place = tmp_path_factory.mktemp("whole")
    assert engine(STACK, {}, place).up().problems == ()
    return place


def preview(folder: Path, sections: dict[str, Any]) -> Result:
    result = engine(STACK, sections, folder).preview()
    assert result.problems == ()
    return result


def changed(result: Result) -> Counter[tuple[str, str]]:
    """Operation and type of every step that does something."""
    return Counter((str(step.op), step.type) for step in result.changes)


def sections_of(**edits: Any) -> dict[str, Any]:
    """The shipped sections with keys changed: ``sections_of(cluster={"version": …})``."""
    shipped = settings(STACK, {})
    return {name: {**shipped[f"unifiedmeta:{name}"], **edit} for name, edit in edits.items()}


def test_a_second_up_changes_nothing(folder: Path) -> None:
    second = engine(STACK, {}, folder).up()
    assert second.problems == ()
    assert {step.op for step in second.steps} == {Op.SAME}


def test_a_second_up_in_another_process_changes_nothing(tmp_path: Path) -> None:
    """Whose hash seed, and with it the order of unordered things, is another one."""
    summaries = [sandbox(tmp_path, seed) for seed in ("1", "2")]
    assert summaries[0]["create"] > 200
    assert set(summaries[1]) == {"same"}


def sandbox(folder: Path, hash_seed: str) -> dict[str, int]:
    """`um sandbox up` in a process of its own; gives its summary."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "UNIFIEDMETA_SANDBOX_DIR": str(folder)}
    argv = [sys.executable, "-m", "cli", "sandbox", "up", "-s", STACK, "--json", "--driver", "in-process"]
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    summary: dict[str, int] = json.loads(done.stdout)["summary"]
    return summary


def test_a_refresh_finds_no_drift(folder: Path) -> None:
    result = engine(STACK, {}, folder).refresh()
    assert result.problems == ()
    assert result.changes == ()


def test_growing_a_pool_updates_the_group_and_nothing_else(folder: Path) -> None:
    pools = {"general": {"size": "large", "min": 3, "max": 9}}
    assert changed(preview(folder, sections_of(cluster={"pools": pools}))) == {
        ("update", "aws:autoscaling/group:Group"): 1
    }


def test_a_new_release_of_rke2_replaces_no_server(folder: Path) -> None:
    steps = preview(folder, sections_of(cluster={"version": "v1.36.3+rke2r1"})).changes
    assert steps
    assert not [step for step in steps if step.op in {Op.REPLACE, Op.DELETE}]
    assert not [step for step in steps if step.type == "aws:ec2/instance:Instance"]


def test_moving_the_apis_allow_list_touches_only_its_rules(folder: Path) -> None:
    api = {"access": "public", "allowList": ["198.51.100.0/24"]}
    touched = {kind for _, kind in changed(preview(folder, sections_of(cluster={"api": api})))}
    assert touched <= {"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "command:local:Command"}


def test_a_zone_more_moves_nothing_that_stands(folder: Path) -> None:
    steps = preview(folder, sections_of(network={"zones": 4})).changes
    assert [step for step in steps if step.op is Op.CREATE and step.type == "aws:ec2/subnet:Subnet"]
    assert not [step for step in steps if step.op in {Op.REPLACE, Op.DELETE}]


def test_switching_a_component_off_deletes_its_release(folder: Path) -> None:
    steps = preview(folder, {"platform": {"components": {"argo-cd": False}}}).changes
    assert ("delete", "argo-cd") in {(str(step.op), step.name) for step in steps}


def test_protection_keeps_what_loses_data(folder: Path, tmp_path: Path) -> None:
    protected = {"protection": "on"}
    assert engine(STACK, protected, tmp_path).up().problems == ()
    refused = engine(STACK, protected, tmp_path).destroy()
    assert refused.problems
    assert {problem.kind for problem in refused.problems} == {"protected"}
    assert {step.op for step in engine(STACK, protected, tmp_path).up().steps} == {Op.SAME}


def test_destroy_leaves_nothing(tmp_path: Path) -> None:
    assert engine(STACK, {}, tmp_path).up().problems == ()
    gone = engine(STACK, {}, tmp_path).destroy()
    assert gone.problems == ()
    assert engine(STACK, {}, tmp_path).refresh().steps == ()


def test_every_resource_names_its_provider(program_of: Callable[[str], Program]) -> None:
    for shape in SHAPES:
        for planned in program_of(shape).resources:
            if planned.resource.managed:
                assert "::default" not in planned.resource.provider, planned.urn


def test_names_are_legal_for_the_longest_legal_stack_name(tmp_path: Path) -> None:
    """The simulators refuse names beyond the clouds' limits, automatic suffixes included."""
    name = ("a-very-long-stack-name-" * 3)[:STACK_NAME_MAX].rstrip("-")
    longest = name + "x" * (STACK_NAME_MAX - len(name))
    config = settings(STACK, {"protection": "on", "ingress": {"internal": {"front": "l7"}}})
    result = Engine(ROOT, longest, engine(STACK, {}, tmp_path).providers, config=config).up()
    assert result.problems == ()
    assert len(result.steps) > 250


def test_logical_names_do_not_contain_the_stacks_name(program_of: Callable[[str], Program]) -> None:
    for planned in program_of("as-shipped").resources:
        if planned.type != "pulumi:pulumi:Stack":
            assert STACK not in planned.name, planned.urn

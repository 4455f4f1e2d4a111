"""`um` as a person types it: in a process of its own, without a terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.program import ROOT

STACK = "aws-dev"


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "UNIFIEDMETA_SANDBOX_DIR": str(folder),
        "UNIFIEDMETA_SANDBOX_DRIVER": "in-process",
        "COLUMNS": "50",
    }


def um(*words: str, folder: Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "cli", *words]
    env = {**environment(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_a_stack_that_does_not_exist_is_answered_with_the_nearest(tmp_path: Path) -> None:
    done = um("check", "-s", "aws-dve", folder=tmp_path)
    assert done.returncode == 2
    assert "did you mean `-s aws-dev`?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_path_is_no_stack_name(tmp_path: Path) -> None:
    assert um("check", "-s", "../stacks/aws-dev", folder=tmp_path).returncode == 2


def test_outside_of_a_checkout_it_says_so(tmp_path: Path) -> None:
    done = um("check", "-s", STACK, folder=tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "not inside a UnifiedMeta checkout" in done.stderr


def test_check_for_machines_is_an_empty_list_when_nothing_is_wrong(tmp_path: Path) -> None:
    done = um("check", "-s", STACK, "--json", folder=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_the_plan_for_machines_is_the_same_text_every_time_and_shows_no_secret(tmp_path: Path) -> None:
    first, second = (um("plan", "-s", STACK, "--json", folder=tmp_path).stdout for _ in range(2))
    assert first == second
    assert json.loads(first)["summary"]["create"] > 200
    assert "[secret]" in first
    assert not re.search(r"-----BEGIN (EC |RSA )?PRIVATE KEY-----", first)


def test_the_plan_for_pull_requests_is_folded_markdown(tmp_path: Path) -> None:
    text = um("plan", "-s", STACK, "--markdown", folder=tmp_path).stdout
    assert text.startswith("### Plan of `aws-dev`")
    assert "<details>" in text
    assert text.count("\n|") < 300


def test_json_and_markdown_exclude_each_other(tmp_path: Path) -> None:
    assert um("plan", "-s", STACK, "--json", "--markdown", folder=tmp_path).returncode == 2


def test_migrate_leaves_a_current_file_alone(tmp_path: Path) -> None:
    done = um("migrate", "-s", STACK, folder=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "Pulumi.aws-dev.yaml is up to date")


def test_a_run_without_a_terminal_asks_nothing_and_prints_no_control_characters(tmp_path: Path) -> None:
    done = um("sandbox", "up", "-s", STACK, folder=tmp_path)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    gone = um("sandbox", "destroy", "-s", STACK, folder=tmp_path)
    assert "deleted" in gone.stdout


def test_no_private_key_is_in_clear_in_what_the_sandbox_keeps(tmp_path: Path) -> None:
    assert um("sandbox", "up", "-s", STACK, folder=tmp_path).returncode == 0
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert kept
    assert not [file for file in kept if b"PRIVATE KEY" in file.read_bytes()]
    assert {oct(file.stat().st_mode & 0o777) for file in kept} == {"0o600"}


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_ctrl_c_loses_nothing_and_the_next_up_goes_on(tmp_path: Path, seconds: float) -> None:
    argv = [sys.executable, "-m", "cli", "sandbox", "up", "-s", STACK]
    running = subprocess.Popen(
        argv, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(seconds)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode in {0, 130}
    assert "Traceback" not in errors
    assert um("sandbox", "up", "-s", STACK, folder=tmp_path).returncode == 0
    summary = json.loads(um("sandbox", "up", "-s", STACK, "--json", folder=tmp_path).stdout)["summary"]
    assert set(summary) == {"same"}

"""Pulumi's CLI rewrites a stack file whenever it sets a value. What people wrote has to survive that."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config.load import load_file

ROOT = Path(__file__).parents[2]
SAVED = Path(__file__).parent / "saved"
AS_WRITTEN, AS_SAVED = SAVED / "as-written.yaml", SAVED / "as-saved.yaml"
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))
MODELINE = "# yaml-language-server:"
needs_cli = [
    pytest.mark.cli,
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="the pulumi command is not on PATH"),
]


def modeline(file: Path) -> str:
    """The line above `config:`."""
    lines = file.read_text().splitlines()
    return lines[lines.index("config:") - 1]


def saved_by_the_cli(file: Path, folder: Path) -> Path:
    """A copy of the stack file after the CLI has made the stack, set a value, set a secret and removed both."""
    (folder / "stacks").mkdir()
    (folder / "state").mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    stack = "saved-by-the-cli"
    copy = folder / "stacks" / f"Pulumi.{stack}.yaml"
    shutil.copy(file, copy)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder}/state",
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    for command in (
        ["stack", "init", stack],
        ["config", "set", "-s", stack, "--path", "unifiedmeta:backup.retentionDays", "31"],
        ["config", "set", "-s", stack, "--path", "--secret", "unifiedmeta:registry.password", "a secret"],
        ["config", "rm", "-s", stack, "unifiedmeta:backup"],
        ["config", "rm", "-s", stack, "unifiedmeta:registry"],
    ):
        subprocess.run(["pulumi", *command, "--non-interactive"], cwd=folder, env=environment, check=True, timeout=60)
    return copy


def comments(file: Path) -> list[str]:
    return re.findall(r"(?:^|\s)(#.*)$", file.read_text(), re.MULTILINE)


def test_the_recorded_example_means_the_same_after_saving() -> None:
    assert load_file(AS_SAVED).stack == load_file(AS_WRITTEN).stack


def test_the_recorded_example_keeps_the_modeline_above_config() -> None:
    assert modeline(AS_WRITTEN).startswith(MODELINE)
    assert modeline(AS_SAVED) == modeline(AS_WRITTEN)


def test_the_recorded_example_keeps_every_comment() -> None:
    assert len(comments(AS_WRITTEN)) == 9
    assert comments(AS_SAVED) == comments(AS_WRITTEN)


def test_the_recorded_example_is_a_real_one() -> None:
    """The CLI's traces: the salt, and a scalar section as text."""
    text = AS_SAVED.read_text()
    assert "encryptionsalt: v1:" in text
    assert 'unifiedmeta:apiVersion: "1"' in text


@pytest.mark.parametrize("file", [AS_WRITTEN, *STACKS], ids=lambda file: file.stem)
class TestWithTheRealCli:
    pytestmark = needs_cli

    def test_a_stack_file_means_the_same_after_saving(self, file: Path, tmp_path: Path) -> None:
        saved = saved_by_the_cli(file, tmp_path)
        assert "encryptionsalt" in saved.read_text()
        assert load_file(saved).stack == load_file(file).stack
        assert modeline(saved) == modeline(file)
        assert comments(saved) == comments(file)

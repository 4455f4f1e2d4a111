"""The real CLI, driven as `um` drives it, with a provider made for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import pulumi_cli
from sandbox.pulumi_cli import Outcome
from tests.sandbox.grpc.fake import FakeProvider

pytestmark = [pytest.mark.cli, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = f"""import sys
sys.path.insert(0, {str(ROOT)!r})
import pulumi
from tests.sandbox.parity.kit import Thing, Vault, on, provider
config = pulumi.Config()
there = provider()
chain = Vault("vault", on(there), of=config.get("size"))
for number in range(int(config.get("count") or 3)):
    chain = Thing(f"thing-{{number}}", on(there), kind="a", of=chain.arn, given=config.get_secret_object("registry"))
pulumi.export("password", Vault("other", on(there)).password)
pulumi.export("account", config.get("account"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(
        "name: demo\nruntime: {name: python, options: {virtualenv: .venv}}\nstackConfigDir: stacks\n"
    )
    (tmp_path / "__main__.py").write_text(PROGRAM)
    write(tmp_path, size="1")
    return tmp_path


def write(project: Path, **config: str) -> bytes:
    lines = [f'  demo:{key}: "{value}"\n' for key, value in config.items()]
    file = project / "stacks" / "Pulumi.dev.yaml"
    secret = "  demo:registry: {name: customer, password: {secure: v1:b3RoZXI=:c2VjcmV0}}\n"
    file.write_text(
        "secretsprovider: awskms://alias/customer\nconfig:\n"
        + "".join(lines)
        + '  demo:account: "012345678901"\n'
        + secret
    )
    return file.read_bytes()


def run(
    project: Path, command: pulumi_cli.Command = "up", make: Callable[[], FakeProvider] = FakeProvider, **options: Any
) -> Outcome:
    folder = project / ".sandbox" / "pulumi"
    return pulumi_cli.run(
        project, "dev", command, folder=folder, providers={"fake": make}, output=subprocess.DEVNULL, **options
    )


def ops(outcome: Outcome) -> dict[str, str]:
    return {step.urn.rpartition("::")[2]: step.op for step in outcome.steps if step.type.startswith("fake:")}


def test_up_creates_then_changes_nothing_an_edit_updates_and_destroy_empties(project: Path):
    before = write(project, size="1")
    first = run(project)
    assert (first.exit_code, first.errors, set(ops(first).values())) == (0, (), {"create"})
    assert set(ops(run(project)).values()) == {"same"}
    write(project, size="2")
    assert ops(run(project, "preview"))["vault"] == "update"
    assert {name for name, op in ops(run(project)).items() if op == "update"} == {"vault"}
    assert run(project, "refresh").exit_code == 0
    assert set(ops(run(project, "destroy")).values()) == {"delete"}
    assert run(project, "preview").exit_code == 0
    assert write(project, size="1") == before


def test_nothing_of_the_users_is_touched(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PULUMI_HOME", str(home / "pulumi"))
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://customer-state")
    before = write(project, size="1")
    assert run(project).exit_code == 0
    assert (project / "stacks" / "Pulumi.dev.yaml").read_bytes() == before
    assert list(home.rglob("*.json")) == []
    assert not (home / "pulumi").exists()
    assert sorted(path.name for path in project.iterdir()) == [".sandbox", "Pulumi.yaml", "__main__.py", "stacks"]


def test_no_secret_is_in_the_state_in_clear_and_outputs_hide_them(project: Path):
    run(project)
    folder = project / ".sandbox" / "pulumi"
    shown = pulumi_cli.outputs(project, "dev", folder=folder)
    clear = pulumi_cli.outputs(project, "dev", folder=folder, show_secrets=True)
    assert (shown["password"], shown["account"]) == ("[secret]", "012345678901")
    state = next((folder / "backend").rglob("dev.json")).read_text()
    assert clear["password"] not in state
    assert '"[secret]"' not in state  # the stand-in of the stack file's own secret is encrypted, too


def test_json_is_for_machines(project: Path):
    file = project / "out.json"
    with file.open("w") as output:
        folder = project / ".sandbox" / "pulumi"
        pulumi_cli.run(
            project,
            "dev",
            "preview",
            folder=folder,
            providers={"fake": FakeProvider},
            as_json=True,
            output=output.fileno(),
        )
    assert '"changeSummary"' in file.read_text()


class Slow(FakeProvider):
    """Takes its time, so that a run can be stopped in the middle of it."""

    def configure(self, inputs: dict[str, Any]) -> FakeProvider:
        return Slow(inputs, self.log)

    def create(self, type_: str, urn: str, inputs: dict[str, Any], *, preview: bool) -> Any:
        if not preview:
            time.sleep(0.5)
        return super().create(type_, urn, inputs, preview=preview)


def test_after_ctrl_c_the_next_run_goes_on(project: Path):
    write(project, size="1", count="12")
    provider = Slow()

    def interrupt() -> None:
        while len(provider.log) < 4:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    stopped = run(project, make=lambda: provider)
    assert stopped.exit_code != 0
    made = {urn for what, urn in provider.log if what == "create"}
    assert 4 <= len(made) < 14
    after = run(project)
    assert after.exit_code == 0
    assert sum(op == "same" for op in ops(after).values()) == len(made)
    assert set(ops(run(project)).values()) == {"same"}


def test_after_a_kill_the_lock_is_removed_and_the_next_run_goes_on(project: Path):
    write(project, size="1", count="12")
    provider = Slow()

    def kill() -> None:
        while len(provider.log) < 4:
            time.sleep(0.05)
        (lock,) = (project / ".sandbox").rglob("locks/**/*.json")
        os.kill(int(json.loads(lock.read_text())["pid"]), signal.SIGKILL)

    threading.Thread(target=kill).start()
    assert run(project, make=lambda: provider).exit_code != 0
    said: list[str] = []
    after = run(project, say=said.append)
    assert (after.exit_code, after.errors) == (0, ())
    assert len(said) == 1
    assert "runs no more" in said[0]
    assert set(ops(run(project)).values()) == {"same"}

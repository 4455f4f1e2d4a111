"""The scripts that initialise Vault, run step by step as the Job runs them, with a fake `vault` and a fake writer."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "vault-init"
SCRIPTS = CHART / "files"
VALUES = yaml.safe_load((ROOT / "values" / "vault-init.yaml").read_text())
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
EMPTY = {
    "initialised": False,
    "sealed": True,
    "root": "",
    "audit": [],
    "auth": [],
    "secrets": [],
    "policies": {},
    "roles": {},
}


class Job:
    """One pod of the Job: its own memory; the Vault outside lives on."""

    def __init__(self, folder: Path, shell: str = "dash", pod: int = 0) -> None:
        self.folder, self.shell = folder, shell
        self.state_file, self.written = folder / "vault.json", folder / "written"
        if not self.state_file.exists():
            self.state = EMPTY | {"calls": [], "fail": {}}
        self.handover = folder / f"handover-{pod}"
        self.handover.mkdir()
        self._tools()
        self._setup()

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.state_file.read_text()))

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.state_file.write_text(json.dumps(state))

    def change(self, **changes: Any) -> None:
        self.state = self.state | changes

    @property
    def calls(self) -> list[str]:
        return [line for line, _ in self.state["calls"]]

    def _tool(self, name: str, text: str) -> None:
        file = self.folder / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def _tools(self) -> None:
        fake = Path(__file__).with_name("fake_vault.py")
        self._tool("vault", f'#!/bin/sh\nexec {sys.executable} -S {fake} "$@"\n')
        self._tool("sleep", "#!/bin/sh\nexit 0\n")
        # Keeps what it is given under the name of what it is for; refuses as often as the file `refuse` has lines.
        self._tool(
            "write.sh",
            'if [ -s "$REFUSE" ]; then sed -i 1d "$REFUSE"; echo AccessDenied >&2; exit 1; fi\n'
            'mkdir -p "$WRITTEN"; cat "$1" >"$WRITTEN/$2"\n',
        )

    def _setup(self) -> None:
        setup = self.folder / "setup"
        for name in ("policies", "roles"):
            (setup / name).mkdir(parents=True, exist_ok=True)
        for name, policy in VALUES["policies"].items():
            (setup / "policies" / f"{name}.hcl").write_text(policy)
        for name, role in VALUES["roles"].items():
            (setup / "roles" / f"{name}.json").write_text(json.dumps(role))
        (setup / "engines").write_text("".join(f"{path} {kind}\n" for path, kind in VALUES["engines"].items()))
        (self.folder / "jwt").write_text("JWT")

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        shell = [self.shell, "sh"] if self.shell == "busybox" else [self.shell]
        return subprocess.run(
            [*shell, str(SCRIPTS / script), *arguments],
            env={
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "VAULT_STATE": str(self.state_file),
                "HANDOVER": str(self.handover),
                "SETUP": str(self.folder / "setup"),
                "IDENTITY": str(self.folder / "jwt"),
                "WRITER": str(self.folder / "bin" / "write.sh"),
                "WRITTEN": str(self.written),
                "REFUSE": str(self.folder / "refuse"),
                "VAULT_ADDR": "https://vault-0.vault-internal:8200",
                "RECOVERY_SHARES": "5",
                "RECOVERY_THRESHOLD": "3",
                "PATIENCE": "30",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def steps(self) -> list[Callable[[], subprocess.CompletedProcess[str]]]:
        """The containers of the pod, in order."""
        return [
            lambda: self.run("init.sh", "look"),
            lambda: self.run("hand-over.sh", "probe"),
            lambda: self.run("init.sh", "init"),
            lambda: self.run("hand-over.sh", "keep"),
            lambda: self.run("configure.sh"),
        ]

    def go(self) -> str:
        """All steps; what they said. Every one must succeed."""
        said = ""
        for step in self.steps():
            done = step()
            assert done.returncode == 0, done.stderr
            said += done.stdout + done.stderr
        return said


@pytest.fixture(params=SHELLS)
def job(request: pytest.FixtureRequest, tmp_path: Path) -> Job:
    return Job(tmp_path, request.param)


def refuse(job: Job, times: int) -> None:
    (job.folder / "refuse").write_text("no\n" * times)


def test_a_new_vault_is_initialised_its_keys_kept_and_its_root_token_revoked(job: Job) -> None:
    said = job.go()
    state = job.state
    assert state["root"] == "revoked"
    assert (job.written / "keep").read_text().splitlines() == [
        *(f"Recovery Key {n + 1}: key{n}/AbC+=" for n in range(5)),
        "Quorum: 3",
    ]
    assert (state["audit"], state["auth"], state["secrets"]) == (["stdout"], ["kubernetes"], ["secret"])
    assert set(state["policies"]) == set(VALUES["policies"])
    assert set(state["roles"]) == set(VALUES["roles"])
    assert "hvs.ROOT" not in said
    assert "AbC+=" not in said


def test_nothing_is_left_in_the_pods_memory(job: Job) -> None:
    job.go()
    left = "".join(file.read_text() for file in job.handover.iterdir())
    assert "hvs." not in left
    assert "AbC" not in left


def test_the_store_is_proved_writable_before_any_key_is_made(job: Job) -> None:
    refuse(job, 99)
    look, probe, *_ = job.steps()
    assert look().returncode == 0
    done = probe()
    assert done.returncode == 1
    assert "AccessDenied" in done.stderr
    assert not job.state["initialised"]


def test_what_is_kept_already_is_not_overwritten_by_the_proof(job: Job) -> None:
    job.written.mkdir()
    (job.written / "keep").write_text("keys of an earlier cluster")
    look, probe, *_ = job.steps()
    look()
    probe()
    assert (job.written / "keep").read_text() == "keys of an earlier cluster"
    assert "No keys" in (job.written / "probe").read_text()


def test_a_second_run_changes_nothing_and_makes_no_second_set_of_keys(job: Job) -> None:
    job.go()
    before = job.state
    kept = (job.written / "keep").read_text()
    Job(job.folder, job.shell, pod=1).go()
    after = job.state
    for key in ("root", "audit", "auth", "secrets", "policies", "roles"):
        assert after[key] == before[key]
    assert (job.written / "keep").read_text() == kept
    assert sum(line.startswith("operator init") for line in job.calls) == 1
    assert sum(line.startswith("token revoke") for line in job.calls) == 1


def test_a_second_run_brings_in_a_changed_policy_without_a_root_token(job: Job) -> None:
    job.go()
    (job.folder / "setup" / "policies" / "new.hcl").write_text('path "x" {}')
    Job(job.folder, job.shell, pod=1)
    (job.folder / "setup" / "policies" / "new.hcl").write_text('path "x" {}')
    done = Job(job.folder, job.shell, pod=2).go()
    assert job.state["policies"]["new"] == 'path "x" {}'
    assert "root token" not in done


@pytest.mark.parametrize("crash", range(5))
def test_a_container_that_is_started_again_after_it_had_done_its_work_does_no_harm(job: Job, crash: int) -> None:
    for index, step in enumerate(job.steps()):
        assert step().returncode == 0
        if index == crash:
            again = step()
            assert again.returncode == 0, again.stderr
    assert job.state["root"] == "revoked"
    assert (job.written / "keep").read_text().startswith("Recovery Key 1")


def test_a_store_that_refuses_for_a_while_costs_nothing_but_time(job: Job) -> None:
    look, probe, init, keep, configure = job.steps()
    for step in (look, probe, init):
        assert step().returncode == 0
    refuse(job, 2)
    assert keep().returncode == 0
    assert (job.written / "keep").read_text().startswith("Recovery Key 1")
    assert configure().returncode == 0


def test_keys_that_the_store_refuses_stay_in_the_pod_and_are_handed_over_by_the_next_try(job: Job) -> None:
    look, probe, init, keep, _ = job.steps()
    for step in (look, probe, init):
        step()
    refuse(job, 99)
    done = keep()
    assert done.returncode == 1
    assert "while this pod lives nothing is lost" in done.stderr
    refuse(job, 0)
    assert look().returncode == 0, "should the whole pod start again"
    assert init().returncode == 0
    assert keep().returncode == 0
    assert (job.written / "keep").read_text().startswith("Recovery Key 1")


def test_an_init_that_died_right_after_the_answer_is_taken_up_again(job: Job) -> None:
    look, probe, init, keep, _ = job.steps()
    look()
    probe()
    init()
    answer = (job.handover / "keep").read_text().replace("Quorum: 3\n", "")
    for left in ("made", "root", "keep"):
        (job.handover / left).unlink()
    (job.handover / "answer").write_text(f"{answer}\nInitial Root Token: hvs.ROOT\n")
    for step in (look, probe, init, keep):
        assert step().returncode == 0
    assert (job.written / "keep").read_text().startswith("Recovery Key 1")
    assert sum(line.startswith("operator init") for line in job.calls) == 1


def test_a_server_that_is_not_there_yet_is_waited_for(job: Job) -> None:
    job.change(fail={"status": 3})
    assert job.run("init.sh", "look").returncode == 0
    assert (job.handover / "probe").exists()


def test_a_server_that_never_answers_ends_with_what_to_look_at(job: Job) -> None:
    job.change(fail={"status": 999})
    done = job.run("init.sh", "look")
    assert done.returncode != 0
    assert "kubectl -n vault logs vault-0" in done.stderr
    assert list(job.handover.iterdir()) == []


def test_a_vault_that_stays_sealed_ends_with_what_to_look_at(job: Job) -> None:
    for step in job.steps()[:4]:
        step()
    job.change(sealed=True)
    done = job.run("configure.sh")
    assert done.returncode == 1
    assert "stays sealed" in done.stderr


def test_an_initialised_vault_that_was_never_set_up_says_both_ways_out(job: Job) -> None:
    job.change(initialised=True, sealed=False)
    for step in job.steps()[:4]:
        assert step().returncode == 0
    done = job.run("configure.sh")
    assert done.returncode == 1
    assert "generate-root" in done.stderr
    assert "delete" in done.stderr
    assert not job.written.exists()


def test_the_root_token_is_kept_until_the_service_account_can_log_in(job: Job) -> None:
    for step in job.steps()[:4]:
        step()
    job.change(fail={"write -field=token": 1})
    done = job.run("configure.sh")
    assert done.returncode == 1
    assert job.state["root"] == "hvs.ROOT"
    assert job.run("configure.sh").returncode == 0
    assert job.state["root"] == "revoked"


@pytest.mark.parametrize(
    "step", ["audit enable", "auth enable", "secrets enable", "policy write", "write auth/kubernetes/role"]
)
def test_a_step_that_fails_is_taken_up_by_the_next_try(job: Job, step: str) -> None:
    for before in job.steps()[:4]:
        before()
    job.change(fail={step: 1})
    assert job.run("configure.sh").returncode != 0
    assert job.state["root"] == "hvs.ROOT"
    assert job.run("configure.sh").returncode == 0
    assert job.state["root"] == "revoked"


def test_a_policy_can_name_the_accessor_that_vault_made_up(job: Job) -> None:
    job.go()
    assert "auth_kubernetes_1a2b.metadata" in job.state["policies"]["application"]
    assert "ACCESSOR" not in job.state["policies"]["application"]


def test_no_token_and_no_key_is_ever_an_argument(job: Job) -> None:
    job.go()
    assert not [line for line in job.calls if "hvs." in line or "service-token" in line or "AbC" in line]


def test_wrong_use_is_said(job: Job) -> None:
    assert job.run("init.sh").returncode == 64
    assert job.run("hand-over.sh", "everything").returncode == 64


@pytest.mark.parametrize("file", sorted(SCRIPTS.glob("*.sh")), ids=lambda f: f.name)
def test_scripts_pass_shellcheck(file: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "shellcheck", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout

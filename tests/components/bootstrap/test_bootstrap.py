"""The bootstrap as it is registered, and its parts as data."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from components.bootstrap import gate
from components.bootstrap.bootstrap import Bootstrap, SecretSpec
from components.bootstrap.objects import NamespaceSpec, namespaces, storage_class
from components.rke2.access import kubeconfig
from tests.components.platform.world import cluster, out
from tests.support.recording import Recording, record
from tests.support.stacks import stack_with

ROOT = Path(__file__).parents[3]
PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nTOP SECRET\n-----END PRIVATE KEY-----\n"
PUBLIC = {"cluster__api": {"access": "public", "allowList": ["203.0.113.0/24"]}}
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"


def made(**edits: Any) -> Recording:
    text = kubeconfig(
        stack_name="aws-dev",
        url="https://127.0.0.1:20001",
        server_ca_pem="CA",
        certificate_pem="CERTIFICATE",
        key_pem=PRIVATE_KEY,
        tunnelled=True,
    )

    def program() -> None:
        Bootstrap(
            stack_with(**edits),
            "aws-dev",
            cluster(text),
            namespaces=[NamespaceSpec("vault", "restricted")],
            secrets=[SecretSpec(namespace="vault", name="login", values={"password": out("hunter2")})],
        )

    return record(program)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return made()


def test_with_a_private_api_the_message_names_the_tunnel_command() -> None:
    first = gate.hints(stack_with(), "acme-prod")[0]
    assert "um tunnel -s acme-prod -- pulumi up -s acme-prod" in first


def test_with_a_public_api_the_message_names_the_allow_list_and_its_file() -> None:
    first = gate.hints(stack_with(**PUBLIC), "aws-dev")[0]
    for part in ("203.0.113.0/24", "cluster.api.allowList", "stacks/Pulumi.aws-dev.yaml", "pulumi up -s aws-dev"):
        assert part in first


def test_the_command_runs_a_script_that_is_there_and_says_the_same_hints() -> None:
    words = shlex.split(gate.command_line(stack_with(), "aws-dev"))
    assert words[0] == "python3"
    assert (ROOT / words[1]).is_file()
    assert [words[i + 1] for i, word in enumerate(words) if word == "--hint"] == list(
        gate.hints(stack_with(), "aws-dev")
    )


def test_the_key_reaches_the_gate_by_standard_input_as_a_secret_and_by_nothing_else(recording: Recording) -> None:
    inputs = recording.one("command:local:Command", "api-ready").inputs
    assert inputs["stdin"][SECRET_SIGNATURE]
    access = json.loads(inputs["stdin"]["value"])
    assert access == {
        "server": "https://127.0.0.1:20001",
        "tls_server_name": "kubernetes",
        "ca": "CA",
        "certificate": "CERTIFICATE",
        "key": PRIVATE_KEY,
    }
    assert "TOP SECRET" not in json.dumps({key: value for key, value in inputs.items() if key != "stdin"})
    assert "environment" not in inputs


def test_the_provider_is_kept_by_the_clusters_id_whatever_happens_to_its_address(recording: Recording) -> None:
    inputs = recording.one("pulumi:providers:kubernetes", "cluster").inputs
    assert inputs["clusterIdentifier"] == "um-c1"
    assert inputs["enableServerSideApply"] == "true"
    assert inputs["kubeconfig"][SECRET_SIGNATURE]


def test_every_object_goes_through_the_explicit_provider(recording: Recording) -> None:
    objects = [r for r in recording.resources if r.type.startswith("kubernetes:")]
    assert len(objects) > 4
    assert all(r.provider and "cluster" in r.provider for r in objects)


def test_a_kubernetes_secret_is_a_pulumi_secret(recording: Recording) -> None:
    secret = recording.one("kubernetes:core/v1:Secret", "vault-login").inputs
    assert secret["stringData"][SECRET_SIGNATURE]
    assert secret["metadata"]["namespace"] == "vault"


@pytest.mark.parametrize(("edits", "default"), [({}, "true"), ({"storage__default": "replicated"}, "false")])
def test_volumes_are_encrypted_made_where_the_pod_is_and_default_only_if_the_stack_says_so(
    edits: dict, default: str
) -> None:
    made_class = made(**edits).one("kubernetes:storage.k8s.io/v1:StorageClass", "unifiedmeta-block").inputs
    assert made_class["parameters"]["encrypted"] == "true"
    assert made_class["volumeBindingMode"] == "WaitForFirstConsumer"
    assert made_class["allowVolumeExpansion"] is True
    assert made_class["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == default


def test_a_storage_class_without_a_provisioner_is_an_error() -> None:
    with pytest.raises(KeyError, match="provisioner"):
        storage_class({"parameters": {}}, default=True)


def test_a_shared_namespace_is_as_open_as_its_least_restricted_component_and_no_more() -> None:
    specs = namespaces(
        {"a": {"restricted", "baseline"}, "b": {"privileged", "restricted"}, "kube-system": {"privileged"}}
    )
    assert specs == (NamespaceSpec("a", "baseline"), NamespaceSpec("b", "privileged"))


def test_a_namespace_warns_about_and_records_all_that_is_not_restricted() -> None:
    labels = NamespaceSpec("longhorn-system", "privileged").labels
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
    assert labels["pod-security.kubernetes.io/warn"] == labels["pod-security.kubernetes.io/audit"] == "restricted"


def test_priority_classes_are_below_the_systems_own_and_above_nothing(recording: Recording) -> None:
    values = {r.name: r.inputs["value"] for r in recording.of("kubernetes:scheduling.k8s.io/v1:PriorityClass")}
    assert 0 < values["unifiedmeta-application"] < values["unifiedmeta-platform"] < 2_000_000_000

"""The whole platform as it is registered: releases, their order, identities, Secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.specs import ManageRecords, UseKey, WriteSecret
from components.bootstrap.bootstrap import Bootstrap
from components.foundation import Foundation
from components.platform.plan import PlatformPlan
from components.platform.platform import Platform
from tests.components.platform.world import asked, cluster, dependencies, foundation
from tests.support.recording import Recorded, Recording, record

SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""By which the engine tells that a property is secret (Pulumi's wire format)."""
RELEASE = "kubernetes:helm.sh/v3:Release"


class Built:
    """A platform that has been registered."""

    def __init__(self, **edits: Any) -> None:
        with dependencies() as direct:
            self.recording: Recording = record(lambda: self._program(edits))
        self.direct = direct

    def _program(self, edits: dict[str, Any]) -> None:
        self.foundation: Foundation = foundation(**edits)
        access = cluster()
        self.plan = PlatformPlan(self.foundation, access.integration)
        bootstrap = Bootstrap(
            self.foundation.stack,
            "aws-dev",
            access,
            releases=self.plan.foundation_releases,
            namespaces=self.plan.namespaces,
            secrets=self.plan.secrets,
        )
        self.platform = Platform(self.plan, bootstrap)

    def waits_for(self, resource: str) -> set[str]:
        """Everything that must exist before `resource` does, directly or not; all written as `Release/vault`."""
        found: set[str] = set()
        new = {resource}
        while new:
            new = {before for one in new for before in self.direct[one]} - found
            found |= new
        return found

    @property
    def releases(self) -> dict[str, Recorded]:
        return {r.name: r for r in self.recording.of(RELEASE)}


@pytest.fixture(scope="module")
def built() -> Built:
    return Built()


def test_every_selected_component_is_one_release_with_its_own_name_and_namespace(built: Built) -> None:
    assert set(built.releases) == {c.name for c in built.plan.components}
    for component in built.plan.components:
        inputs = built.releases[component.name].inputs
        assert (inputs["name"], inputs["namespace"]) == (component.name, component.namespace)
        assert inputs["createNamespace"] is False


def test_charts_come_pinned_from_oci_where_it_exists_else_from_the_index_or_this_project(built: Built) -> None:
    def where(name: str) -> tuple[str, str | None, Any]:
        inputs = built.releases[name].inputs
        return inputs["chart"], inputs.get("version"), inputs.get("repositoryOpts")

    assert where("traefik-public") == ("oci://ghcr.io/traefik/helm/traefik", "41.3.0", None)
    assert where("cert-manager") == ("oci://quay.io/jetstack/charts/cert-manager", "v1.21.1", None)
    assert where("vault") == ("vault", "0.34.1", {"repo": "https://helm.releases.hashicorp.com"})
    assert where("vault-init") == ("./charts/vault-init", None, None)


def test_only_vault_is_not_waited_for_and_its_consumer_is_the_job(built: Built) -> None:
    skipped = {name for name, release in built.releases.items() if release.inputs.get("skipAwait")}
    assert skipped == {"vault"}


def test_every_namespace_is_made_with_the_pod_security_that_its_components_need(built: Built) -> None:
    levels = {
        r.name: r.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for r in built.recording.of("kubernetes:core/v1:Namespace")
    }
    assert levels == {
        "argocd": "restricted",
        "cert-manager": "restricted",
        "external-dns": "restricted",
        "ingress-internal": "restricted",
        "ingress-public": "restricted",
        "longhorn-system": "privileged",
        "vault": "restricted",
    }


def test_longhorns_static_key_is_a_kubernetes_secret_and_stands_in_no_release(built: Built) -> None:
    (secret,) = built.recording.of("kubernetes:core/v1:Secret")
    assert secret.inputs["metadata"]["name"] == "longhorn-backup"
    assert secret.inputs["stringData"][SECRET_SIGNATURE]
    assert set(secret.inputs["stringData"]["value"]) == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    (key,) = asked(built.foundation).keys
    assert (key.consumer, key.grant.prefix) == ("longhorn", "longhorn/")
    everything = json.dumps([r.inputs for r in built.releases.values()])
    assert "SECRET-KEY" not in everything
    assert "AKIA-ACCESS" not in everything


def test_no_key_is_made_where_nobody_uses_it() -> None:
    without = Built(platform__components={"longhorn": False})
    assert asked(without.foundation).keys == []
    assert without.recording.of("kubernetes:core/v1:Secret") == []


def test_identities_have_the_least_rights_that_their_component_needs(built: Built) -> None:
    rights = {w.name: (w.namespace, w.service_account, list(w.grants)) for w in asked(built.foundation).workloads}
    keys, zones = built.foundation.keys, built.foundation.zones
    assert zones.public is not None
    assert zones.private is not None
    assert rights == {
        "external-dns-public": ("external-dns", "external-dns-public", [ManageRecords(zones.public)]),
        "external-dns-private": ("external-dns", "external-dns-private", [ManageRecords(zones.private)]),
        "vault": ("vault", "vault", [UseKey(keys["vault"])]),
        "vault-init": ("vault", "vault-init", [WriteSecret("vault-recovery", keys["secrets"])]),
    }


def test_cert_manager_may_write_txt_records_once_the_zone_is_delegated() -> None:
    delegated = Built(dns__public={"delegated": True}, dns__acmeEmail="ops@acme.example")
    zone = delegated.foundation.zones.public
    assert zone is not None
    granted = {w.name: list(w.grants) for w in asked(delegated.foundation).workloads}
    assert granted["cert-manager"] == [ManageRecords(zone, txt_only=True)]
    issuer = delegated.releases["acme-issuer"].inputs["values"]["objects"]["issuer"]["spec"]["acme"]
    assert issuer["email"] == "ops@acme.example"
    assert issuer["solvers"][0]["dns01"]["route53"] == {"region": "ap-northeast-2", "hostedZoneID": "Z-public"}


def test_facts_arrive_in_the_releases_values(built: Built) -> None:
    values = {name: release.inputs["values"] for name, release in built.releases.items()}
    assert values["longhorn"]["defaultBackupStore"]["backupTarget"] == "s3://um-backups@ap-northeast-2/longhorn/"
    assert 'kms_key_id = "key-vault"' in values["vault-base"]["objects"]["seal"]["data"]["seal.hcl"]
    assert (
        values["traefik-public"]["providers"]["kubernetesIngress"]["ingressEndpoint"]["hostname"] == "public.lb.example"
    )
    assert values["external-dns-private"]["txtOwnerId"] == "um-c1-private"
    assert values["argo-cd"]["global"]["domain"] == "argocd.acme.example"
    assert values["argo-cd"]["server"]["ingress"]["annotations"]["cert-manager.io/cluster-issuer"] == "internal-ca"
    role = values["vault"]["server"]["extraEnvironmentVars"]["AWS_ROLE_ARN"]
    assert role == "arn:aws:iam::123456789012:role/vault"


def test_no_text_of_a_facts_file_is_left_unplaced(built: Built) -> None:
    assert "${" not in json.dumps([r.inputs["values"] for r in built.releases.values()])


def test_the_foundation_tier_makes_the_csi_driver_and_no_namespace() -> None:
    only = Built(platform__tier="foundation")
    assert set(only.releases) == {"aws-ebs-csi-driver"}
    assert only.recording.of("kubernetes:core/v1:Namespace") == []
    assert asked(only.foundation).workloads == []


def test_every_release_waits_for_the_gate_its_namespace_its_secrets_and_what_it_needs(built: Built) -> None:
    for component in built.plan.components:
        waits = built.waits_for(f"Release/{component.name}")
        assert {"Command/api-ready", "PriorityClass/unifiedmeta-platform", "StorageClass/unifiedmeta-block"} <= waits
        assert {f"Release/{need}" for need in component.needs} <= waits, component.name
        if component.layer != "foundation":
            assert f"Namespace/{component.namespace}" in waits, component.name
    assert "Secret/longhorn-system-longhorn-backup" in built.waits_for("Release/longhorn")
    assert "Release/vault" in built.waits_for("Release/vault-init")
    assert "Release/aws-ebs-csi-driver" in built.waits_for("Release/vault")


def test_a_release_does_not_wait_for_what_belongs_to_others(built: Built) -> None:
    waits = built.waits_for("Release/longhorn")
    assert {one for one in waits if one.startswith("Namespace/")} == {"Namespace/longhorn-system"}
    assert not any(one.startswith("Secret/") for one in built.waits_for("Release/cert-manager"))


def test_the_csi_driver_outlives_every_namespace_so_that_volumes_are_deleted_with_them(built: Built) -> None:
    for namespace in built.recording.of("kubernetes:core/v1:Namespace"):
        assert "Release/aws-ebs-csi-driver" in built.waits_for(f"Namespace/{namespace.name}")

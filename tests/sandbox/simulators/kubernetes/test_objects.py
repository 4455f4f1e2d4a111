import re

import pytest

from sandbox.provider import UNKNOWN, Live
from sandbox.simulators import sdk
from sandbox.simulators.kubernetes import kinds
from tests.sandbox.simulators.kit import Cloud, cloud, paths, urn_of

NAMESPACE = "kubernetes:core/v1:Namespace"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
SERVICE = "kubernetes:core/v1:Service"
JOB = "kubernetes:batch/v1:Job"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
ISSUER = "kubernetes:cert-manager.io/v1:ClusterIssuer"
RELEASE = "kubernetes:helm.sh/v3:Release"


@pytest.fixture
def cluster() -> Cloud:
    return cloud("kubernetes", clusterIdentifier="um-1")


def named(name, **more):
    return {"metadata": {"name": name, **more}}


def test_an_object_gets_a_name_a_namespace_and_what_the_server_adds(cluster):
    live = cluster.make(CONFIG_MAP, "settings", data={"a": "b"})
    metadata = live.properties["metadata"]
    assert re.fullmatch(r"settings-[0-9a-f]{8}", metadata["name"])
    assert live.id == f"default/{metadata['name']}"
    assert metadata["annotations"] == {"pulumi.com/autonamed": "true"}
    assert {"uid", "resourceVersion", "creationTimestamp"} <= set(metadata)
    assert cluster.diff(CONFIG_MAP, live, "settings", data={"a": "b"}).changed == ()


def test_an_automatic_name_stays_until_the_object_is_replaced(cluster):
    live = cluster.make(CONFIG_MAP, "settings", data={"a": "b"})
    diff = cluster.diff(CONFIG_MAP, live, "settings", data={"a": "c"})
    assert (diff.replaces, diff.delete_before_replace) == (("data.a",), False)
    assert cluster.make(CONFIG_MAP, "settings", data={"a": "c"}).id != live.id


def test_an_object_whose_name_was_given_goes_before_its_replacement_comes(cluster):
    live = cluster.make(CONFIG_MAP, "settings", data={"a": "b"}, **named("settings"))
    assert cluster.diff(CONFIG_MAP, live, "settings", data={"a": "c"}, **named("settings")).delete_before_replace
    moved = cluster.diff(CONFIG_MAP, live, "settings", data={"a": "b"}, **named("other"))
    assert (moved.replaces, moved.delete_before_replace) == (("metadata.name",), False)
    assert "already exists" in cluster.refusal(CONFIG_MAP, "again", data={}, **named("settings"))


def test_a_provider_may_be_told_to_take_over_what_is_there():
    taking = cloud("kubernetes", clusterIdentifier="um-1", upsertExistingObjects="true")
    taking.make(CONFIG_MAP, "one", data={"a": "b"}, **named("settings"))
    assert taking.make(CONFIG_MAP, "two", data={"a": "c"}, **named("settings")).properties["data"] == {"a": "c"}


def test_a_namespace_must_be_there_first(cluster):
    assert 'namespaces "vault" not found' in cluster.refusal(CONFIG_MAP, "s", data={}, **named("s", namespace="vault"))
    cluster.make(NAMESPACE, "vault", **named("vault"))
    assert cluster.make(CONFIG_MAP, "s", data={}, **named("s", namespace="vault")).id == "vault/s"


def test_two_clusters_do_not_share_objects():
    one = cloud("kubernetes", clusterIdentifier="one")
    other = Cloud(one.provider.configure({"clusterIdentifier": "other"}))
    one.make(NAMESPACE, "vault", **named("vault"))
    other.make(NAMESPACE, "vault", **named("vault"))
    assert "already exists" in one.refusal(NAMESPACE, "again", **named("vault"))


@pytest.mark.parametrize(
    ("type_", "before", "after", "replaces"),
    [
        (
            JOB,
            {"spec": {"template": {"spec": {"containers": [], "restartPolicy": "Never"}}}},
            {"spec": {"template": {"spec": {"containers": [], "restartPolicy": "OnFailure"}}}},
            True,
        ),
        (JOB, {"spec": {"template": {}, "backoffLimit": 1}}, {"spec": {"template": {}, "backoffLimit": 2}}, False),
        (SERVICE, {"spec": {"clusterIP": "10.43.0.9"}}, {"spec": {"clusterIP": "10.43.0.10"}}, True),
        (SERVICE, {"spec": {"type": "ClusterIP"}}, {"spec": {"type": "NodePort"}}, False),
        (CLAIM, {"spec": {"storageClassName": "a"}}, {"spec": {"storageClassName": "b"}}, True),
        (
            STORAGE_CLASS,
            {"provisioner": "a", "parameters": {"type": "gp2"}},
            {"provisioner": "a", "parameters": {"type": "gp3"}},
            True,
        ),
        (STORAGE_CLASS, {"provisioner": "a"}, {"provisioner": "a", "allowVolumeExpansion": True}, False),
        (SECRET, {"stringData": {"a": "b"}}, {"stringData": {"a": "c"}}, True),
        (NAMESPACE, {}, {"metadata": {"labels": {"a": "b"}}}, False),
    ],
)
def test_what_no_update_can_change_replaces(cluster, type_, before, after, replaces):
    live = cluster.make(type_, "thing", **before)
    diff = cluster.diff(type_, live, "thing", **after)
    assert diff.changed
    assert bool(diff.replaces) is replaces


def test_a_deployments_selector_replaces_it_and_its_image_does_not(cluster):
    def spec(image, app):
        template = {"metadata": {"labels": {"app": app}}, "spec": {"containers": [{"name": "c", "image": image}]}}
        return {"spec": {"selector": {"matchLabels": {"app": app}}, "template": template}}

    live = cluster.make(DEPLOYMENT, "web", **spec("a:1", "web"))
    assert cluster.diff(DEPLOYMENT, live, "web", **spec("a:2", "web")).replaces == ()
    assert cluster.diff(DEPLOYMENT, live, "web", **spec("a:1", "www")).replaces == ("spec.selector.matchLabels.app",)


def test_a_provider_may_let_config_maps_and_secrets_change_unless_they_are_immutable():
    mutable = cloud("kubernetes", clusterIdentifier="um-1", enableConfigMapMutable="true", enableSecretMutable="true")
    live = mutable.make(CONFIG_MAP, "settings", data={"a": "b"})
    assert mutable.diff(CONFIG_MAP, live, "settings", data={"a": "c"}).replaces == ()
    frozen = mutable.make(SECRET, "token", stringData={"a": "b"}, immutable=True)
    assert mutable.diff(SECRET, frozen, "token", stringData={"a": "c"}, immutable=True).replaces == ("stringData.a",)


def test_a_secrets_text_is_stored_as_data_and_both_are_secret(cluster):
    live = cluster.make(SECRET, "token", stringData={"a": "b"}, data={"c": "ZA=="})
    assert live.properties["data"] == {"c": "ZA==", "a": "Yg=="}
    assert cluster.provider.secret_outputs(SECRET) == {"data", "stringData"}


def test_a_service_has_an_address_in_the_service_network_and_a_front_only_as_load_balancer(cluster):
    plain = cluster.make(SERVICE, "a", spec={"ports": [{"port": 80}]})
    assert plain.properties["spec"]["clusterIP"].startswith("10.43.")
    assert plain.properties["status"] == {"loadBalancer": {}}
    front = cluster.make(SERVICE, "b", spec={"type": "LoadBalancer", "ports": [{"port": 80}]})
    assert front.properties["status"]["loadBalancer"]["ingress"][0]["hostname"]


def test_a_custom_resource_needs_no_sdk_class_but_must_be_what_its_type_says(cluster):
    live = cluster.make(
        ISSUER, "acme", apiVersion="cert-manager.io/v1", kind="ClusterIssuer", spec={"anything": [1]}, **named("acme")
    )
    assert live.id == "acme"
    assert paths(cluster.failures(ISSUER, kind="Issuer")) == ["kind"]


def test_names_follow_dns_except_those_of_roles(cluster):
    assert paths(cluster.failures(CONFIG_MAP, **named("Not_A_Name"))) == ["metadata.name"]
    assert cluster.failures("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", **named("system:um")) == []


def test_patches_need_a_name(cluster):
    assert paths(cluster.failures("kubernetes:core/v1:NamespacePatch", metadata={"labels": {}})) == ["metadata.name"]


def test_unknown_metadata_and_kinds_are_left_for_later(cluster):
    assert cluster.failures(CONFIG_MAP, metadata=UNKNOWN) == []
    planned = cluster.plan(NAMESPACE, "vault", **named("vault"))
    assert planned.properties["metadata"]["uid"] is UNKNOWN
    assert planned.properties["metadata"]["name"] == "vault"


def test_every_kind_without_a_namespace_is_one_of_the_sdk():
    known = {token.rsplit(":", 1)[-1] for token in sdk._classes("kubernetes")}
    foreign = {"GatewayClass", "VolumeSnapshotClass", "VolumeSnapshotContent"}
    assert kinds._WITHOUT_NAMESPACE - known == foreign


def test_a_release_is_deployed_under_its_own_name_and_counts_revisions(cluster):
    inputs = {"name": "vault", "namespace": "vault", "createNamespace": True, "chart": "vault", "version": "0.30.0"}
    live = cluster.make(RELEASE, "vault", **inputs)
    assert live.id == "vault/vault"
    assert live.properties["status"]["status"] == "deployed"
    assert (live.properties["status"]["version"], live.properties["status"]["revision"]) == ("0.30.0", 1)
    second = cluster.change(RELEASE, live, "vault", **{**inputs, "values": {"a": 1}})
    assert second.properties["status"]["revision"] == 2
    assert cluster.diff(RELEASE, second, "vault", **{**inputs, "values": {"a": 2}}).replaces == ()
    assert cluster.diff(RELEASE, second, "vault", **{**inputs, "name": "other", "values": {"a": 1}}).replaces == (
        "name",
    )
    cluster.make(CONFIG_MAP, "beside", data={}, **named("beside", namespace="vault"))


def test_a_release_without_a_name_or_with_an_illegal_one_is_refused(cluster):
    assert paths(cluster.failures(RELEASE, chart="vault")) == ["name"]
    assert paths(cluster.failures(RELEASE, chart="vault", name="n" * 54)) == ["name"]
    assert paths(cluster.failures(RELEASE, chart="oci://r/c", name="c", repositoryOpts={"repo": "https://r"})) == [
        "repositoryOpts.repo"
    ]
    assert paths(cluster.failures(RELEASE, name="vault")) == ["chart"]


def test_objects_are_known_again_to_a_second_process(cluster):
    live = cluster.make(NAMESPACE, "vault", **named("vault"))
    later = cloud("kubernetes", clusterIdentifier="um-1")
    later.provider.restore(NAMESPACE, urn_of(NAMESPACE, "vault"), live)
    assert later.provider.read(NAMESPACE, urn_of(NAMESPACE, "vault"), "vault", {}) == live
    later.delete(NAMESPACE, Live("vault", live.properties), "vault")
    assert later.provider.read(NAMESPACE, urn_of(NAMESPACE, "vault"), "vault", {}) is None

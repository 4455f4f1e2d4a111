"""The cluster's assembly over an adapter that only remembers what it was asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime.sync_await import _sync_await

from adapters import records as r
from adapters import specs as s
from components.rke2.cluster import Cluster
from components.rke2.pki import ClusterCredentials
from config import effective
from tests.components.rke2.real_keys import computed
from tests.support.recording import record, value_of
from tests.support.stacks import stack_with

ZONES = ("zone-a", "zone-b", "zone-c")


def out(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)


class Thing(pulumi.ComponentResource):
    """A resource to depend on."""

    def __init__(self, name: str) -> None:
        super().__init__("test:index:Thing", name)


@dataclass
class FakeCloud:
    """Every concern of an adapter at once."""

    charts: tuple[r.BootstrapChart, ...] = ()
    csi: r.ServiceAccount | None = None
    peers: tuple[r.Endpoint, ...] = ()
    golden: bool = False
    zones: tuple[str, ...] = ZONES
    asked: list[Any] = field(default_factory=list)
    attached: dict[str, list[str]] = field(default_factory=dict)
    user_data: dict[str, pulumi.Output[str]] = field(default_factory=dict)

    @property
    def capabilities(self) -> Any:
        return SimpleNamespace(csi_service_account=self.csi)

    def remember(self, spec: Any) -> Any:
        self.asked.append(spec)
        return spec

    def all(self, kind: type) -> list[Any]:
        return [spec for spec in self.asked if isinstance(spec, kind)]

    def one(self, kind: type) -> Any:
        (spec,) = self.all(kind)
        return spec

    # identity, secret store
    def issuer(self, spec: s.IssuerSpec) -> r.IssuerRecord:
        self.remember(spec)
        return r.IssuerRecord(url=out(spec.issuer_url or "https://issuer.example"))

    def node(self, spec: s.NodeIdentitySpec) -> r.NodeIdentityRecord:
        self.remember(spec)
        return r.NodeIdentityRecord(name=out(spec.role), principal=out(spec.role))

    def workload(self, spec: s.WorkloadIdentitySpec) -> r.WorkloadIdentityRecord:
        self.remember(spec)
        return r.WorkloadIdentityRecord(id=out(f"identity-of-{spec.name}"))

    def put(self, spec: s.SecretSpec) -> r.SecretRecord:
        self.remember(spec)
        return r.SecretRecord(name=spec.name, id=out(spec.name))

    # the adapter
    def peer_addresses(self) -> tuple[r.Endpoint, ...]:
        return self.peers

    def node_hooks(self, spec: s.HooksSpec) -> r.NodeHooks:
        self.remember(spec)
        return r.NodeHooks(
            functions=out("cloud_secret() { :; }\n"),
            packages=("cloud-tools",),
            rke2_config={"resolv-conf": "/etc/resolv.conf"},
            rke2_server_config=out({"etcd-s3": True}),
        )

    def integration(self, spec: s.IntegrationSpec) -> r.CloudIntegration:
        self.remember(spec)
        return r.CloudIntegration(bootstrap_charts=self.charts, csi_component=None, storage_class=None, facts={})

    def image(self, *, gpu: bool) -> r.ImageRecord:
        assert not gpu
        return r.ImageRecord(id=out("image"), source="golden" if self.golden else "pinned", golden=self.golden)

    def compute(self, spec: s.ComputeSpec) -> FakeCloud:
        self.remember(spec)
        return self

    def server(self, spec: s.ServerSpec) -> r.ServerRecord:
        self.remember(spec)
        self.user_data[spec.name] = spec.user_data(r.NodeFacts(etcd_device=out(f"/dev/disk/by-id/{spec.name}")))
        return r.ServerRecord(
            name=spec.name, zone=spec.zone, id=out(spec.name), address=out("10.0.0.1"), resource=Thing(spec.name)
        )

    def pool(self, spec: s.PoolSpec) -> r.PoolRecord:
        self.remember(spec)
        self.user_data[spec.name] = spec.user_data
        return r.PoolRecord(name=spec.name, id=out(spec.name), resource=Thing(spec.name))

    def attach_servers(self, servers: list[r.ServerRecord]) -> None:
        self.attached["servers"] = [server.name for server in servers]

    def attach_pools(self, pools: list[r.PoolRecord]) -> None:
        self.attached["pools"] = [pool.name for pool in pools]


@dataclass
class Made:
    cloud: FakeCloud
    cluster: Cluster
    credentials: ClusterCredentials

    def user_data(self, name: str) -> dict[str, Any]:
        return yaml.safe_load(value_of(self.cloud.user_data[name]))

    def file(self, name: str, path: str) -> str:
        return next(f["content"] for f in self.user_data(name)["write_files"] if f["path"] == path)

    def config(self, name: str) -> dict[str, Any]:
        return yaml.safe_load(self.file(name, "/etc/rancher/rke2/config.yaml"))


def made(cloud: FakeCloud | None = None, **edits: Any) -> Made:
    cloud = cloud or FakeCloud()
    stack = stack_with(**edits)
    found: list[Made] = []

    def program() -> None:
        key = r.KeyRecord(id=out("key"), arn=out("key"))
        network = r.NetworkRecord(
            id=out("network"), cidr=IPv4Network("10.0.0.0/16"), zones=cloud.zones, public=(), private=(), data=(),
            egress_addresses=(), egress=(),
        )  # fmt: skip
        credentials = ClusterCredentials(stack, "acme-dev")
        foundation = SimpleNamespace(
            stack=stack, stack_name="acme-dev", adapter=cloud, network=network, identity=cloud, images=cloud,
            firewall=r.FirewallRecord(groups={}, rules={}), secret_store=cloud, load_balancer=cloud,
            keys=dict.fromkeys(("disks", "vault", "backups", "secrets"), key),
            backups=r.BucketRecord(
                name=out("backups"), arn=out("backups"), endpoint=out("objects"), region="r", ready=(Thing("policy"),)
            ),
            api=r.ApiRecord(registration_address=out("join.internal"), endpoint=out("api.example")),
            private_endpoints_ready=(Thing("endpoints"),),
        )  # fmt: skip
        found.append(Made(cloud, Cluster(foundation, credentials), credentials))

    record(program, computed)
    return found[0]


@pytest.fixture(scope="module")
def usual() -> Made:
    return made()


def test_each_role_reads_its_own_secret_and_only_servers_use_the_backup_store(usual: Made) -> None:
    grants = {spec.role: list(spec.grants) for spec in usual.cloud.all(s.NodeIdentitySpec)}
    assert [grant.name for grant in grants["agent"]] == ["rke2-agent-join"]
    reads, *objects = grants["server"]
    assert reads.name == "rke2-server-join"
    assert [grant.prefix for grant in objects] == ["cluster/", "etcd/"]


def test_each_roles_secret_is_put_before_any_machine_and_is_secret(usual: Made) -> None:
    order = [type(spec) for spec in usual.cloud.asked]
    assert max(i for i, kind in enumerate(order) if kind is s.SecretSpec) < order.index(s.ServerSpec)
    bundles = {spec.name: spec.value for spec in usual.cloud.all(s.SecretSpec)}
    assert set(bundles) == {"rke2-server-join", "rke2-agent-join"}
    assert all(_sync_await(value.is_secret()) for value in bundles.values())
    assert "tls" in json.loads(value_of(bundles["rke2-server-join"]))
    assert "tls" not in json.loads(value_of(bundles["rke2-agent-join"]))


def test_the_issuer_comes_before_every_identity(usual: Made) -> None:
    order = [type(spec) for spec in usual.cloud.asked]
    assert order.index(s.IssuerSpec) == 0


def test_the_customers_own_issuer_is_used_everywhere() -> None:
    one = made(identity__issuerUrl="https://id.acme.example")
    assert one.cloud.one(s.IssuerSpec).issuer_url == "https://id.acme.example"
    assert one.config("server-0")["kube-apiserver-arg"][0] == "service-account-issuer=https://id.acme.example"


def test_servers_are_spread_over_the_zones_and_do_not_depend_on_one_another() -> None:
    one = made(FakeCloud(zones=ZONES[:2]), cluster__servers={"count": 3})
    servers = one.cloud.all(s.ServerSpec)
    assert [(spec.name, spec.zone) for spec in servers] == [
        ("server-0", "zone-a"),
        ("server-1", "zone-b"),
        ("server-2", "zone-a"),
    ]
    machines = {server.resource for server in one.cluster.record.servers}
    assert not [spec for spec in servers if machines & set(spec.depends_on)]


def test_servers_wait_for_what_they_speak_to_at_boot(usual: Made) -> None:
    for spec in usual.cloud.all(s.ServerSpec):
        assert {resource._name for resource in spec.depends_on} == {"endpoints", "policy"}


def test_every_server_has_the_same_configuration_and_its_own_disk(usual: Made) -> None:
    assert usual.config("server-0") == usual.config("server-1") == usual.config("server-2")
    for name in ("server-0", "server-1"):
        assert f"ETCD_DEVICE=/dev/disk/by-id/{name}\n" in usual.file(name, "/etc/unifiedmeta/node.env")


def test_what_the_cloud_adds_reaches_the_nodes(usual: Made) -> None:
    assert usual.config("server-0")["etcd-s3"] is True
    assert usual.config("server-0")["resolv-conf"] == "/etc/resolv.conf"
    assert usual.config("general")["resolv-conf"] == "/etc/resolv.conf"
    assert "etcd-s3" not in usual.config("general")
    assert "cloud-tools" in usual.user_data("general")["packages"]


def test_a_node_tries_every_peer_but_itself() -> None:
    addresses = {f"server-{n}": f"10.0.0.{n}" for n in range(3)}
    peers = tuple(r.Endpoint(server=name, address=IPv4Address(a)) for name, a in addresses.items())
    one = made(FakeCloud(peers=peers))
    assert "PEERS='10.0.0.0 10.0.0.2'\n" in one.file("server-1", "/etc/unifiedmeta/node.env")
    assert "PEERS='10.0.0.0 10.0.0.1 10.0.0.2'\n" in one.file("general", "/etc/unifiedmeta/node.env")


def test_a_clouds_controller_goes_to_every_server_and_is_waited_for() -> None:
    chart = r.BootstrapChart(
        name="ccm", namespace="kube-system", repository="https://charts", chart="ccm", version="1", values=out("a: 1\n")
    )
    one = made(FakeCloud(charts=(chart,)))
    for name in effective.server_names(stack_with()):
        manifest = yaml.safe_load(one.file(name, "/var/lib/rancher/rke2/server/manifests/unifiedmeta-ccm.yaml"))
        assert manifest["spec"]["valuesContent"] == "a: 1\n"
        assert one.config(name)["disable-cloud-controller"] is True
    assert one.config("general")["cloud-provider-name"] == "external"


def test_without_a_cloud_controller_rke2s_own_stays_on(usual: Made) -> None:
    assert "cloud-provider-name" not in usual.config("server-0")


def test_the_csi_driver_gets_an_identity_that_manages_volumes_only() -> None:
    one = made(FakeCloud(csi=r.ServiceAccount(namespace="kube-system", name="driver")))
    workload = one.cloud.one(s.WorkloadIdentitySpec)
    assert (workload.namespace, workload.service_account) == ("kube-system", "driver")
    assert [type(grant) for grant in workload.grants] == [s.ManageVolumes]
    assert value_of(one.cloud.one(s.IntegrationSpec).csi_identity) == "identity-of-csi"


def test_without_a_csi_driver_there_is_no_identity_for_it(usual: Made) -> None:
    assert not usual.cloud.all(s.WorkloadIdentitySpec)
    assert usual.cloud.one(s.IntegrationSpec).csi_identity is None


def test_a_golden_image_needs_no_packages() -> None:
    assert "packages" not in made(FakeCloud(golden=True)).user_data("server-0")


def test_all_machines_are_attached_to_the_load_balancers(usual: Made) -> None:
    assert usual.cloud.attached == {"servers": ["server-0", "server-1", "server-2"], "pools": ["general"]}


def test_user_data_is_no_secret_and_contains_none(usual: Made) -> None:
    bundle = json.loads(value_of(usual.credentials.server_secret))
    for name, output in usual.cloud.user_data.items():
        text = value_of(output)
        assert bundle["config"]["agent-token"] not in text, name
        assert bundle["config"]["token"].rpartition(":")[2] not in text, name
        assert "PRIVATE KEY" not in text, name


def test_the_password_of_the_registry_stays_out_of_user_data() -> None:
    login = {"mirror": "mirror.acme.example", "username": "puller", "password": "pull-password"}
    one = made(registry=login)
    paths = [file["path"] for file in one.user_data("general")["write_files"]]
    assert "/etc/rancher/rke2/registries.yaml" not in paths
    assert "pull-password" not in value_of(one.cloud.user_data["server-0"])
    public = made(registry={"mirror": "mirror.acme.example"})
    assert "mirror.acme.example" in public.file("general", "/etc/rancher/rke2/registries.yaml")


def test_the_record_says_how_the_cluster_is_reached(usual: Made) -> None:
    cluster = usual.cluster.record
    assert value_of(cluster.id).startswith("um-")
    assert value_of(cluster.ca_hash) in value_of(usual.cloud.user_data["server-0"])
    assert _sync_await(cluster.kubeconfig.is_secret())
    kubeconfig = yaml.safe_load(value_of(cluster.kubeconfig))
    assert kubeconfig["clusters"][0]["cluster"]["server"] == value_of(cluster.server_url)
    assert set(cluster.ready_dependencies) == {server.resource for server in cluster.servers}

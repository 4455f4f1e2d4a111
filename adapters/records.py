"""Frozen records: what an adapter gives back. The common layer and the values profiles read nothing else of a cloud.

Importing this module loads neither the Pulumi SDK nor any cloud SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pulumi import Input, Output, Resource

    from adapters.flows import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """A Kubernetes service account."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a CSP can do; a stack that asks for more is refused when it is checked, never while it runs."""

    zones_max: int
    """How many zones a region offers at most."""
    l7_fronts: bool
    waf: bool
    private_endpoints: bool
    spot: bool
    gpu: bool
    managed_kms: bool
    """False: Vault unseals with Shamir or Transit."""
    block_storage: bool
    """Whether there is a StorageClass `unifiedmeta-block`."""
    load_balancer_services: bool
    """Whether a Service of type LoadBalancer gets an address without MetalLB."""
    csi_service_account: ServiceAccount | None = None
    """What the CSI driver's controller runs as. It gets a workload identity that may manage volumes; None: no driver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetRecord:
    id: Output[str]
    zone: str
    cidr: IPv4Network | None
    """None for an adopted subnet, whose range the stack file does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRecord:
    id: Output[str]
    cidr: IPv4Network
    zones: tuple[str, ...]
    public: tuple[SubnetRecord, ...]
    private: tuple[SubnetRecord, ...]
    data: tuple[SubnetRecord, ...]
    egress_addresses: tuple[Output[str], ...]
    """Public addresses that the nodes' traffic leaves from."""
    egress: tuple[Resource, ...]
    """Routes and NAT that must exist before a node boots and outlive it (depends_on)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallRecord:
    groups: Mapping[Party, Output[str]]
    """The security group (or its equivalent) of each party inside the network."""
    rules: Mapping[Party, tuple[Resource, ...]]
    """By party, the rules of every flow that begins or ends there; a node depends on its own."""

    @property
    def all_rules(self) -> tuple[Resource, ...]:
        """Each rule once."""
        return tuple(dict.fromkeys(rule for rules in self.rules.values() for rule in rules))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key for one purpose: `disks`, `vault`, `backups` or `secrets`."""

    id: Output[str]
    arn: Output[str]
    """The CSP's full resource name of the key; equal to `id` where there is only one form."""
    ready: tuple[Resource, ...] = ()
    """Grants without which the key cannot be used yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRecord:
    name: str
    id: Output[str]
    """What a node needs to fetch it: the CSP's full resource name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketRecord:
    name: Output[str]
    arn: Output[str]
    endpoint: Output[str]
    """host of the store's API, without scheme."""
    region: str
    ready: tuple[Resource, ...] = ()
    """Policy, encryption and versioning; whoever writes depends on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticKeyRecord:
    """A long-lived credential for the closed list of consumers that cannot use workload identity."""

    access_key: Output[str]
    secret_key: Output[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeIdentityRecord:
    """What a machine runs as: one for servers, one for agents."""

    name: Output[str]
    """What a machine is given: instance profile, identity id, service account."""
    principal: Output[str]
    """What a policy names."""
    ready: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerRecord:
    url: Output[str]
    """The issuer as tokens name it; no final slash."""
    ready: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadIdentityRecord:
    """The cloud identity of one Kubernetes service account."""

    id: Output[str]
    """Role ARN, client id or service account e-mail."""
    ready: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    id: Output[str]
    source: Literal["exact", "golden", "pinned"]
    golden: bool
    """RKE2 and the node tools are already in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """What only the adapter knows of one server before it boots; given to the user-data renderer."""

    etcd_device: Output[str]
    """Stable path of the etcd disk, such as /dev/disk/by-id/…; empty when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRecord:
    name: str
    zone: str
    id: Output[str]
    address: Output[str]
    """Its private address."""
    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRecord:
    name: str
    id: Output[str]
    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRecord:
    """How the cluster is reached. Known before any server exists."""

    registration_address: Output[str]
    """Host that nodes join through (6443 and 9345), inside the network."""
    endpoint: Output[str]
    """Host that operators reach the API at; equal to `registration_address` when access is private."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontRecord:
    """An L7 front before the ingress engine."""

    name: Literal["public", "internal"]
    id: Output[str]
    address: Output[str]
    """DNS name or IP address that the engine publishes in Ingress status."""
    zone_alias: Output[str] | None
    """Where DNS needs it for an alias record: the front's own hosted zone."""
    https: bool
    """False until the public zone is delegated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRecord:
    id: Output[str]
    name: str
    private: bool
    delegated: bool
    name_servers: Output[list[str]] | None
    """What the parent zone has to name."""
    ds_record: Output[str] | None = None
    """For the parent zone, when signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonesRecord:
    public: ZoneRecord | None
    private: ZoneRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAccessRecord:
    """How an operator gets a shell, and how a tunnel to the API is opened (for people, and for `um tunnel`)."""

    summary: str
    shell_command: str
    """A command line with `{server}` for the machine's id."""
    tunnel_command: tuple[str, ...]
    """Arguments with `{target}`, `{host}`, `{remote_port}` and `{local_port}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHooks:
    """Shell functions by which a node speaks to its cloud; the boot scripts of components/rke2 call only these.

    `functions` defines, for a POSIX shell with `set -eu`:

    * `cloud_secret NAME` prints the secret's value; exit 1 if refused or unreachable (the caller retries);
    * `cloud_claim_get` prints the claim, exit 0; exit 4 if there is none for certain; any other exit: not known;
    * `cloud_claim_put FILE` creates the claim if there is none: exit 0 made by us, exit 5 somebody was first,
      any other exit: not known;
    * `cloud_node_name` prints the node's name; `cloud_provider_id` prints its provider id (may print nothing);
    * `cloud_snapshot_put FILE` uploads an etcd snapshot (only where RKE2 cannot do it itself).
    """

    functions: Output[str]
    packages: tuple[str, ...]
    """Debian/Ubuntu packages that the functions need."""
    rke2_config: Input[Mapping[str, object]] = field(default_factory=dict)
    """config.yaml entries that this cloud adds on every node, such as node-name-from-cloud-provider-metadata."""
    rke2_server_config: Input[Mapping[str, object]] = field(default_factory=dict)
    """config.yaml entries for servers only, such as etcd-s3-*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapChart:
    """A chart that every server puts into RKE2's manifests directory before its first start."""

    name: str
    namespace: str
    repository: str
    chart: str
    version: str
    values: Input[str]
    """Helm values as YAML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudIntegration:
    """What the cluster needs of its cloud before any platform component."""

    bootstrap_charts: tuple[BootstrapChart, ...]
    """The cloud controller; empty where RKE2's own is used."""
    csi_component: str | None
    """Name of the values profile and catalogue entry of the CSI driver."""
    storage_class: Mapping[str, object] | None
    """provisioner and parameters of `unifiedmeta-block`."""
    facts: Mapping[str, Input[str]]
    """Public facts that only this CSP's values profiles use, such as `aws.account`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A fixed peer address known at plan time."""

    server: str
    address: IPv4Address

"""Typed specs: what the common layer asks of an adapter, in words that name no cloud.

Importing this module loads neither the Pulumi SDK nor any cloud SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pulumi import Input, Output, Resource

    from adapters.records import (
        ApiRecord,
        BucketRecord,
        FirewallRecord,
        ImageRecord,
        KeyRecord,
        NetworkRecord,
        NodeFacts,
        NodeIdentityRecord,
        ZoneRecord,
        ZonesRecord,
    )
    from config.cluster import Pool

NodeRole = Literal["server", "agent"]
KeyPurpose = Literal["disks", "vault", "backups", "secrets"]

HTTP_NODE_PORT = 30080
"""NodePort of the public engine's plain entry point behind an L7 front."""
HTTPS_NODE_PORT = 30443
INTERNAL_HTTP_NODE_PORT = 31080
INTERNAL_HTTPS_NODE_PORT = 31443
HEALTH_NODE_PORT = 30081
"""NodePort of the public engine's health endpoint."""
INTERNAL_HEALTH_NODE_PORT = 31081

DISCOVERY_PATH = ".well-known/openid-configuration"
"""Where an issuer's discovery document is, below its URL (OpenID Connect Discovery 1.0, section 4)."""
JWKS_PATH = "openid/v1/jwks"
"""Where our discovery document says that the keys are, below the issuer's URL; kube-apiserver's own path for them."""


# Grants: what an identity may do. The adapter turns each into its CSP's least set of actions.
@dataclass(frozen=True, slots=True)
class ManageRecords:
    """Change records of one zone."""

    zone: ZoneRecord
    txt_only: bool = False
    """Only TXT records, for ACME DNS-01."""


@dataclass(frozen=True, slots=True)
class UseKey:
    """Encrypt and decrypt with one key."""

    key: KeyRecord


@dataclass(frozen=True, slots=True)
class UseObjects:
    """Read, write and delete objects under one prefix of one bucket."""

    bucket: BucketRecord
    prefix: str
    key: KeyRecord


@dataclass(frozen=True, slots=True)
class ReadSecret:
    """Read one named secret."""

    name: str
    key: KeyRecord


@dataclass(frozen=True, slots=True)
class WriteSecret:
    """Create and overwrite one named secret (never read it)."""

    name: str
    key: KeyRecord


@dataclass(frozen=True, slots=True)
class ManageVolumes:
    """Make, attach, resize and delete volumes, for the CSI driver."""

    key: KeyRecord


@dataclass(frozen=True, slots=True)
class ScaleNodes:
    """Change the size of this cluster's pools."""


Grant = ManageRecords | UseKey | UseObjects | ReadSecret | WriteSecret | ManageVolumes | ScaleNodes


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeIdentitySpec:
    """What a node itself may do. The cloud controller's rights for servers are the adapter's own knowledge."""

    role: NodeRole
    grants: Sequence[Grant]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerSpec:
    """The cluster's own OIDC issuer (OpenID Connect Discovery 1.0)."""

    jwks: Input[str]
    """The JSON Web Key Set, as JSON."""
    discovery: Callable[[Output[str]], Output[str]]
    """Renders the discovery document for an issuer's URL."""
    issuer_url: str | None
    """Set when the customer publishes the documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadIdentitySpec:
    """A Kubernetes service account that gets a cloud identity."""

    name: str
    namespace: str
    service_account: str
    grants: Sequence[Grant]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSpec:
    """One secret per role, read by node identity only. Under 25 KB (the tightest store's limit)."""

    name: str
    value: Output[str]
    key: KeyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSpec:
    name: str
    key: KeyRecord
    expire_days: int
    """Old versions expire after so many days."""
    expire_prefixes: Sequence[str]
    """Only below these; the cluster's claim never expires."""
    protect: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticKeySpec:
    """For the closed list of consumers without workload identity; scoped to one bucket prefix."""

    consumer: str
    grant: UseObjects


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSpec:
    network: NetworkRecord
    firewall: FirewallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontSpec:
    name: Literal["public", "internal"]
    network: NetworkRecord
    firewall: FirewallRecord
    zones: ZonesRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec:
    name: str
    """server-0, server-1, …: stable identity, and the join order."""
    index: int
    zone: str
    user_data: Callable[[NodeFacts], Output[str]]
    """Renders cloud-init for this server; its result is plain text, packed by the adapter."""
    depends_on: Sequence[Resource] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSpec:
    name: str
    pool: Pool
    user_data: Output[str]
    depends_on: Sequence[Resource] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeSpec:
    """Shared by every node; the machines themselves are in ServerSpec and PoolSpec."""

    cluster_id: Output[str]
    network: NetworkRecord
    firewall: FirewallRecord
    disk_key: KeyRecord
    image: ImageRecord
    identities: Mapping[NodeRole, NodeIdentityRecord]


@dataclass(frozen=True, slots=True, kw_only=True)
class HooksSpec:
    """What the node hooks speak to."""

    cluster_id: Output[str]
    backups: BucketRecord
    backups_key: KeyRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationSpec:
    cluster_id: Output[str]
    network: NetworkRecord
    firewall: FirewallRecord
    disk_key: KeyRecord
    csi_identity: Output[str] | None
    """id of the workload identity of :attr:`~adapters.records.Capabilities.csi_service_account`, if there is one; the record gives it
    back as the fact `identity.csi`, which the CSI driver's profile uses.
    """
    api: ApiRecord

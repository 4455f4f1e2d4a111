"""What the layers above read of the cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from adapters.records import CloudIntegration, PoolRecord, ServerRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRecord:
    id: pulumi.Output[str]
    """`cluster_identifier` of the kubernetes provider."""
    kubeconfig: pulumi.Output[str]
    """The administrator's; secret."""
    ca_hash: pulumi.Output[str]
    server_url: pulumi.Output[str]
    """Where the kubeconfig reaches the API."""
    issuer_url: pulumi.Output[str]
    servers: tuple[ServerRecord, ...]
    pools: tuple[PoolRecord, ...]
    integration: CloudIntegration
    ready_dependencies: tuple[pulumi.Resource, ...]
    """What must stand before it is worth asking whether the API is ready."""

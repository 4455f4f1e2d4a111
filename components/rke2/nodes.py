"""From a stack to the input of cloud-init, for one server or one pool. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.rke2 import node_config
from components.rke2.cloud_init import NODE_PACKAGES, NodeSpec, helm_chart

if TYPE_CHECKING:
    from adapters.records import BootstrapChart
    from adapters.specs import NodeRole
    from config.cluster import Pool
    from config.model import StackConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What the program knows of a node before anything exists."""

    role: NodeRole
    name: str
    pool: Pool | None
    """For agents."""
    secret: str
    peers: tuple[str, ...]
    external_cloud_controller: bool
    charts: tuple[BootstrapChart, ...]
    """For servers; their values are known later."""
    packages: tuple[str, ...]
    """What the cloud's functions need."""
    golden: bool
    """Whether the image has all packages already."""


def spec(stack: StackConfig, stack_name: str, node: Node, known: Mapping[str, Any]) -> NodeSpec:
    """The input of cloud-init, once the outputs in `known` have their values (see Cluster)."""
    facts = node_config.ClusterFacts(
        registration_address=known["registration_address"],
        endpoint=known["endpoint"],
        issuer_url=known["issuer_url"],
        external_cloud_controller=node.external_cloud_controller,
        cloud_config=known["cloud_config"],
        cloud_server_config=known["cloud_server_config"],
    )
    return NodeSpec(
        stack_name=stack_name,
        role=node.role,
        name=node.name,
        servers=stack.cluster.servers.count,
        cluster_id=known["cluster_id"],
        ca_hash=known["ca_hash"],
        version=stack.cluster.version,
        registration_address=known["registration_address"],
        peers=node.peers,
        secret=node.secret,
        etcd_device=known["etcd_device"],
        cis=stack.cluster.cis_profile,
        airgap=stack.registry.airgap,
        config=_config(stack, facts, node),
        registries=_registries(stack),
        hook_functions=known["functions"],
        packages=() if node.golden or stack.registry.airgap else (*NODE_PACKAGES, *node.packages),
        manifests=_manifests(node, known["chart_values"]),
    )


def _config(stack: StackConfig, facts: node_config.ClusterFacts, node: Node) -> node_config.Config:
    if node.pool is None:
        return node_config.server_config(stack, facts)
    return node_config.agent_config(stack, facts, node.name, node.pool)


def _registries(stack: StackConfig) -> node_config.Config | None:
    """None also when registries.yaml is secret: then it comes with the node's secret."""
    if node_config.has_registry_credentials(stack):
        return None
    return node_config.registries(stack, with_credentials=False)


def _manifests(node: Node, values: list[str]) -> dict[str, str]:
    return {
        f"unifiedmeta-{chart.name}.yaml": helm_chart(chart, text)
        for chart, text in zip(node.charts, values, strict=True)
    }

"""The cluster: identities, secrets, user data, servers and pools, put together from an adapter's parts.

Order: issuer → identities → secrets → hooks and integration → servers and pools → load balancer. Servers do not depend on one another: who starts
the cluster and who joins is settled among themselves at boot (scripts/node.sh).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pulumi

from adapters import specs
from adapters.records import (
    CloudIntegration,
    ImageRecord,
    IssuerRecord,
    NodeFacts,
    NodeHooks,
    NodeIdentityRecord,
    PoolRecord,
    ServerRecord,
)
from adapters.specs import NodeRole
from components.foundation import Foundation
from components.rke2 import access, cloud_init, nodes
from components.rke2.pki import ClusterCredentials
from components.rke2.records import ClusterRecord
from config import effective
from config.cluster import Pool

SECRET_NAMES: Mapping[NodeRole, str] = {"server": "rke2-server-join", "agent": "rke2-agent-join"}
CLAIM_PREFIX = "cluster/"
"""Below it, in the backup store, is the cluster's claim: cluster/<id>/claim."""
ETCD_PREFIX = "etcd/"
CSI_IDENTITY = "csi"


class Cluster(pulumi.ComponentResource):
    """RKE2 on the foundation."""

    record: ClusterRecord
    """What later layers read."""
    issuer: IssuerRecord
    """The cluster's own issuer; identities of pods depend on it."""

    def __init__(
        self, foundation: Foundation, credentials: ClusterCredentials, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("unifiedmeta:rke2:Cluster", "cluster", None, opts)
        self._foundation = foundation
        self._credentials = credentials
        self.issuer = self._make_issuer()
        self._identities = self._node_identities()
        self._put_secrets()
        self._hooks: NodeHooks = self._node_hooks()
        self._integration: CloudIntegration = self._cloud_integration()
        self._image: ImageRecord = foundation.images.image(gpu=False)
        servers, pools = self._machines()
        foundation.load_balancer.attach_servers(servers)
        foundation.load_balancer.attach_pools(pools)
        self.record = self._record(servers, pools)
        self.register_outputs(
            {"id": self.record.id, "serverUrl": self.record.server_url, "caHash": self.record.ca_hash}
        )

    def _make_issuer(self) -> IssuerRecord:
        credentials, foundation = self._credentials, self._foundation
        return foundation.identity.issuer(
            specs.IssuerSpec(
                jwks=credentials.jwks,
                discovery=credentials.discovery,
                issuer_url=foundation.stack.identity.issuer_url,
            )
        )

    def _node_identities(self) -> dict[NodeRole, NodeIdentityRecord]:
        foundation = self._foundation
        backups, key = foundation.backups, foundation.keys["backups"]
        stored = [specs.UseObjects(bucket=backups, prefix=prefix, key=key) for prefix in (CLAIM_PREFIX, ETCD_PREFIX)]
        more: dict[NodeRole, list[specs.Grant]] = {"server": [*stored], "agent": []}
        return {
            role: foundation.identity.node(
                specs.NodeIdentitySpec(
                    role=role,
                    grants=[specs.ReadSecret(name=SECRET_NAMES[role], key=foundation.keys["secrets"]), *more[role]],
                )
            )
            for role in SECRET_NAMES
        }

    def _put_secrets(self) -> None:
        bundles: dict[NodeRole, pulumi.Output[str]] = {
            "server": self._credentials.server_secret,
            "agent": self._credentials.agent_secret,
        }
        for role, bundle in bundles.items():
            self._foundation.secret_store.put(
                specs.SecretSpec(name=SECRET_NAMES[role], value=bundle, key=self._foundation.keys["secrets"])
            )

    def _node_hooks(self) -> NodeHooks:
        foundation = self._foundation
        return foundation.adapter.node_hooks(
            specs.HooksSpec(
                cluster_id=self._credentials.cluster_id,
                backups=foundation.backups,
                backups_key=foundation.keys["backups"],
            )
        )

    def _cloud_integration(self) -> CloudIntegration:
        foundation = self._foundation
        return foundation.adapter.integration(
            specs.IntegrationSpec(
                cluster_id=self._credentials.cluster_id,
                network=foundation.network,
                firewall=foundation.firewall,
                disk_key=foundation.keys["disks"],
                csi_identity=self._csi_identity(),
                api=foundation.api,
            )
        )

    def _csi_identity(self) -> pulumi.Output[str] | None:
        foundation = self._foundation
        account = foundation.adapter.capabilities.csi_service_account
        if account is None:
            return None
        workload = foundation.identity.workload(
            specs.WorkloadIdentitySpec(
                name=CSI_IDENTITY,
                namespace=account.namespace,
                service_account=account.name,
                grants=[specs.ManageVolumes(key=foundation.keys["disks"])],
            )
        )
        return workload.id

    def _machines(self) -> tuple[list[ServerRecord], list[PoolRecord]]:
        foundation = self._foundation
        stack = foundation.stack
        compute = foundation.adapter.compute(
            specs.ComputeSpec(
                cluster_id=self._credentials.cluster_id,
                network=foundation.network,
                firewall=foundation.firewall,
                disk_key=foundation.keys["disks"],
                image=self._image,
                identities=self._identities,
            )
        )
        before = [*foundation.private_endpoints_ready, *foundation.backups.ready]
        zones = foundation.adapter.zones
        servers = [
            compute.server(
                specs.ServerSpec(
                    name=name,
                    index=index,
                    zone=zones[index % len(zones)],
                    user_data=self._server_user_data(name),
                    depends_on=before,
                )
            )
            for index, name in enumerate(effective.server_names(stack))
        ]
        pools = [
            compute.pool(
                specs.PoolSpec(
                    name=name,
                    pool=pool,
                    user_data=self._user_data("agent", name, None, pool),
                    depends_on=[*foundation.private_endpoints_ready],
                )
            )
            for name, pool in stack.cluster.pools.items()
        ]
        return servers, pools

    def _server_user_data(self, name: str) -> Callable[[NodeFacts], pulumi.Output[str]]:
        def rendered(facts: NodeFacts) -> pulumi.Output[str]:
            return self._user_data("server", name, facts.etcd_device, None)

        return rendered

    def _user_data(
        self, role: NodeRole, name: str, etcd_device: pulumi.Output[str] | None, pool: Pool | None
    ) -> pulumi.Output[str]:
        """cloud-init of one server or pool, once everything in it is known."""
        api = self._foundation.api
        charts = self._integration.bootstrap_charts if role == "server" else ()
        known = pulumi.Output.all(
            cluster_id=self._credentials.cluster_id,
            ca_hash=self._credentials.ca_hash,
            registration_address=api.registration_address,
            endpoint=api.endpoint,
            issuer_url=self.issuer.url,
            functions=self._hooks.functions,
            cloud_config=self._hooks.rke2_config,
            cloud_server_config=self._hooks.rke2_server_config,
            etcd_device=etcd_device if etcd_device is not None else "",
            chart_values=[chart.values for chart in charts],
        )
        node = nodes.Node(
            role=role,
            name=name,
            pool=pool,
            secret=SECRET_NAMES[role],
            peers=tuple(str(peer.address) for peer in self._foundation.adapter.peer_addresses() if peer.server != name),
            external_cloud_controller=bool(self._integration.bootstrap_charts),
            charts=charts,
            packages=self._hooks.packages,
            golden=self._image.golden,
        )
        stack, stack_name = self._foundation.stack, self._foundation.stack_name
        return known.apply(lambda values: cloud_init.render(nodes.spec(stack, stack_name, node, values)))

    def _record(self, servers: Sequence[ServerRecord], pools: Sequence[PoolRecord]) -> ClusterRecord:
        foundation, credentials = self._foundation, self._credentials
        mode, stack_name = foundation.stack.cluster.api.access, foundation.stack_name
        endpoint = foundation.api.endpoint
        return ClusterRecord(
            id=credentials.cluster_id,
            kubeconfig=credentials.kubeconfig(endpoint),
            ca_hash=credentials.ca_hash,
            server_url=endpoint.apply(lambda host: access.api_url(mode, host, stack_name)),
            issuer_url=self.issuer.url,
            servers=tuple(servers),
            pools=tuple(pools),
            integration=self._integration,
            ready_dependencies=tuple(server.resource for server in servers),
        )

"""The API's L4 addresses (here) and the L7 ingress fronts (:mod:`adapters.aws.fronts`).

Nodes join through a Network Load Balancer inside the network; operators of a public API have another one, which forwards the API's port alone. Both
have a security group and all zones from the first day: a load balancer that was made without a group can never get one, and losing a subnet or
the last group replaces it, and with it the API's address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import autoscaling, lb

from adapters.aws.fronts import Front, Fronts
from adapters.flows import Party
from adapters.options import child
from adapters.records import ApiRecord, FrontRecord, PoolRecord, ServerRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.records import NetworkRecord, SubnetRecord
    from adapters.specs import ApiSpec, FrontSpec

API_PORT = 6443
JOIN_PORT = 9345
DEREGISTRATION_SECONDS = 30
IDLE_SECONDS = 3600
"""Watches and `kubectl exec` may say nothing for long; the default of 350 s would cut them."""

_PROBES: dict[int, dict[str, Any]] = {
    # RKE2 refuses anonymous requests: a live API server answers 401. A TCP probe would call a half-dead one healthy.
    API_PORT: {"path": "/readyz", "matcher": "200-401"},
    # The supervisor's own liveness, which needs no token. A TCP probe would fill its log with TLS handshake errors.
    JOIN_PORT: {"path": "/ping", "matcher": "200"},
}


class LoadBalancer(pulumi.ComponentResource):
    """See :class:`adapters.contract.LoadBalancer`."""

    def __init__(self, adapter: AwsAdapter) -> None:
        super().__init__("unifiedmeta:aws:LoadBalancer", "load-balancer")
        self._adapter = adapter
        self._server_targets: dict[str, lb.TargetGroup] = {}
        self._fronts = Fronts(adapter, self)
        self._made: list[Front] = []
        self.register_outputs({})

    def api(self, spec: ApiSpec) -> ApiRecord:
        network, groups = spec.network, spec.firewall.groups
        inside = self._balancer("api", network, network.private, groups[Party.API_LB], internal=True)
        self._forward("api-6443", inside, network, API_PORT)
        self._forward("join-9345", inside, network, JOIN_PORT)
        endpoint = inside
        if self._adapter.stack.cluster.api.access == "public":
            endpoint = self._balancer(
                "api-public", network, network.public, groups[Party.API_PUBLIC_LB], internal=False
            )
            self._forward("api-public-6443", endpoint, network, API_PORT)
        return ApiRecord(registration_address=inside.dns_name, endpoint=endpoint.dns_name)

    def front(self, spec: FrontSpec) -> FrontRecord:
        made = self._fronts.make(spec)
        self._made.append(made)
        return made.record

    def attach_servers(self, servers: Sequence[ServerRecord]) -> None:
        for name, target_group in self._server_targets.items():
            for server in servers:
                lb.TargetGroupAttachment(
                    f"{name}-{server.name}",
                    target_group_arn=target_group.arn,
                    target_id=server.id,
                    opts=child(self, self._adapter.provider),
                )

    def attach_pools(self, pools: Sequence[PoolRecord]) -> None:
        for front in self._made:
            for pool in pools:
                autoscaling.Attachment(
                    f"front-{front.record.name}-{pool.name}",
                    autoscaling_group_name=pool.id,
                    lb_target_group_arn=front.target_group.arn,
                    opts=child(self, self._adapter.provider),
                )

    def _balancer(
        self,
        name: str,
        network: NetworkRecord,
        subnets: Sequence[SubnetRecord],
        group: pulumi.Output[str],
        *,
        internal: bool,
    ) -> lb.LoadBalancer:
        return lb.LoadBalancer(
            name,
            load_balancer_type="network",
            internal=internal,
            subnets=[subnet.id for subnet in subnets],
            security_groups=[group],
            # Off by default: a zone without a healthy server would answer badly.
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=self._adapter.stack.protection,
            tags=self._adapter.tags("load-balancer", name),
            # AWS refuses a public load balancer in a network that has no way to the internet yet.
            opts=child(self, self._adapter.provider, depends_on=network.egress),
        )

    def _forward(self, name: str, balancer: lb.LoadBalancer, network: NetworkRecord, port: int) -> None:
        target_group = lb.TargetGroup(
            name,
            port=port,
            protocol="TCP",
            vpc_id=network.id,
            target_type="instance",
            # On, which is the default for instances, a server that is sent to itself waits for ever: 1/N of all joins. So is any rule that
            # refers to the load balancer's security group without effect.
            preserve_client_ip="false",
            deregistration_delay=DEREGISTRATION_SECONDS,
            connection_termination=True,
            health_check={
                "protocol": "HTTPS",
                "port": str(port),
                "interval": 10,
                "timeout": 6,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
                **_PROBES[port],
            },
            tags=self._adapter.tags("load-balancer", name),
            opts=child(self, self._adapter.provider),
        )
        self._server_targets[name] = target_group
        lb.Listener(
            name,
            load_balancer_arn=balancer.arn,
            port=port,
            protocol="TCP",
            tcp_idle_timeout_seconds=IDLE_SECONDS,
            default_actions=[{"type": "forward", "target_group_arn": target_group.arn}],
            tags=self._adapter.tags("load-balancer", name),
            opts=child(self, self._adapter.provider),
        )

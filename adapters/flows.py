"""The flow table: who may open a connection to whom, on which port, and why. Written once, translated by every adapter.

Ports are those of RKE2's documentation ("Requirements", section "Networking") and of the platform's own charts. What a
cloud controller opens for a Service of type LoadBalancer is its own business and is not in here.

Importing this module loads neither the Pulumi SDK nor any cloud SDK.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Literal

from adapters import specs

if TYPE_CHECKING:
    from config.model import StackConfig

EVERYWHERE = IPv4Network("0.0.0.0/0")


class Party(StrEnum):
    """One end of a flow. The first group has a security group of its own, the second is a list of address ranges."""

    SERVER = "server"
    AGENT = "agent"
    API_LB = "api-lb"
    """The internal address that nodes join through."""
    API_PUBLIC_LB = "api-public-lb"
    """The operators' address, only where API access is public."""
    PUBLIC_FRONT = "public-front"
    INTERNAL_FRONT = "internal-front"
    ENDPOINTS = "endpoints"
    """Private endpoints of the CSP's services."""

    WORLD = "world"
    API_CLIENTS = "api-clients"
    INGRESS_CLIENTS = "ingress-clients"
    NETWORK = "network"
    """The network itself and its peers."""


NODES = (Party.SERVER, Party.AGENT)
OUTSIDE = frozenset({Party.WORLD, Party.API_CLIENTS, Party.INGRESS_CLIENTS, Party.NETWORK})

Protocol = Literal["tcp", "udp"]


@dataclass(frozen=True, slots=True)
class Flow:
    """A connection that is opened from `source` to `target`; answers come back by connection tracking."""

    source: Party
    target: Party
    protocol: Protocol
    first: int
    last: int
    why: str

    @property
    def name(self) -> str:
        """Stable and unique within a table; adapters build logical names of rules from it."""
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.source}-{self.target}-{self.protocol}-{ports}"


_CNI_PORTS: dict[str, tuple[tuple[Protocol, int, str], ...]] = {
    "canal": (("udp", 8472, "Canal VXLAN"),),
    "cilium": (("udp", 8472, "Cilium VXLAN"), ("tcp", 4240, "Cilium health checks")),
    "calico": (("udp", 4789, "Calico VXLAN"), ("tcp", 179, "Calico BGP"), ("tcp", 5473, "Calico Typha")),
}

_METRICS = ((2381, "etcd metrics"), (10257, "controller-manager metrics"), (10259, "scheduler metrics"))


def ranges(party: Party, stack: StackConfig) -> tuple[IPv4Network, ...]:
    """The address ranges of a party that has no security group. Empty: nobody."""
    network = stack.network
    match party:
        case Party.WORLD:
            return (EVERYWHERE,)
        case Party.API_CLIENTS:
            return tuple(stack.cluster.api.allow_list)
        case Party.INGRESS_CLIENTS:
            return tuple(stack.ingress.public.allow_list) or (EVERYWHERE,)
        case Party.NETWORK:
            return (network.cidr, *network.peers)
        case _:
            raise ValueError(f"{party} has a security group, not address ranges")


def parties(stack: StackConfig) -> frozenset[Party]:
    """The parties that need a security group in this stack."""
    return frozenset(p for flow in flows(stack) for p in (flow.source, flow.target)) - OUTSIDE


def flows(stack: StackConfig) -> tuple[Flow, ...]:
    """The whole table of a stack, in a stable order."""
    return (*_cluster(stack), *_api(stack), *_fronts(stack), *_egress(stack))


def _cluster(stack: StackConfig) -> Iterator[Flow]:
    server = Party.SERVER
    yield Flow(server, server, "tcp", 2379, 2380, "etcd clients and peers")
    for source in NODES:
        yield Flow(source, server, "tcp", 6443, 6443, "Kubernetes API")
        yield Flow(source, server, "tcp", 9345, 9345, "RKE2 supervisor: join and certificates")
        for target in NODES:
            yield Flow(source, target, "tcp", 10250, 10250, "kubelet: logs, exec, metrics")
            yield Flow(source, target, "tcp", 9100, 9100, "node exporter")
            for protocol, port, why in _CNI_PORTS[stack.cluster.cni]:
                yield Flow(source, target, protocol, port, port, why)
        for port, why in _METRICS:
            yield Flow(source, server, "tcp", port, port, why)


def _api(stack: StackConfig) -> Iterator[Flow]:
    for port, why in ((6443, "Kubernetes API"), (9345, "RKE2 registration")):
        for source in NODES:
            yield Flow(source, Party.API_LB, "tcp", port, port, f"{why} by its fixed address")
        yield Flow(Party.API_LB, Party.SERVER, "tcp", port, port, f"{why}: forwarded and probed")
    if stack.cluster.api.access == "public":
        yield Flow(Party.API_CLIENTS, Party.API_PUBLIC_LB, "tcp", 6443, 6443, "operators on the allow-list")
        yield Flow(Party.API_PUBLIC_LB, Party.SERVER, "tcp", 6443, 6443, "Kubernetes API: forwarded and probed")


def _fronts(stack: StackConfig) -> Iterator[Flow]:
    ingress = stack.ingress
    if ingress.public.enabled and ingress.public.front == "l7":
        front, clients = Party.PUBLIC_FRONT, Party.INGRESS_CLIENTS
        yield from _front(front, clients, specs.HTTP_NODE_PORT, specs.HEALTH_NODE_PORT)
    if ingress.internal.enabled and ingress.internal.front == "l7":
        front, clients = Party.INTERNAL_FRONT, Party.NETWORK
        yield from _front(front, clients, specs.INTERNAL_HTTP_NODE_PORT, specs.INTERNAL_HEALTH_NODE_PORT)


def _front(front: Party, clients: Party, http: int, health: int) -> Iterator[Flow]:
    yield Flow(clients, front, "tcp", 80, 80, "plain HTTP, redirected to HTTPS once there is a certificate")
    yield Flow(clients, front, "tcp", 443, 443, "HTTPS")
    yield Flow(front, Party.AGENT, "tcp", http, http, "to the ingress engine's NodePort")
    yield Flow(front, Party.AGENT, "tcp", health, health, "health probe of the ingress engine")


def _egress(stack: StackConfig) -> Iterator[Flow]:
    for source in NODES:
        if stack.network.private_endpoints:
            yield Flow(source, Party.ENDPOINTS, "tcp", 443, 443, "the cloud's own services")
        yield Flow(source, Party.WORLD, "tcp", 443, 443, "images, packages, cloud APIs")
        yield Flow(source, Party.WORLD, "tcp", 80, 80, "operating system packages")
        yield Flow(source, Party.WORLD, "udp", 53, 53, "DNS")
        yield Flow(source, Party.WORLD, "tcp", 53, 53, "DNS, long answers")
        yield Flow(source, Party.WORLD, "udp", 123, 123, "time")

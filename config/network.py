"""Sections `cloud` and `network`: where the platform stands and what its network looks like."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from config.csp import Csp
from config.scalars import Cidr, Flag, Identifier, Section

ZoneName = Annotated[str, Field(min_length=1, max_length=40)]


def _zones_form(value: object) -> str:
    return "names" if isinstance(value, list | dict) else "count"


Zones = Annotated[
    Annotated[int, Field(strict=True, ge=1, le=4), Tag("count")]
    | Annotated[list[ZoneName], Field(min_length=1, max_length=4), Tag("names")],
    Discriminator(_zones_form),
]
"""How many zones, or which."""


class Cloud(Section):
    """Which CSP, which region, and the one account that may be touched."""

    csp: Csp
    """The cloud service provider."""
    region: Annotated[str, Field(min_length=2, max_length=40)]
    """The CSP's own name of the region, such as ap-northeast-2."""
    account: Annotated[str, Field(min_length=1, max_length=64)]
    """Account guard: the id of the one account, subscription or project that may be touched. Quote an all-digit id."""


class AdoptedSubnets(Section):
    """Existing subnets by tier: zone name to subnet id."""

    public: dict[ZoneName, Identifier] = {}
    """Load balancers and NAT live here; may stay empty when the network is not exposed."""
    private: Annotated[dict[ZoneName, Identifier], Field(min_length=1)]
    """Nodes live here."""
    data: dict[ZoneName, Identifier] = {}
    """Private endpoints live here; the private tier is used when empty."""


class AdoptedNetwork(Section):
    """A network that the customer made; nothing in it is changed except what the cluster adds."""

    network_id: Identifier
    """The existing network's id, as the CSP writes it."""
    subnets: AdoptedSubnets
    """Its subnets, one per zone and tier."""


class FlowLogs(Section):
    """Records of accepted and refused traffic."""

    enabled: Flag = True
    """Whether they are kept at all."""
    retention_days: Literal[7, 14, 30, 60, 90, 180, 365] = 30
    """For how many days."""


class Network(Section):
    """The virtual network with three subnet tiers: public (load balancers, NAT), private (nodes), data (endpoints)."""

    mode: Literal["create", "adopt"] = "create"
    """`create` a network, or `adopt` one that exists."""
    cidr: Cidr = IPv4Network("10.0.0.0/16")
    """The network's address range, /16 to /20. With `adopt`: the range that the existing network has."""
    zones: Zones = 3
    """How many zones, or their names. A zone is part of a server's identity: append, never reorder."""
    exposure: Literal["public", "private"] = "public"
    """`private`: no internet gateway, no public load balancer; egress goes through the customer's own routes."""
    nat: Literal["per-zone", "single", "none"] = "per-zone"
    """NAT gateways: one per zone (survives the loss of a zone), a single one (cheaper), or none."""
    private_endpoints: Flag = True
    """Reach the CSP's own services without leaving its network."""
    flow_logs: FlowLogs = FlowLogs()
    """Records of accepted and refused traffic."""
    peers: list[Cidr] = []
    """Ranges of networks that this one is or will be connected to; they must not overlap."""
    adopt: AdoptedNetwork | None = None
    """Needed with mode `adopt`."""

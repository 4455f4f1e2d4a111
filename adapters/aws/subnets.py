"""Which range each subnet has: pure arithmetic over the network's range.

The plan has four fixed places for zones in each tier, whether they are used or not, so that a zone that is added later moves
no other subnet (a moved range replaces the subnet and all that stands in it):

    half of the network      private   four subnets of 1/8:  nodes, internal load balancers
    a quarter                public    four subnets of 1/16: public load balancers, NAT
    an eighth                data      four subnets of 1/32: private endpoints
    an eighth                reserve   for the customer's own use
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

Tier = Literal["public", "private", "data"]

ZONES_MAX = 4
"""Places for zones in each tier."""
WIDEST, NARROWEST = 16, 20
"""Prefix lengths that a network may have: AWS allows /16 to /28, the smallest subnets here need /20."""


@dataclass(frozen=True, slots=True)
class SubnetPlan:
    tier: Tier
    zone: str
    cidr: IPv4Network


def plan(cidr: IPv4Network, zones: tuple[str, ...]) -> tuple[SubnetPlan, ...]:
    """The subnets of all tiers, zone by zone in the order of `zones`.

    Errors: ValueError for a range or a number of zones that the plan has no room for.
    """
    if not WIDEST <= cidr.prefixlen <= NARROWEST:
        raise ValueError(f"{cidr} is not between /{WIDEST} and /{NARROWEST}")
    if not 1 <= len(zones) <= ZONES_MAX:
        raise ValueError(f"{len(zones)} zones do not fit into {ZONES_MAX} places")
    private, rest = cidr.subnets(prefixlen_diff=1)
    public, last = rest.subnets(prefixlen_diff=1)
    data, _reserve = last.subnets(prefixlen_diff=1)
    tiers: tuple[tuple[Tier, IPv4Network], ...] = (("public", public), ("private", private), ("data", data))
    return tuple(
        SubnetPlan(tier, zone, place)
        for tier, whole in tiers
        for zone, place in zip(zones, whole.subnets(prefixlen_diff=2), strict=False)
    )

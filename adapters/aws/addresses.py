"""The servers' fixed private addresses: a pure function of the network plan, known before anything exists.

Server i stands in the private subnet of its zone at the subnet's base + 16 + i. These sixteen addresses are reserved in every private subnet of a
network that we make (``ec2.SubnetCidrReservation``), so that no agent, endpoint or load balancer is given one of them first.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network

from adapters.records import Endpoint

_OFFSET = 16
_PREFIX = 28


def reserved_range(subnet: IPv4Network) -> IPv4Network:
    """The sixteen addresses of a private subnet that are kept for servers. Needs a subnet of /27 or larger."""
    if subnet.prefixlen > _PREFIX - 1:
        raise ValueError(f"{subnet} is too small to keep addresses for servers: it must be /{_PREFIX - 1} or larger")
    return IPv4Network((int(subnet.network_address) + _OFFSET, _PREFIX))


def server_address(subnet: IPv4Network, index: int) -> IPv4Address:
    """The address of server `index`, which stands in this private subnet."""
    reserved = reserved_range(subnet)
    if not 0 <= index < reserved.num_addresses:
        raise ValueError(f"server index {index}: {reserved} keeps {reserved.num_addresses} addresses")
    return reserved[index]


def peer_addresses(servers: int, private: Sequence[IPv4Network]) -> tuple[Endpoint, ...]:
    """Name and address of every server; they go round the zones, whose private subnets are given in order."""
    return tuple(
        Endpoint(server=f"server-{index}", address=server_address(private[index % len(private)], index))
        for index in range(servers)
    )

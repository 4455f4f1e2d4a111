"""Rules of addresses, zones, adoption and exposure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations

from config import effective
from config.model import StackConfig
from config.problems import Path, Problem
from config.rules.rule import rule

LARGEST_PREFIX, SMALLEST_PREFIX = 16, 20
"""A made network is a /16 to a /20: twelve subnets with room for a few hundred nodes each, and no more than every CSP allows."""
HA_ZONES = 3


@rule("network.mode", "network.cidr")
def a_made_network_has_a_workable_size(stack: StackConfig) -> Iterator[Problem]:
    prefix = stack.network.cidr.prefixlen
    if stack.network.mode == "create" and not LARGEST_PREFIX <= prefix <= SMALLEST_PREFIX:
        fault = "large" if prefix < LARGEST_PREFIX else "small"
        yield Problem(
            ("network", "cidr"),
            f"a /{prefix} is too {fault} for three tiers of subnets in every zone",
            f"write a network of /{LARGEST_PREFIX} to /{SMALLEST_PREFIX}, such as 10.0.0.0/{LARGEST_PREFIX}",
        )


@dataclass(frozen=True, slots=True)
class _Range:
    """An address range, whose it is, and whether the stack file itself says so."""

    path: Path
    owner: str
    network: IPv4Network
    written: bool

    def __str__(self) -> str:
        return f"{self.network} ({self.owner})"


def _ranges(stack: StackConfig) -> list[_Range]:
    network, cluster = stack.network, stack.cluster
    return [
        _Range(("cluster", "podCidr"), "pods", cluster.pod_cidr, "pod_cidr" in cluster.model_fields_set),
        _Range(
            ("cluster", "serviceCidr"), "services", cluster.service_cidr, "service_cidr" in cluster.model_fields_set
        ),
        _Range(("network", "cidr"), "network", network.cidr, "cidr" in network.model_fields_set),
        *(_Range(("network", "peers", i), "peer", peer, written=True) for i, peer in enumerate(network.peers)),
    ]


@rule("network.cidr", "network.peers", "cluster.podCidr", "cluster.serviceCidr")
def address_ranges_do_not_overlap(stack: StackConfig) -> Iterator[Problem]:
    for first, second in combinations(_ranges(stack), 2):
        if first.network.overlaps(second.network):
            # The line to point at is one that is written, not a default.
            here, other = (first, second) if first.written and not second.written else (second, first)
            yield Problem(here.path, f"{here} overlaps {other}", f"choose ranges that share no address; {_free(stack)}")


def _free(stack: StackConfig) -> str:
    """A /16 of 10.0.0.0/8 that nothing in the stack uses, to be suggested."""
    taken = [found.network for found in _ranges(stack)]
    for candidate in IPv4Network("10.0.0.0/8").subnets(new_prefix=16):
        if not any(candidate.overlaps(network) for network in taken):
            return f"{candidate} is free"
    return "172.16.0.0/12 and 192.168.0.0/16 are for private use too"


@rule("network.zones")
def zones_are_named_once(stack: StackConfig) -> Iterator[Problem]:
    zones = stack.network.zones
    if isinstance(zones, int):
        return
    for index, zone in enumerate(zones):
        if (first := zones.index(zone)) < index:
            yield Problem(
                ("network", "zones", index),
                f"zone {zone!r} is named twice, first as item {first + 1}",
                "name each zone once",
            )


@rule("network.zones", "cluster.servers.count")
def servers_that_vote_stand_in_three_zones(stack: StackConfig) -> Iterator[Problem]:
    count, zones = stack.cluster.servers.count, effective.zone_count(stack)
    if count >= HA_ZONES > zones:
        yield Problem(
            ("network", "zones"),
            f"{count} servers in {zones} zone{'s' * (zones > 1)}: the loss of one zone would cost etcd its quorum",
            f"write zones: {HA_ZONES}, or name {HA_ZONES}; or cluster.servers.count: 1",
        )


@rule("network.mode", "network.adopt")
def adoption_says_what_and_only_adoption_does(stack: StackConfig) -> Iterator[Problem]:
    network = stack.network
    if network.mode == "adopt" and network.adopt is None:
        yield Problem(
            ("network", "mode"),
            "adopt without saying what",
            "add network.adopt with networkId and subnets.private (zone name: subnet id)",
        )
    if network.mode == "create" and network.adopt is not None:
        yield Problem(
            ("network", "adopt"),
            "describes an existing network, but mode is create",
            "write mode: adopt below network, or remove network.adopt",
        )


@rule("network.mode", "network.adopt", "network.zones", "network.exposure")
def an_adopted_network_has_a_subnet_in_every_zone(stack: StackConfig) -> Iterator[Problem]:
    network = stack.network
    if network.mode != "adopt" or network.adopt is None:
        return
    subnets = network.adopt.subnets
    tiers = {"private": subnets.private, "public": subnets.public, "data": subnets.data}
    for tier, found in tiers.items():
        needed = tier == "private" or (tier == "public" and network.exposure == "public")
        if found or needed:
            yield from _zones_covered(("network", "adopt", "subnets", tier), found, stack)


def _zones_covered(path: Path, found: dict[str, str], stack: StackConfig) -> Iterator[Problem]:
    zones = stack.network.zones
    if isinstance(zones, int):
        adopted = stack.network.adopt
        names = list(adopted.subnets.private) if adopted else []
        if path[-1] == "private" and len(found) != zones:
            fault = f"has {len(found)} zone{'s' * (len(found) != 1)}, but network.zones is {zones}"
            yield Problem(path, fault, "give one subnet for each zone, or change network.zones")
            return
    else:
        names = zones
    if missing := [name for name in names if name not in found]:
        yield Problem(path, f"has no subnet in {', '.join(missing)}", "add one: zone name, colon, subnet id")
    if more := [name for name in found if name not in names]:
        other = "subnets.private" if isinstance(zones, int) else "network.zones"
        yield Problem(
            path, f"has a subnet in {', '.join(more)}, which {other} does not name", "remove it, or add the zone"
        )


@rule("network.mode", "network.nat", "network.adopt")
def an_adopted_network_brings_its_own_egress(stack: StackConfig) -> Iterator[Problem]:
    network = stack.network
    if network.mode == "adopt" and "nat" in network.model_fields_set and network.nat != "none":
        yield Problem(
            ("network", "nat"),
            "no NAT gateway is made in an adopted network: its own routes lead out",
            "remove network.nat",
        )


@rule("network.mode", "network.exposure", "network.nat", "registry.airgap")
def nodes_of_a_made_network_have_a_way_out(stack: StackConfig) -> Iterator[Problem]:
    network = stack.network
    made = network.mode == "create" and network.exposure == "public"
    if made and network.nat == "none" and not stack.registry.airgap:
        yield Problem(
            ("network", "nat"),
            "without NAT no node reaches the internet, where RKE2 and the images come from",
            "write nat: per-zone or nat: single; or registry.airgap: true with a mirror",
        )


@rule("network.mode", "network.exposure", "network.nat")
def a_private_network_has_no_nat(stack: StackConfig) -> Iterator[Problem]:
    network = stack.network
    if network.exposure == "private" and network.mode == "create" and network.nat != "none":
        yield Problem(
            ("network", "nat"),
            "a private network has no internet gateway, so no NAT gateway either",
            "write nat: none below network, or exposure: public",
        )


@rule("network.exposure", "cluster.api.access")
def a_private_network_has_no_public_api(stack: StackConfig) -> Iterator[Problem]:
    if stack.network.exposure == "private" and stack.cluster.api.access == "public":
        yield Problem(
            ("cluster", "api", "access"),
            "a private network has no public API",
            "write access: private and use `um tunnel`; or network.exposure: public",
        )


@rule("network.exposure", "ingress.public.enabled")
def a_private_network_has_no_public_front(stack: StackConfig) -> Iterator[Problem]:
    if stack.network.exposure == "private" and stack.ingress.public.enabled:
        yield Problem(
            ("ingress", "public", "enabled"),
            "a private network has no public front",
            "write enabled: false below ingress.public; or network.exposure: public",
        )


RULES = (
    a_made_network_has_a_workable_size,
    address_ranges_do_not_overlap,
    zones_are_named_once,
    servers_that_vote_stand_in_three_zones,
    adoption_says_what_and_only_adoption_does,
    an_adopted_network_has_a_subnet_in_every_zone,
    an_adopted_network_brings_its_own_egress,
    nodes_of_a_made_network_have_a_way_out,
    a_private_network_has_no_nat,
    a_private_network_has_no_public_api,
    a_private_network_has_no_public_front,
)

"""The servers' fixed addresses."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from pulumi.runtime.sync_await import _sync_await

from adapters.aws.addresses import peer_addresses, reserved_range, server_address
from adapters.aws.subnets import NARROWEST, plan
from adapters.records import NetworkRecord
from tests.adapters.aws import parts
from tests.support.recording import record, value_of

PRIVATE = tuple(IPv4Network(c) for c in ("10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19"))


def test_servers_go_round_the_zones() -> None:
    found = peer_addresses(5, PRIVATE)
    assert [(p.server, str(p.address)) for p in found] == [
        ("server-0", "10.0.0.16"),
        ("server-1", "10.0.32.17"),
        ("server-2", "10.0.64.18"),
        ("server-3", "10.0.0.19"),
        ("server-4", "10.0.32.20"),
    ]


def test_a_servers_address_does_not_change_when_servers_are_added() -> None:
    assert peer_addresses(5, PRIVATE)[:3] == peer_addresses(3, PRIVATE)


@pytest.mark.parametrize("prefix", [19, 23, 27])
def test_every_address_is_reserved_and_none_is_one_that_aws_keeps_for_itself(prefix: int) -> None:
    subnet = IPv4Network(("10.9.0.0", prefix))
    kept_by_aws = {*list(subnet)[:4], subnet.broadcast_address}
    for index in range(5):
        address = server_address(subnet, index)
        assert address in reserved_range(subnet)
        assert address not in kept_by_aws


def test_the_narrowest_network_still_has_room() -> None:
    private = [
        item.cidr for item in plan(IPv4Network(f"10.0.0.0/{NARROWEST}"), ("a", "b", "c")) if item.tier == "private"
    ]
    assert len({p.address for p in peer_addresses(5, private)}) == 5


def test_a_subnet_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.9\.0\.0/28 is too small.*must be /27 or larger"):
        reserved_range(IPv4Network("10.9.0.0/28"))


def test_an_index_beyond_the_reserved_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"server index 16: 10\.9\.0\.16/28 keeps 16 addresses"):
        server_address(IPv4Network("10.9.0.0/24"), 16)


def test_the_adapter_knows_the_peers_of_a_network_of_its_own_before_anything_exists() -> None:
    assert [str(p.address) for p in parts.adapter().peer_addresses()] == ["10.0.0.16", "10.0.32.17", "10.0.64.18"]


def test_an_adopted_networks_ranges_are_not_known_so_no_peer_is_promised() -> None:
    subnets = {"private": {zone: f"subnet-{zone}" for zone in parts.ZONES}}
    adopted = {"mode": "adopt", "adopt": {"networkId": "vpc-1", "subnets": subnets}}
    assert parts.adapter(network=adopted).peer_addresses() == ()


def test_the_servers_addresses_are_reserved_before_anything_else_can_be_given_one() -> None:
    def program() -> None:
        from adapters.aws.network import Network

        made.append(Network(parts.adapter(), parts.out("um-7f3a")).record)

    made: list[NetworkRecord] = []
    recording = record(program)
    kept = {r.inputs["subnetId"]: r.inputs for r in recording.of("aws:ec2/subnetCidrReservation:SubnetCidrReservation")}
    assert {r["reservationType"] for r in kept.values()} == {"explicit"}
    for index, subnet in enumerate(made[0].private):
        assert subnet.cidr
        range_ = IPv4Network(kept[value_of(subnet.id)]["cidrBlock"])
        assert server_address(subnet.cidr, index) in range_
        waits_for = {type(resource).__name__ for resource in _sync_await(subnet.id.resources())}
        assert "SubnetCidrReservation" in waits_for, "who stands in the subnet must wait for the reservation"

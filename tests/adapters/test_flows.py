from ipaddress import IPv4Network

import pytest

from adapters.flows import EVERYWHERE, OUTSIDE, Party, flows, parties, ranges
from tests.support.stacks import stack_with

PUBLIC_API = {"access": "public", "allowList": ["203.0.113.0/24"]}


def test_only_servers_reach_etcd() -> None:
    sources = {f.source for f in flows(stack_with()) if f.first <= 2379 <= f.last}
    assert sources == {Party.SERVER}


def test_nobody_outside_opens_a_connection_to_a_node() -> None:
    for stack in (stack_with(), stack_with(cluster__api=PUBLIC_API)):
        assert not [f for f in flows(stack) if f.source in OUTSIDE and f.target in {Party.SERVER, Party.AGENT}]


def test_registration_is_never_offered_to_operators() -> None:
    table = flows(stack_with(cluster__api=PUBLIC_API))
    assert {f.first for f in table if f.target == Party.API_PUBLIC_LB} == {6443}


def test_a_private_api_has_no_public_load_balancer() -> None:
    assert Party.API_PUBLIC_LB not in parties(stack_with())
    assert Party.API_PUBLIC_LB in parties(stack_with(cluster__api=PUBLIC_API))


def test_names_are_unique_so_that_rules_can_be_named_after_them() -> None:
    for cni in ("canal", "cilium", "calico"):
        table = flows(stack_with(cluster__cni=cni, cluster__api=PUBLIC_API, ingress__internal={"front": "l7"}))
        names = [f.name for f in table]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("front", ["l7", "l4"])
def test_a_front_is_in_the_table_only_when_the_adapter_makes_it(front: str) -> None:
    ingress = {"public": {"front": front}, "internal": {"front": front}}
    found = parties(stack_with(ingress=ingress)) & {Party.PUBLIC_FRONT, Party.INTERNAL_FRONT}
    assert len(found) == (2 if front == "l7" else 0)


def test_ingress_clients_are_the_world_unless_the_stack_names_some() -> None:
    assert ranges(Party.INGRESS_CLIENTS, stack_with()) == (EVERYWHERE,)
    limited = stack_with(ingress__public={"allowList": ["198.51.100.0/24"]})
    assert ranges(Party.INGRESS_CLIENTS, limited) == (IPv4Network("198.51.100.0/24"),)


def test_an_empty_allow_list_lets_nobody_in() -> None:
    assert ranges(Party.API_CLIENTS, stack_with()) == ()


def test_the_internal_front_serves_the_network_and_its_peers() -> None:
    peers = stack_with(network__peers=["10.8.0.0/16"])
    assert ranges(Party.NETWORK, peers) == (IPv4Network("10.0.0.0/16"), IPv4Network("10.8.0.0/16"))


def test_a_party_with_a_security_group_has_no_ranges() -> None:
    with pytest.raises(ValueError, match="security group"):
        ranges(Party.SERVER, stack_with())


def test_every_flow_says_why() -> None:
    assert all(f.why for f in flows(stack_with(cluster__api=PUBLIC_API)))

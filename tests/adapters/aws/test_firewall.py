from __future__ import annotations

import re
from ipaddress import IPv4Network

import pytest

from adapters.aws.firewall import DESCRIPTIONS, rule_description
from adapters.aws.firewall_limits import RULES_MAX, rule_counts
from adapters.flows import OUTSIDE, Flow, Party, flows, parties, ranges
from tests.adapters.aws.layers import CLUSTER_TAG, PUBLIC_API, default_layers, layers
from tests.adapters.aws.parts import stack

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
LEGAL_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
"""EC2's own words for what a rule's or group's description may hold."""

EVERYTHING = {"cluster": PUBLIC_API, "ingress": {"internal": {"front": "l7"}}}


def test_every_party_of_the_table_that_is_ours_has_a_group_of_its_own():
    found = {g.name for g in layers(**EVERYTHING).recording.of(GROUP)}
    assert (
        found
        == {p.value for p in parties(stack(**EVERYTHING))}
        == {p.value for p in Party} - {p.value for p in OUTSIDE}
    )


def test_every_row_of_the_table_is_a_rule_at_both_ends_and_there_is_no_other_rule():
    recording = layers(**EVERYTHING).recording
    expected_in, expected_out = set(), set()
    for flow in flows(stack(**EVERYTHING)):
        row = (flow.protocol, flow.first, flow.last)
        sources = (
            [f"{flow.source}-id"] if flow.source not in OUTSIDE else map(str, ranges(flow.source, stack(**EVERYTHING)))
        )
        targets = (
            [f"{flow.target}-id"] if flow.target not in OUTSIDE else map(str, ranges(flow.target, stack(**EVERYTHING)))
        )
        if flow.target not in OUTSIDE:
            expected_in |= {(f"{flow.target}-id", peer, *row) for peer in sources}
        if flow.source not in OUTSIDE:
            expected_out |= {(f"{flow.source}-id", peer, *row) for peer in targets}
    for kind, expected in ((INGRESS, expected_in), (EGRESS, expected_out)):
        rules = [r.inputs for r in recording.of(kind)]
        found = [
            (
                r["securityGroupId"],
                r.get("referencedSecurityGroupId") or r["cidrIpv4"],
                r["ipProtocol"],
                r["fromPort"],
                r["toPort"],
            )
            for r in rules
        ]
        assert len(found) == len(set(found))
        assert set(found) == expected


def test_our_own_parties_meet_by_reference_only_and_outsiders_by_range_only():
    for kind in (INGRESS, EGRESS):
        for rule in layers(**EVERYTHING).recording.of(kind):
            assert ("referencedSecurityGroupId" in rule.inputs) != ("cidrIpv4" in rule.inputs)


def test_nothing_is_open_to_the_world_but_the_public_front():
    recording = layers(**EVERYTHING).recording
    open_to_all = {
        r.inputs["securityGroupId"] for r in recording.of(INGRESS) if r.inputs.get("cidrIpv4") == "0.0.0.0/0"
    }
    assert open_to_all == {"public-front-id"}
    narrowed = layers(ingress={"public": {"allowList": ["192.0.2.0/24"]}}).recording
    assert all(r.inputs.get("cidrIpv4") != "0.0.0.0/0" for r in narrowed.of(INGRESS))


def test_a_range_that_is_listed_twice_is_one_rule():
    twice = {"ingress": {"public": {"allowList": ["192.0.2.0/24", "192.0.2.0/24"]}}}
    rules = [r for r in layers(**twice).recording.of(INGRESS) if r.inputs.get("cidrIpv4") == "192.0.2.0/24"]
    assert sorted(r.inputs["fromPort"] for r in rules) == [80, 443]


def test_a_list_in_another_order_makes_the_same_rules():
    def rules(*ranges_: str) -> set[str]:
        return {r.name for r in layers(ingress={"public": {"allowList": list(ranges_)}}).recording.of(INGRESS)}

    assert rules("192.0.2.0/24", "198.51.100.0/24") == rules("198.51.100.0/24", "192.0.2.0/24")


def test_trap_rules_are_never_inline_and_never_of_the_old_class():
    recording = layers(**EVERYTHING).recording
    assert not recording.of("aws:ec2/securityGroupRule:SecurityGroupRule")
    for group in recording.of(GROUP):
        assert "ingress" not in group.inputs
        assert "egress" not in group.inputs


def test_trap_a_machine_carries_exactly_one_group_with_the_clusters_tag():
    tagged = {g.name for g in layers(**EVERYTHING).recording.of(GROUP) if g.inputs["tags"].get(CLUSTER_TAG) == "owned"}
    assert tagged == {"server", "agent"}


def test_trap_a_groups_description_is_static_because_a_change_replaces_the_group():
    for name in ("one", "another"):
        for group in layers(name, **EVERYTHING).recording.of(GROUP):
            assert group.inputs["description"] == DESCRIPTIONS[Party(group.name)]


def test_descriptions_never_changed_since_they_were_written():
    assert {party.value: text for party, text in DESCRIPTIONS.items()} == {
        "server": "RKE2 servers",
        "agent": "RKE2 agents",
        "api-lb": "Load balancer that nodes join through",
        "api-public-lb": "Load balancer of the Kubernetes API for operators",
        "public-front": "Public ingress front",
        "internal-front": "Internal ingress front",
        "endpoints": "Private endpoints of AWS services",
    }


def test_trap_ec2_refuses_an_apostrophe_in_a_description():
    assert rule_description("the cloud's own services") == "the clouds own services"
    recording = layers(**EVERYTHING).recording
    for kind in (GROUP, INGRESS, EGRESS):
        for resource in recording.of(kind):
            assert LEGAL_DESCRIPTION.fullmatch(resource.inputs["description"]), resource.name


def test_trap_rules_that_the_cloud_controller_left_behind_go_before_the_group():
    assert all(g.inputs["revokeRulesOnDelete"] is True for g in default_layers().recording.of(GROUP))


def test_a_groups_name_never_begins_as_an_id_does():
    for group in layers("sg-stack", **EVERYTHING).recording.of(GROUP):
        assert not group.inputs["name"].startswith("sg-")


def test_every_rule_can_be_waited_for_and_a_node_waits_for_those_of_its_own_flows():
    made = layers(**EVERYTHING)
    assert made.firewall is not None
    assert len(made.firewall.all_rules) == len(made.recording.of(INGRESS)) + len(made.recording.of(EGRESS))
    rules = made.firewall.rules
    both = set(rules[Party.SERVER]) & set(rules[Party.AGENT])
    assert both, "servers and agents speak to one another"
    assert 0 < len(both) < len(rules[Party.AGENT]) < len(made.firewall.all_rules)


def test_trap_a_security_group_has_room_for_sixty_rules_a_direction():
    made = layers(**EVERYTHING)
    for kind in (INGRESS, EGRESS):
        groups = [r.inputs["securityGroupId"] for r in made.recording.of(kind)]
        assert max(groups.count(g) for g in groups) <= RULES_MAX


def test_rules_are_counted_as_they_are_made():
    given = {**EVERYTHING, "ingress": {"public": {"allowList": ["192.0.2.0/24", "198.51.100.0/24"]}}}
    counts = rule_counts(flows(stack(**given)), {p: len(ranges(p, stack(**given))) for p in OUTSIDE})
    recording = layers(**given).recording
    for kind, direction in ((INGRESS, "ingress"), (EGRESS, "egress")):
        groups = [r.inputs["securityGroupId"] for r in recording.of(kind)]
        assert {g.removesuffix("-id"): groups.count(g) for g in groups} == {
            party.value: count for (party, way), count in counts.items() if way == direction
        }


@pytest.mark.parametrize("cidr", ["10.1.0.0/16", "0.0.0.0/0"])
def test_a_flow_to_an_outsider_counts_one_rule_a_range(cidr):
    assert IPv4Network(cidr)
    flow = Flow(Party.WORLD, Party.SERVER, "tcp", 1, 1, "test")
    assert rule_counts([flow], {Party.WORLD: 3}) == {(Party.SERVER, "ingress"): 3}

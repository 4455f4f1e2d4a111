from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from adapters.aws.subnets import plan
from tests.adapters.aws.layers import CLUSTER_TAG, Layers, default_layers, layers
from tests.support.recording import Recorded, value_of

ZONES = ("ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c", "ap-northeast-2d")
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"


@pytest.mark.parametrize("prefix", [16, 17, 18, 19, 20])
def test_subnets_lie_in_the_network_and_share_no_address(prefix):
    whole = IPv4Network(f"10.64.0.0/{prefix}")
    cidrs = [item.cidr for item in plan(whole, ZONES)]
    assert len(cidrs) == 12
    assert all(cidr.subnet_of(whole) for cidr in cidrs)
    assert not any(one.overlaps(other) for i, one in enumerate(cidrs) for other in cidrs[:i])


@pytest.mark.parametrize("prefix", [16, 20])
def test_an_eighth_of_the_network_stays_free(prefix):
    whole = IPv4Network(f"10.64.0.0/{prefix}")
    assert sum(item.cidr.num_addresses for item in plan(whole, ZONES)) * 8 == whole.num_addresses * 7


def test_a_zone_that_is_added_moves_no_subnet():
    whole = IPv4Network("10.0.0.0/16")
    for count in range(1, 4):
        fewer, more = set(plan(whole, ZONES[:count])), set(plan(whole, ZONES[: count + 1]))
        assert fewer < more


def test_the_plan_of_a_slash_16_is_this():
    assert [f"{item.tier} {item.zone[-1]} {item.cidr}" for item in plan(IPv4Network("10.0.0.0/16"), ZONES[:2])] == [
        "public a 10.0.128.0/20",
        "public b 10.0.144.0/20",
        "private a 10.0.0.0/19",
        "private b 10.0.32.0/19",
        "data a 10.0.192.0/21",
        "data b 10.0.200.0/21",
    ]


@pytest.mark.parametrize(
    ("cidr", "zones"), [("10.0.0.0/15", 3), ("10.0.0.0/21", 3), ("10.0.0.0/16", 5), ("10.0.0.0/16", 0)]
)
def test_a_network_that_the_plan_has_no_room_for_is_an_error(cidr, zones):
    with pytest.raises(ValueError, match=r"not between|do not fit"):
        plan(IPv4Network(cidr), tuple(f"z{n}" for n in range(zones)))


def test_there_are_three_tiers_in_every_zone_and_no_subnet_gives_public_addresses():
    subnets = default_layers().recording.of(SUBNET)
    assert {s.name for s in subnets} == {f"subnet-{t}-{z}" for t in ("public", "private", "data") for z in ZONES[:3]}
    assert all(s.inputs["mapPublicIpOnLaunch"] is False for s in subnets)


def test_trap_a_node_is_named_by_its_instance_never_by_an_address_that_comes_back():
    for subnet in default_layers().recording.of(SUBNET):
        assert subnet.inputs["privateDnsHostnameTypeOnLaunch"] == "resource-name"
        assert subnet.inputs["enableResourceNameDnsARecordOnLaunch"] is True


def test_trap_the_cloud_controller_finds_subnets_by_role_and_cluster_tags():
    tags = {s.name: s.inputs["tags"] for s in default_layers().recording.of(SUBNET)}
    for name, found in tags.items():
        tier = name.split("-")[1]
        assert found.get("kubernetes.io/role/elb") == ("1" if tier == "public" else None)
        assert found.get("kubernetes.io/role/internal-elb") == ("1" if tier == "private" else None)
        assert found.get(CLUSTER_TAG) == (None if tier == "data" else "owned")


def _by_table(made: Layers, kind: str) -> list[Recorded]:
    return [r for r in made.recording.of(ROUTE) if r.inputs.get(kind)]


@pytest.mark.parametrize(("nat", "gateways"), [("per-zone", list(ZONES[:3])), ("single", [ZONES[0]]), ("none", [])])
def test_nat_gateways_are_as_many_as_asked_and_every_private_table_leads_to_one(nat, gateways):
    made = layers(network={"nat": nat})
    found = made.recording.of(NAT)
    assert [g.name for g in found] == [f"nat-{zone}" for zone in gateways]
    assert all(g.inputs["subnetId"].startswith("subnet-public-") for g in found)
    routes = {r.inputs["routeTableId"]: r.inputs["natGatewayId"] for r in _by_table(made, "natGatewayId")}
    assert len(routes) == (3 if gateways else 0)
    for zone in ZONES[:3] if gateways else ():
        own = f"nat-{zone}-id" if nat == "per-zone" else f"nat-{ZONES[0]}-id"
        assert routes[f"routes-private-{zone}-id"] == own


def test_going_from_one_nat_gateway_to_one_a_zone_keeps_the_one():
    single, many = (layers(network={"nat": nat}).recording for nat in ("single", "per-zone"))
    (kept,) = single.of(NAT)
    assert many.one(NAT, kept.name).inputs == kept.inputs


def waits_for(resource: Recorded) -> set[str]:
    """Type and name of what must be there before."""
    return {"/".join(urn.split("::")[-2:]).split("$")[-1] for urn in resource.depends_on}


def test_trap_a_nat_gateway_and_its_address_need_the_way_out_first():
    recording = default_layers().recording
    for resource in (*recording.of(NAT), *recording.of("aws:ec2/eip:Eip")):
        assert f"{ROUTE}/public-internet" in waits_for(resource)


def test_flow_logs_begin_once_their_role_may_write():
    log = default_layers().recording.one("aws:ec2/flowLog:FlowLog", "flow-logs")
    assert "aws:iam/rolePolicy:RolePolicy/flow-logs" in waits_for(log)


def test_only_the_public_tier_has_a_way_to_the_internet_gateway():
    (route,) = _by_table(default_layers(), "gatewayId")
    assert route.inputs["routeTableId"] == "routes-public-id"
    assert {r.inputs["routeTableId"] for r in default_layers().recording.of(ROUTE)}.isdisjoint(
        {f"routes-data-{zone}-id" for zone in ZONES}
    )


def test_trap_nodes_wait_for_all_of_their_way_out_and_its_association():
    made = default_layers()
    assert made.network is not None
    waited = {type(r).__name__ for r in made.network.egress}
    assert waited == {"RouteTableAssociation", "Route", "VpcEndpoint"}
    assert sum(type(r).__name__ == "Route" for r in made.network.egress) == 4


def test_a_private_network_has_no_gateway_no_nat_and_no_public_tier():
    made = layers(network={"exposure": "private", "nat": "none"}, ingress={"public": {"enabled": False}})
    recording = made.recording
    for kind in ("aws:ec2/internetGateway:InternetGateway", NAT, ROUTE, "aws:ec2/eip:Eip"):
        assert recording.of(kind) == []
    assert {s.name.split("-")[1] for s in recording.of(SUBNET)} == {"private", "data"}
    assert made.network is not None
    assert made.network.public == ()


def test_s3_is_reached_without_nat_from_every_table_of_nodes_and_endpoints():
    endpoint = default_layers().recording.one("aws:ec2/vpcEndpoint:VpcEndpoint", "s3")
    assert endpoint.inputs["vpcEndpointType"] == "Gateway"
    assert endpoint.inputs["serviceName"] == "com.amazonaws.ap-northeast-2.s3"
    assert sorted(endpoint.inputs["routeTableIds"]) == sorted(
        f"routes-{tier}-{zone}-id" for tier in ("private", "data") for zone in ZONES[:3]
    )


def test_the_default_security_group_lets_nothing_through():
    (group,) = default_layers().recording.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group.inputs["ingress"] == []
    assert group.inputs["egress"] == []


def test_flow_logs_are_encrypted_kept_as_long_as_asked_and_can_be_left_out():
    recording = layers(network={"flowLogs": {"retentionDays": 90}}).recording
    group = recording.one("aws:cloudwatch/logGroup:LogGroup", "flow-logs")
    assert group.inputs["retentionInDays"] == 90
    assert group.inputs["kmsKeyId"] == "arn:aws:kms/key:Key:logs"
    log = recording.one("aws:ec2/flowLog:FlowLog", "flow-logs")
    assert log.inputs["trafficType"] == "ALL"
    assert log.inputs["logDestination"] == "arn:aws:cloudwatch/logGroup:LogGroup:flow-logs"
    assert not layers(network={"flowLogs": {"enabled": False}}).recording.of("aws:ec2/flowLog:FlowLog")


def test_the_servers_fixed_addresses_are_kept_before_anything_else_can_take_one():
    made = default_layers()
    kept = made.recording.of("aws:ec2/subnetCidrReservation:SubnetCidrReservation")
    assert [r.inputs["subnetId"] for r in kept] == [f"subnet-private-{zone}-id" for zone in ZONES[:3]]
    assert kept[0].inputs["cidrBlock"] == "10.0.0.16/28"
    assert made.network is not None
    assert [value_of(s.id) for s in made.network.private] == [r.inputs["subnetId"] for r in kept]
    addresses = [e.address for e in made.adapter.peer_addresses()]
    assert all(any(a in IPv4Network(r.inputs["cidrBlock"]) for r in kept) for a in addresses)


ADOPTED = {
    "mode": "adopt",
    "zones": 2,
    "adopt": {
        "networkId": "vpc-0123456789abcdef0",
        "subnets": {
            "public": {ZONES[0]: "subnet-0000000000000000a", ZONES[2]: "subnet-0000000000000000c"},
            "private": {ZONES[0]: "subnet-1000000000000000a", ZONES[2]: "subnet-1000000000000000c"},
        },
    },
}


def test_an_adopted_network_is_given_tags_and_nothing_else():
    made = layers(network=ADOPTED, cluster={"servers": {"count": 1}})
    network = [r for r in made.recording.resources if r.type.startswith("aws:ec2/") and "Endpoint" not in r.type]
    assert {r.type for r in network} == {"aws:ec2/tag:Tag", "aws:ec2/securityGroup:SecurityGroup"}
    tags = [r.inputs for r in made.recording.of("aws:ec2/tag:Tag")]
    assert {(t["resourceId"], t["key"], t["value"]) for t in tags} == {
        (f"subnet-{digit}000000000000000{letter}", key, value)
        for digit, role in (("0", "kubernetes.io/role/elb"), ("1", "kubernetes.io/role/internal-elb"))
        for letter in "ac"
        for key, value in ((CLUSTER_TAG, "shared"), (role, "1"))
    }


def test_trap_a_role_tag_may_be_another_clusters_need_so_it_stays_when_we_go():
    made = layers(network=ADOPTED, cluster={"servers": {"count": 1}}).recording
    for tag in made.of("aws:ec2/tag:Tag"):
        assert tag.retain_on_delete is (tag.inputs["key"] != CLUSTER_TAG)


def test_an_adopted_network_keeps_its_zones_and_has_no_fixed_addresses():
    made = layers(network=ADOPTED, cluster={"servers": {"count": 1}})
    assert made.network is not None
    assert made.network.zones == (ZONES[0], ZONES[2])
    assert [value_of(s.id) for s in made.network.private] == ["subnet-1000000000000000a", "subnet-1000000000000000c"]
    assert made.adapter.peer_addresses() == ()


def test_private_endpoints_stand_in_the_data_tier_and_in_the_private_one_of_a_network_without():
    kind = "aws:ec2/vpcEndpoint:VpcEndpoint"
    made = default_layers().recording.one(kind, "secretsmanager").inputs
    assert made["subnetIds"] == [f"subnet-data-{zone}-id" for zone in ZONES[:3]]
    adopted = layers(network=ADOPTED, cluster={"servers": {"count": 1}}).recording.one(kind, "secretsmanager").inputs
    assert adopted["subnetIds"] == ["subnet-1000000000000000a", "subnet-1000000000000000c"]


def test_every_service_that_a_node_asks_has_an_endpoint_under_its_usual_name():
    found = {
        r.name: r.inputs
        for r in default_layers().recording.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if r.inputs["vpcEndpointType"] == "Interface"
    }
    assert set(found) == {
        "autoscaling", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "elasticloadbalancing", "kms", "logs",
        "secretsmanager", "ssm", "ssmmessages", "sts",
    }  # fmt: skip
    assert all(i["privateDnsEnabled"] is True for i in found.values())
    assert all(i["securityGroupIds"] == ["endpoints-id"] for i in found.values())

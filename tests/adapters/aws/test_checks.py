from __future__ import annotations

import pytest

from adapters.aws.checks import problems
from adapters.aws.zones import ZONE_LETTERS, is_zone_of, region_zones, zones_of
from tests.adapters.aws.parts import stack

CLOUD = {"csp": "aws", "region": "ap-northeast-2", "account": "123456789012"}
VPC, SUBNET = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0"


def found(**sections):
    return {p.key: p for p in problems(stack(**sections))}


def test_the_smallest_stack_is_fine():
    assert found() == {}


@pytest.mark.parametrize("account", ["12345678901", "my-account", "1234567890123", "12345678901x"])
def test_an_account_is_twelve_digits(account):
    assert set(found(cloud={**CLOUD, "account": account})) == {"cloud.account"}


@pytest.mark.parametrize(
    ("region", "remedy"),
    [
        ("ap-northeast2", "did you mean ap-northeast-2?"),
        ("us-east1", "did you mean us-east-1?"),
        ("koreacentral", "write one such as ap-northeast-2"),
        ("cn-north-1", "choose a commercial region, such as ap-northeast-2"),
        ("us-gov-west-1", "choose a commercial region, such as ap-northeast-2"),
    ],
)
def test_a_region_is_one_that_is_known(region, remedy):
    assert found(cloud={**CLOUD, "region": region})["cloud.region"].remedy == remedy


def test_zones_that_are_named_are_of_the_region():
    zones = ["ap-northeast-2a", "ap-northeast-1a", "ap-northeast-2-lax-1a"]
    assert set(found(network={"zones": zones})) == {"network.zones[1]", "network.zones[2]"}


def test_a_region_with_fewer_zones_than_asked_for_says_how_many_it_has():
    given = {"cloud": {**CLOUD, "region": "us-west-1"}, "network": {"zones": 3}}
    (problem,) = found(**given).values()
    assert (problem.key, problem.remedy) == ("network.zones", "write zones: 2, or name the zones that you see")


def test_trap_an_application_load_balancer_needs_two_zones():
    given = {"network": {"zones": 1}, "cluster": {"servers": {"count": 1}}}
    assert set(found(**given)) == {"ingress.public.front"}
    assert found(**given, ingress={"public": {"front": "l4"}}) == {}
    both = {"public": {"front": "l4"}, "internal": {"front": "l7"}}
    assert set(found(**given, ingress=both)) == {"ingress.internal.front"}


def _adopted(network_id=VPC, zone="ap-northeast-2a", subnet=SUBNET):
    subnets = {"public": {zone: subnet}, "private": {zone: subnet}}
    return {"mode": "adopt", "zones": 1, "adopt": {"networkId": network_id, "subnets": subnets}}


def _adopting(**changes):
    given = {"network": _adopted(**changes), "cluster": {"servers": {"count": 1}}}
    return set(found(**given, ingress={"public": {"front": "l4"}}))


def test_what_is_adopted_has_the_ids_of_a_vpc_and_of_subnets_in_zones_of_the_region():
    where = "network.adopt.subnets"
    assert _adopting() == set()
    assert _adopting(network_id="subnet-12345678") == {"network.adopt.networkId"}
    assert _adopting(subnet=VPC) == {f"{where}.public.ap-northeast-2a", f"{where}.private.ap-northeast-2a"}
    assert _adopting(zone="us-east-1a") == {f"{where}.public.us-east-1a", f"{where}.private.us-east-1a"}


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"image": {"id": "img-1"}}, "image.id"),
        ({"dns": {"domain": "a.example", "public": {"mode": "adopt", "zoneId": "zone"}}}, "dns.public.zoneId"),
        (
            {"dns": {"domain": "a.example", "private": {"mode": "adopt", "zoneId": "/hostedzone/Z1"}}},
            "dns.private.zoneId",
        ),
        ({"aws": {"assumeRoleArn": "arn:aws:iam::000000000001:role/x"}}, "aws.assumeRoleArn"),
        ({"aws": {"permissionsBoundaryArn": "arn:aws:iam::000000000001:policy/x"}}, "aws.permissionsBoundaryArn"),
        ({"cluster": {"servers": {"machineType": "m7g.xlarge"}}}, "cluster.servers.machineType"),
    ],
)
def test_ids_and_arns_are_of_aws_and_of_this_account(sections, key):
    assert set(found(**sections)) == {key}


def test_ids_and_arns_that_are_right_pass():
    assert found(
        image={"id": "ami-0123456789abcdef0"},
        dns={"domain": "a.example", "public": {"mode": "adopt", "zoneId": "Z0123456789ABCDEFGHIJ"}},
        aws={"assumeRoleArn": "arn:aws:iam::123456789012:role/x"},
    ) == {}  # fmt: skip


def _many(count):
    return [f"8.{n // 256}.{n % 256}.0/24" for n in range(count)]


def test_trap_a_list_with_more_ranges_than_a_security_group_has_room_for_is_named():
    assert found(cluster={"api": {"access": "public", "allowList": _many(60)}}) == {}
    too_many = found(cluster={"api": {"access": "public", "allowList": _many(61)}})
    assert set(too_many) == {"cluster.api.allowList"}
    assert "61 ranges make 61 rules" in too_many["cluster.api.allowList"].message
    # The public front listens on two ports, so that each range makes two rules.
    assert set(found(ingress={"public": {"allowList": _many(31)}})) == {"ingress.public.allowList"}
    assert found(ingress={"public": {"allowList": _many(30)}}) == {}


def test_everything_is_said_at_once():
    given = found(cloud={**CLOUD, "account": "x", "region": "mars"}, image={"id": "z"})
    assert set(given) == {"cloud.account", "cloud.region", "image.id"}


def test_every_region_of_the_table_is_one_that_the_sdk_knows():
    from pulumi_aws import Region

    assert set(ZONE_LETTERS) <= {region.value for region in Region}
    assert all(2 <= len(letters) <= 6 and sorted(letters) == list(letters) for letters in ZONE_LETTERS.values())


def test_zones_are_the_first_so_many_of_the_region_so_that_more_of_them_move_none():
    for count in (1, 2, 3):
        fewer, more = (zones_of(stack(network={"zones": n}).network, "ap-northeast-2") for n in (count, count + 1))
        assert more[:count] == fewer
    assert region_zones("ap-northeast-1") == ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
    assert region_zones("nowhere") == ()


def test_named_zones_keep_the_order_of_the_file():
    zones = ["ap-northeast-2c", "ap-northeast-2a"]
    assert zones_of(stack(network={"zones": zones}).network, "ap-northeast-2") == tuple(zones)


@pytest.mark.parametrize(
    ("zone", "legal"), [("us-east-1f", True), ("us-east-1", False), ("us-east-1-bos-1a", False), ("us-east-12a", False)]
)
def test_a_zone_is_its_region_and_a_letter(zone, legal):
    assert is_zone_of(zone, "us-east-1") is legal

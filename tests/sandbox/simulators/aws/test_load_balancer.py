import re

import pytest

from sandbox.provider import UNKNOWN, ProviderError
from tests.sandbox.simulators.kit import aws, paths, urn_of

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGETS = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"


@pytest.fixture
def cloud():
    return aws()


@pytest.fixture
def network(cloud):
    vpc = cloud.make(VPC, "main", cidrBlock="10.0.0.0/16")
    subnets = [
        cloud.make(SUBNET, z, vpcId=vpc.id, cidrBlock=f"10.0.{n}.0/24", availabilityZone=f"ap-northeast-2{z}").id
        for n, z in enumerate("abc")
    ]
    return vpc.id, subnets, cloud.make(GROUP, "lb", vpcId=vpc.id, description="lb").id


def test_names_addresses_and_arns_look_like_the_clouds(cloud, network):
    vpc, subnets, group = network
    nlb = cloud.make(
        BALANCER, "api", name="um-api", loadBalancerType="network", subnets=subnets, securityGroups=[group]
    )
    assert re.fullmatch(
        r"arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/net/um-api/[0-9a-f]{16}",
        nlb.properties["arn"],
    )
    assert re.fullmatch(r"um-api-[0-9a-f]{16}\.elb\.ap-northeast-2\.amazonaws\.com", nlb.properties["dnsName"])
    assert nlb.properties["vpcId"] == vpc
    alb = cloud.make(BALANCER, "front", internal=True, subnets=subnets, securityGroups=[group])
    assert re.fullmatch(
        r"internal-front-[0-9a-f]{7}-\d{10}\.ap-northeast-2\.elb\.amazonaws\.com", alb.properties["dnsName"]
    )


@pytest.mark.parametrize("name", ["a" * 33, "internal-api", "-api", "api-", "api_1", ""])
def test_illegal_names_are_refused_before_anything_is_made(cloud, name):
    assert paths(cloud.failures(BALANCER, name=name, subnets=["s"])) == ["name"]
    assert paths(cloud.failures(TARGETS, name=name, port=1, protocol="TCP", vpcId="v")) == ["name"]


def test_a_logical_name_too_long_to_be_completed_is_refused(cloud):
    (failure,) = cloud.failures(BALANCER, "n" * 25, subnets=["s"])
    assert "(33)" in failure.reason


def test_a_network_load_balancer_gets_no_first_group_later_and_loses_no_subnet(cloud, network):
    _, subnets, group = network
    without = cloud.make(BALANCER, "bare", loadBalancerType="network", subnets=subnets)
    assert cloud.diff(
        BALANCER, without, "bare", loadBalancerType="network", subnets=subnets, securityGroups=[group]
    ).replaces == ("securityGroups",)
    nlb = cloud.make(BALANCER, "api", loadBalancerType="network", subnets=subnets[:2], securityGroups=[group])
    more = cloud.diff(BALANCER, nlb, "api", loadBalancerType="network", subnets=subnets, securityGroups=[group])
    assert (more.replaces, bool(more.changed)) == ((), True)
    fewer = cloud.diff(BALANCER, nlb, "api", loadBalancerType="network", subnets=subnets[:1], securityGroups=[group])
    assert fewer.replaces == ("subnets",)
    later = cloud.diff(BALANCER, nlb, "api", loadBalancerType="network", subnets=UNKNOWN, securityGroups=[group])
    assert later.changed == ("subnets",)


def test_a_load_balancer_has_one_subnet_per_zone_and_an_alb_at_least_two(cloud, network):
    vpc, subnets, group = network
    twin = cloud.make(SUBNET, "twin", vpcId=vpc, cidrBlock="10.0.9.0/24", availabilityZone="ap-northeast-2a").id
    assert "same Availability Zone" in cloud.refusal(BALANCER, "a", subnets=[subnets[0], twin])
    assert "At least two subnets" in cloud.refusal(BALANCER, "b", subnets=subnets[:1], securityGroups=[group])


def test_two_load_balancers_cannot_share_a_name_but_an_update_keeps_its_own(cloud, network):
    _, subnets, _ = network
    one = cloud.make(BALANCER, "one", name="um-api", subnets=subnets)
    assert "DuplicateLoadBalancerName" in cloud.refusal(BALANCER, "two", name="um-api", subnets=subnets)
    cloud.change(BALANCER, one, "one", name="um-api", subnets=subnets, idleTimeout=120)
    cloud.delete(BALANCER, one, "one")
    cloud.make(BALANCER, "two", name="um-api", subnets=subnets)


def test_a_target_group_in_use_is_not_deleted_and_its_port_replaces_it(cloud, network):
    vpc, subnets, _ = network
    nlb = cloud.make(BALANCER, "api", loadBalancerType="network", subnets=subnets)
    targets = cloud.make(TARGETS, "api", port=6443, protocol="TCP", vpcId=vpc)
    actions = [{"type": "forward", "targetGroupArn": targets.id}]
    listener = cloud.make(LISTENER, "api", loadBalancerArn=nlb.id, port=6443, protocol="TCP", defaultActions=actions)
    assert listener.id.startswith(nlb.id.replace(":loadbalancer/", ":listener/") + "/")
    with pytest.raises(ProviderError, match="ResourceInUse"):
        cloud.delete(TARGETS, targets, "api")
    assert cloud.diff(TARGETS, targets, "api", port=9345, protocol="TCP", vpcId=vpc).replaces == ("port",)
    assert "DuplicateListener" in cloud.refusal(
        LISTENER, "x", loadBalancerArn=nlb.id, port=6443, protocol="TCP", defaultActions=actions
    )
    assert "is not supported" in cloud.refusal(
        LISTENER, "y", loadBalancerArn=nlb.id, port=80, protocol="HTTP", defaultActions=actions
    )


def test_https_needs_a_certificate_and_http_none(cloud):
    rest = {"loadBalancerArn": "l", "defaultActions": []}
    assert paths(cloud.failures(LISTENER, protocol="HTTPS", port=443, **rest)) == ["certificateArn"]
    assert paths(cloud.failures(LISTENER, protocol="HTTP", port=80, certificateArn="c", **rest)) == ["certificateArn"]


def test_a_planned_load_balancer_has_no_address_yet(cloud):
    planned = cloud.plan(BALANCER, "api", subnets=[UNKNOWN], loadBalancerType="network")
    assert planned.properties["dnsName"] is UNKNOWN
    assert cloud.provider.check(BALANCER, urn_of(BALANCER, "api"), None, {"subnets": UNKNOWN})[1] == []

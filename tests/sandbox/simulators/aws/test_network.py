import re
from ipaddress import ip_address, ip_network

import pytest

from sandbox.provider import UNKNOWN, ProviderError
from sandbox.simulators import provider_for
from tests.sandbox.simulators.kit import AWS_CONFIG, Cloud, aws, paths, urn_of

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
EIP = "aws:ec2/eip:Eip"
NAT = "aws:ec2/natGateway:NatGateway"
TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"


@pytest.fixture
def cloud():
    return aws()


@pytest.fixture
def vpc(cloud):
    return cloud.make(VPC, "main", cidrBlock="10.0.0.0/16")


def test_ids_and_arns_have_the_clouds_shape_and_name_account_and_region(vpc):
    assert re.fullmatch(r"vpc-0[0-9a-f]{16}", vpc.id)
    assert vpc.properties["arn"] == f"arn:aws:ec2:ap-northeast-2:123456789012:vpc/{vpc.id}"
    assert re.fullmatch(r"sg-0[0-9a-f]{16}", vpc.properties["defaultSecurityGroupId"])


def test_two_runs_give_the_same_ids_and_another_account_other_ones(vpc):
    assert aws().make(VPC, "main", cidrBlock="10.0.0.0/16").id == vpc.id
    assert aws({"allowedAccountIds": '["210987654321"]'}).make(VPC, "main", cidrBlock="10.0.0.0/16").id != vpc.id
    assert aws({"region": "us-east-1"}).make(VPC, "main", cidrBlock="10.0.0.0/16").id != vpc.id


def test_a_replacement_gets_another_id_whether_the_old_one_is_still_there_or_gone(cloud, vpc):
    second = cloud.make(VPC, "main", cidrBlock="10.1.0.0/16")
    cloud.delete(VPC, vpc)
    third = cloud.make(VPC, "main", cidrBlock="10.2.0.0/16")
    assert len({vpc.id, second.id, third.id}) == 3


def test_in_a_preview_every_computed_output_is_unknown_and_nothing_is_made(cloud):
    planned = cloud.plan(VPC, "main", cidrBlock="10.0.0.0/16")
    assert planned.id == ""
    assert planned.properties["cidrBlock"] == "10.0.0.0/16"
    assert planned.properties["arn"] is UNKNOWN
    assert planned.properties["mainRouteTableId"] is UNKNOWN
    assert cloud.provider.read(VPC, urn_of(VPC, "main"), "vpc-1", {"cidrBlock": "x"}) is None


def test_default_tags_are_under_the_resources_own():
    cloud = aws({"defaultTags": '{"tags": {"stack": "dev", "owner": "ops"}}'})
    live = cloud.make(VPC, "main", cidrBlock="10.0.0.0/16", tags={"owner": "me"})
    assert live.properties["tagsAll"] == {"stack": "dev", "owner": "me"}


def test_a_subnet_lies_in_its_vpc_and_overlaps_no_other(cloud, vpc):
    cloud.make(SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    assert "InvalidSubnet.Range" in cloud.refusal(SUBNET, "b", vpcId=vpc.id, cidrBlock="10.1.0.0/24")
    assert "InvalidSubnet.Conflict" in cloud.refusal(SUBNET, "c", vpcId=vpc.id, cidrBlock="10.0.0.128/25")


def test_a_block_is_neither_too_large_nor_too_small_nor_crooked(cloud):
    assert paths(cloud.failures(VPC, cidrBlock="10.0.0.0/8")) == ["cidrBlock"]
    assert paths(cloud.failures(SUBNET, vpcId="v", cidrBlock="10.0.0.0/29")) == ["cidrBlock"]
    assert "has host bits set" in cloud.failures(VPC, cidrBlock="10.0.0.1/16")[0].reason


def test_a_zone_of_another_region_is_refused(cloud, vpc):
    said = cloud.refusal(SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24", availabilityZone="us-east-1a")
    assert "us-east-1a" in said


def test_unknown_references_are_refused_in_the_clouds_words(cloud, vpc):
    cloud.delete(VPC, vpc, "main")
    assert f"InvalidVpcID.NotFound: The vpc ID '{vpc.id}'" in cloud.refusal(
        SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24"
    )
    assert "InvalidVpcID.NotFound" in aws().refusal(SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    assert "InvalidVpcID.NotFound" in cloud.refusal(SUBNET, "a", vpcId="my-vpc", cidrBlock="10.0.0.0/24")
    assert "InvalidRouteTableID.NotFound" in cloud.refusal(
        ROUTE, "r", routeTableId="rtb-1", destinationCidrBlock="0.0.0.0/0", gatewayId="local"
    )
    assert "InvalidGroup.NotFound" in cloud.refusal(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "r",
        securityGroupId="sg-1", ipProtocol="-1", cidrIpv4="10.0.0.0/8",
    )  # fmt: skip


def test_what_is_in_use_cannot_be_deleted_until_its_users_are_gone(cloud, vpc):
    subnet = cloud.make(SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    with pytest.raises(ProviderError, match=rf"DependencyViolation.*{vpc.id}.*a \({subnet.id}\)"):
        cloud.delete(VPC, vpc, "main")
    cloud.delete(SUBNET, subnet, "a")
    cloud.delete(VPC, vpc, "main")


def test_a_group_that_another_ones_rule_names_is_in_use(cloud, vpc):
    nodes, balancer = (cloud.make(GROUP, name, vpcId=vpc.id, description=name) for name in ("nodes", "balancer"))
    rule = cloud.make(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "r",
        securityGroupId=nodes.id, referencedSecurityGroupId=balancer.id, ipProtocol="tcp", fromPort=6443, toPort=6443,
    )  # fmt: skip
    with pytest.raises(ProviderError, match="DependencyViolation"):
        cloud.delete(GROUP, balancer, "balancer")
    cloud.delete(GROUP, nodes, "nodes")
    cloud.delete("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", rule, "r")
    cloud.delete(GROUP, balancer, "balancer")


def test_the_default_group_of_a_vpc_exists_without_being_made(cloud, vpc):
    rule = cloud.make(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "r",
        securityGroupId=vpc.properties["defaultSecurityGroupId"], ipProtocol="-1", cidrIpv4="0.0.0.0/0",
    )  # fmt: skip
    assert rule.id.startswith("sgr-0")


def test_a_nat_gateway_needs_a_way_out_and_has_an_address_of_its_subnet(cloud, vpc):
    subnet = cloud.make(SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    address = cloud.make(EIP, "nat", domain="vpc")
    said = cloud.refusal(NAT, "nat", subnetId=subnet.id, allocationId=address.id)
    assert "Gateway.NotAttached" in said
    gateway = cloud.make(GATEWAY, "igw", vpcId=vpc.id)
    nat = cloud.make(NAT, "nat", subnetId=subnet.id, allocationId=address.id)
    assert ip_address(nat.properties["privateIp"]) in ip_network("10.0.0.0/24")
    assert nat.properties["publicIp"] == address.properties["publicIp"]
    with pytest.raises(ProviderError, match="mapped public address"):
        cloud.delete(GATEWAY, gateway, "igw")


def test_a_second_route_to_the_same_destination_is_refused(cloud, vpc):
    gateway = cloud.make(GATEWAY, "igw", vpcId=vpc.id)
    table = cloud.make(TABLE, "public", vpcId=vpc.id)
    cloud.make(ROUTE, "out", routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", gatewayId=gateway.id)
    said = cloud.refusal(ROUTE, "again", routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", gatewayId=gateway.id)
    assert "RouteAlreadyExists" in said
    assert paths(cloud.failures(ROUTE, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0")) == ["gatewayId"]


@pytest.mark.parametrize(
    ("type_", "before", "after", "replaces"),
    [
        (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, ("cidrBlock",)),
        (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True}, ()),
        (VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1"}}, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "2"}}, ()),
        (EIP, {"domain": "vpc"}, {"domain": "standard"}, ("domain",)),
    ],
)
def test_some_changes_replace_and_the_rest_happen_in_place(cloud, type_, before, after, replaces):
    live = cloud.make(type_, **before)
    assert cloud.diff(type_, live, **after).replaces == replaces
    assert cloud.diff(type_, live, **before).changed == ()


def test_a_groups_description_replaces_it_and_its_automatic_name_stays_through_updates(cloud, vpc):
    group = cloud.make(GROUP, "nodes", vpcId=vpc.id, description="nodes")
    assert re.fullmatch(r"nodes-[0-9a-f]{7}", group.properties["name"])
    assert cloud.diff(GROUP, group, "nodes", vpcId=vpc.id, description="nodes", tags={"a": "b"}).replaces == ()
    diff = cloud.diff(GROUP, group, "nodes", vpcId=vpc.id, description="workers")
    assert diff.replaces == ("description",)
    assert not diff.delete_before_replace
    second = cloud.make(GROUP, "nodes", vpcId=vpc.id, description="workers")
    assert second.properties["name"] != group.properties["name"]


def test_a_name_that_was_given_is_free_only_once_the_old_one_is_gone(cloud, vpc):
    group = cloud.make(GROUP, "nodes", vpcId=vpc.id, name="nodes", description="nodes")
    diff = cloud.diff(GROUP, group, "nodes", vpcId=vpc.id, name="nodes", description="workers")
    assert diff.delete_before_replace
    assert "InvalidGroup.Duplicate" in cloud.refusal(GROUP, "nodes", vpcId=vpc.id, name="nodes", description="workers")


def test_tags_have_the_clouds_limits(cloud):
    many = {f"k{n}": "v" for n in range(51)}
    assert "TagLimitExceeded" in cloud.failures(VPC, cidrBlock="10.0.0.0/16", tags=many)[0].reason
    assert paths(cloud.failures(VPC, cidrBlock="10.0.0.0/16", tags={"aws:x": "v", "k": "v" * 257})) == [
        'tags["aws:x"]',
        'tags["k"]',
    ]


def test_a_second_process_knows_what_the_first_one_made(cloud, vpc):
    subnet = cloud.make(SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    later = Cloud(provider_for("aws").configure(AWS_CONFIG))
    for type_, name, live in ((VPC, "main", vpc), (SUBNET, "a", subnet), (SUBNET, "a", subnet)):
        later.provider.restore(type_, urn_of(type_, name), live)
    assert later.provider.read(SUBNET, urn_of(SUBNET, "a"), subnet.id, subnet.properties) == subnet
    assert "InvalidSubnet.Conflict" in later.refusal(SUBNET, "b", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    with pytest.raises(ProviderError, match="DependencyViolation"):
        later.delete(VPC, vpc, "main")


def test_a_refresh_finds_drift_and_the_next_plan_repairs_it(cloud, vpc):
    drifted = type(vpc)(vpc.id, {**vpc.properties, "enableDnsSupport": False})
    cloud.inputs[vpc.id]["enableDnsSupport"] = True
    assert cloud.provider.diff(VPC, drifted, cloud.inputs[vpc.id], cloud.inputs[vpc.id]).changed == (
        "enableDnsSupport",
    )


def test_a_stack_can_be_built_into_what_the_account_had_before(cloud):
    group = cloud.make(GROUP, "nodes", vpcId="vpc-0123456789abcdef0", description="nodes")
    subnets = [f"subnet-0123456789abcdef{n}" for n in range(3)]
    cloud.make("aws:lb/loadBalancer:LoadBalancer", "front", subnets=subnets, securityGroups=[group.id])
    server = cloud.make(
        "aws:ec2/instance:Instance",
        "s",
        ami="ami-1",
        instanceType="m7i.large",
        subnetId=subnets[0],
        vpcSecurityGroupIds=[group.id],
    )
    assert ip_address(server.properties["privateIp"]).is_private
    disk = cloud.make("aws:ebs/volume:Volume", "etcd", availabilityZone="ap-northeast-2c", size=20)
    cloud.make(
        "aws:ec2/volumeAttachment:VolumeAttachment",
        "etcd",
        deviceName="/dev/sdf",
        instanceId=server.id,
        volumeId=disk.id,
    )
    record = {"type": "A", "ttl": 60, "records": ["198.51.100.1"], "name": "api.customer.example"}
    live = cloud.make("aws:route53/record:Record", "api", zoneId="Z0123456789ABCDEFGHIJ", **record)
    assert live.properties["fqdn"] == "api.customer.example"

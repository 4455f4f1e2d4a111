import re
from base64 import b64encode
from ipaddress import ip_address, ip_network

import pytest

from sandbox.provider import ProviderError
from tests.sandbox.simulators.kit import aws, paths

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
INSTANCE = "aws:ec2/instance:Instance"
VOLUME = "aws:ebs/volume:Volume"
ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
SERVER = {"ami": "ami-1", "instanceType": "m7i.xlarge"}


@pytest.fixture
def cloud():
    return aws()


@pytest.fixture
def subnet(cloud):
    vpc = cloud.make(VPC, "main", cidrBlock="10.0.0.0/16")
    return cloud.make(
        SUBNET,
        "a",
        vpcId=vpc.id,
        cidrBlock="10.0.1.0/26",
        availabilityZone="ap-northeast-2a",
        privateDnsHostnameTypeOnLaunch="resource-name",
    )


def test_an_instance_gets_an_address_of_its_subnet_and_a_name_after_its_id(cloud, subnet):
    server = cloud.make(INSTANCE, "server-0", subnetId=subnet.id, **SERVER)
    assert ip_address(server.properties["privateIp"]) in ip_network("10.0.1.0/26")
    assert server.properties["privateDns"] == f"{server.id}.ap-northeast-2.compute.internal"
    assert server.properties["availabilityZone"] == "ap-northeast-2a"


def test_a_full_subnet_gives_every_address_once_and_then_says_so(cloud, subnet):
    made = [cloud.make(INSTANCE, f"i{n}", subnetId=subnet.id, **SERVER) for n in range(59)]
    assert len({live.properties["privateIp"] for live in made}) == 59
    assert "InsufficientFreeAddresses" in cloud.refusal(INSTANCE, "one-too-many", subnetId=subnet.id, **SERVER)


def test_an_address_that_is_taken_or_elsewhere_is_refused(cloud, subnet):
    cloud.make(INSTANCE, "a", subnetId=subnet.id, privateIp="10.0.1.10", **SERVER)
    assert "InvalidIPAddress.InUse" in cloud.refusal(INSTANCE, "b", subnetId=subnet.id, privateIp="10.0.1.10", **SERVER)
    assert "does not fall within" in cloud.refusal(INSTANCE, "c", subnetId=subnet.id, privateIp="10.0.9.10", **SERVER)


def test_user_data_is_measured_before_base64(cloud):
    fits, too_long = (b64encode(b"x" * size).decode() for size in (16_384, 16_385))
    assert cloud.failures(INSTANCE, userDataBase64=fits, **SERVER) == []
    (failure,) = cloud.failures(INSTANCE, userDataBase64=too_long, **SERVER)
    assert "got 16385" in failure.reason
    assert paths(cloud.failures(TEMPLATE, userData=too_long)) == ["userData"]
    assert paths(cloud.failures(TEMPLATE, userData="#cloud-config")) == ["userData"]
    assert paths(cloud.failures(INSTANCE, userData="x", userDataBase64=fits, **SERVER)) == ["userData"]


def test_metadata_options_take_only_the_words_of_the_cloud(cloud):
    failures = cloud.failures(
        INSTANCE, metadataOptions={"httpTokens": "requird", "httpPutResponseHopLimit": 65}, **SERVER
    )
    assert paths(failures) == ["metadataOptions.httpTokens", "metadataOptions.httpPutResponseHopLimit"]


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"ami": "ami-2"}, ("ami",)),
        ({"instanceType": "m7i.2xlarge"}, ()),
        ({"rootBlockDevice": {"encrypted": True, "volumeSize": 50}}, ("rootBlockDevice.encrypted",)),
        ({"rootBlockDevice": {"volumeSize": 80}}, ()),
        ({"metadataOptions": {"httpTokens": "required"}}, ()),
        ({"userDataBase64": "aGk="}, ()),
        ({"userDataBase64": "aGk=", "userDataReplaceOnChange": True}, ("userDataBase64",)),
        ({"privateDnsNameOptions": {"hostnameType": "resource-name"}}, ("privateDnsNameOptions.hostnameType",)),
    ],
)
def test_which_changes_replace_a_server(cloud, subnet, change, replaces):
    before = {**SERVER, "subnetId": subnet.id, "rootBlockDevice": {"volumeSize": 50}}
    server = cloud.make(INSTANCE, "server-0", **before)
    diff = cloud.diff(INSTANCE, server, "server-0", **{**before, **change})
    assert diff.replaces == replaces
    assert diff.changed


def test_computed_parts_of_a_given_block_are_filled_in_and_no_difference(cloud, subnet):
    inputs = {**SERVER, "subnetId": subnet.id, "rootBlockDevice": {"volumeSize": 50}}
    server = cloud.make(INSTANCE, "server-0", **inputs)
    assert re.fullmatch(r"vol-0[0-9a-f]{16}", server.properties["rootBlockDevice"]["volumeId"])
    assert server.properties["rootBlockDevice"]["volumeSize"] == 50
    assert cloud.diff(INSTANCE, server, "server-0", **inputs).changed == ()


def test_an_update_keeps_addresses_and_ids(cloud, subnet):
    server = cloud.make(INSTANCE, "server-0", subnetId=subnet.id, **SERVER)
    changed = cloud.change(INSTANCE, server, "server-0", subnetId=subnet.id, ami="ami-1", instanceType="m7i.2xlarge")
    same = ("privateIp", "privateDns", "primaryNetworkInterfaceId", "arn")
    assert [changed.properties[k] for k in same] == [server.properties[k] for k in same]
    assert changed.properties["instanceType"] == "m7i.2xlarge"


def test_a_volume_is_attached_once_in_its_own_zone(cloud, subnet):
    server = cloud.make(INSTANCE, "server-0", subnetId=subnet.id, **SERVER)
    here = cloud.make(VOLUME, "etcd-0", availabilityZone="ap-northeast-2a", size=20, type="gp3")
    there = cloud.make(VOLUME, "etcd-1", availabilityZone="ap-northeast-2b", size=20, type="gp3")
    cloud.make(ATTACHMENT, "etcd-0", deviceName="/dev/sdf", instanceId=server.id, volumeId=here.id)
    assert "ZoneMismatch" in cloud.refusal(
        ATTACHMENT, "etcd-1", deviceName="/dev/sdg", instanceId=server.id, volumeId=there.id
    )
    assert "VolumeInUse" in cloud.refusal(
        ATTACHMENT, "again", deviceName="/dev/sdh", instanceId=server.id, volumeId=here.id
    )
    with pytest.raises(ProviderError, match="VolumeInUse"):
        cloud.delete(VOLUME, here, "etcd-0")


def test_a_volume_grows_in_place_and_never_shrinks(cloud):
    before = {"availabilityZone": "ap-northeast-2a", "type": "gp3"}
    volume = cloud.make(VOLUME, "etcd", size=20, **before)
    assert cloud.diff(VOLUME, volume, "etcd", size=40, **before).replaces == ()
    assert cloud.diff(VOLUME, volume, "etcd", size=20, encrypted=True, **before).replaces == ("encrypted",)
    with pytest.raises(ProviderError, match="cannot be smaller"):
        cloud.change(VOLUME, volume, "etcd", size=10, **before)


def test_a_launch_template_counts_its_versions_and_not_its_tags(cloud):
    template = cloud.make(TEMPLATE, "general", imageId="ami-1", updateDefaultVersion=True)
    assert (template.properties["latestVersion"], template.properties["defaultVersion"]) == (1, 1)
    second = cloud.change(TEMPLATE, template, "general", imageId="ami-2", updateDefaultVersion=True)
    assert (second.properties["latestVersion"], second.properties["defaultVersion"]) == (2, 2)
    third = cloud.change(TEMPLATE, second, "general", imageId="ami-2", updateDefaultVersion=True, tags={"a": "b"})
    assert third.properties["latestVersion"] == 2


def test_a_group_has_sane_sizes_and_a_template_that_exists(cloud, subnet):
    template = cloud.make(TEMPLATE, "general", imageId="ami-1")
    place = {"vpcZoneIdentifiers": [subnet.id], "launchTemplate": {"id": template.id, "version": "$Latest"}}
    assert paths(cloud.failures(GROUP, minSize=3, maxSize=1, **place)) == ["minSize"]
    assert paths(cloud.failures(GROUP, minSize=1, maxSize=3, desiredCapacity=4, **place)) == ["desiredCapacity"]
    group = cloud.make(GROUP, "general", minSize=1, maxSize=3, **place)
    assert group.properties["availabilityZones"] == ["ap-northeast-2a"]
    said = cloud.refusal(
        GROUP, "other", minSize=1, maxSize=3, vpcZoneIdentifiers=[subnet.id], launchTemplate={"id": "lt-1"}
    )
    assert "InvalidLaunchTemplateId.NotFound" in said

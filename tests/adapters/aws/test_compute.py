"""Servers and their etcd volumes."""

from __future__ import annotations

import base64
import gzip
import random
from typing import Any

import pytest

from adapters.aws.compute import etcd_device
from adapters.aws.user_data import MAX_BYTES, UserDataTooLongError, pack
from adapters.specs import ServerSpec
from tests.adapters.aws import parts
from tests.support.recording import Recorded, Recording, record

INSTANCE = "aws:ec2/instance:Instance"
VOLUME = "aws:ebs/volume:Volume"
ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"


def servers(
    *, count: int = 3, text: str = "#cloud-config\n", adopted: bool = False, image: str = "ami-1", **sections: Any
) -> Recording:
    def program() -> None:
        from adapters.aws.compute import Compute

        adapter = parts.adapter(**sections)
        compute = Compute(adapter, parts.compute_spec(image, adopted=adopted))
        for index in range(count):
            compute.server(
                ServerSpec(
                    name=f"server-{index}",
                    index=index,
                    zone=parts.ZONES[index % 3],
                    user_data=lambda facts: facts.etcd_device.apply(lambda device: f"{text}# {device}\n"),
                )
            )

    ids = {VOLUME: lambda name: {"id": f"vol-{name}"}}
    return record(program, lambda type_, name, _: ids[type_](name) if type_ in ids else {})


def instances(recording: Recording) -> list[Recorded]:
    found = recording.of(INSTANCE)
    assert found
    return found


def test_each_server_stands_in_its_own_zone_with_a_fixed_address_outside_what_anything_else_is_given() -> None:
    found = instances(servers())
    assert [i.inputs["subnetId"] for i in found] == [f"subnet-private-{zone}" for zone in parts.ZONES]
    assert [i.inputs["privateIp"] for i in found] == ["10.0.0.16", "10.0.32.17", "10.0.64.18"]


def test_five_servers_share_three_zones_without_sharing_an_address() -> None:
    addresses = [i.inputs["privateIp"] for i in instances(servers(count=5))]
    assert len(set(addresses)) == 5


def test_in_an_adopted_subnet_no_address_is_asked_for_since_its_range_is_not_known() -> None:
    assert all("privateIp" not in i.inputs for i in instances(servers(adopted=True)))


def test_no_server_has_a_public_address_even_where_an_adopted_subnet_would_give_one() -> None:
    assert all(i.inputs["associatePublicIpAddress"] is False for i in instances(servers()))


def test_metadata_wants_a_token_and_is_one_hop_away_so_that_no_ordinary_pod_gets_the_nodes_role() -> None:
    for instance in instances(servers()):
        options = instance.inputs["metadataOptions"]
        assert options["httpTokens"] == "required"
        assert options["httpPutResponseHopLimit"] == 1


def test_instance_metadata_tags_are_off_because_they_forbid_the_slash_of_the_cluster_tag() -> None:
    for instance in instances(servers()):
        assert instance.inputs["metadataOptions"]["instanceMetadataTags"] == "disabled"
        assert instance.inputs["tags"]["kubernetes.io/cluster/um-7f3a"] == "owned"


def test_a_server_is_named_by_its_instance_id_so_that_a_rebuilt_one_with_the_old_address_is_a_new_node() -> None:
    for instance in instances(servers()):
        assert instance.inputs["privateDnsNameOptions"]["hostnameType"] == "resource-name"


def test_every_disk_is_gp3_and_encrypted_with_our_key() -> None:
    recording = servers()
    arn = "arn:aws:kms:ap-northeast-2:123456789012:key/disks"
    disks = [
        i.inputs["rootBlockDevice"] | {"type": i.inputs["rootBlockDevice"]["volumeType"]} for i in instances(recording)
    ]
    disks += [v.inputs for v in recording.of(VOLUME)]
    assert len(disks) == 6
    for disk in disks:
        assert disk["encrypted"] is True
        assert disk["kmsKeyId"] == arn
        assert disk["type"] == "gp3"


def test_etcd_has_a_volume_of_its_own_in_its_servers_zone_and_no_block_device_inside_the_instance() -> None:
    recording = servers()
    assert [v.inputs["availabilityZone"] for v in recording.of(VOLUME)] == list(parts.ZONES)
    assert all("ebsBlockDevices" not in i.inputs for i in instances(recording))
    for attachment in recording.of(ATTACHMENT):
        assert attachment.inputs["volumeId"] == f"{attachment.name}-etcd-id"
        assert attachment.inputs["instanceId"] == f"{attachment.name}-id"


def test_the_volume_is_known_to_user_data_by_its_id_since_nvme_numbers_change_between_boots() -> None:
    (instance,) = instances(servers(count=1))
    text = gzip.decompress(base64.b64decode(instance.inputs["userDataBase64"])).decode()
    assert text.endswith("# /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_server0etcdid\n")
    assert etcd_device("vol-0a1b2c") == "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0a1b2c"


def test_the_volume_is_detached_from_a_stopped_machine_only() -> None:
    assert all(a.inputs["stopInstanceBeforeDetaching"] is True for a in servers().of(ATTACHMENT))


def test_a_burstable_type_never_becomes_a_server_by_size() -> None:
    for size in ("small", "medium", "large", "xlarge", "2xlarge"):
        (instance,) = instances(servers(count=1, cluster={"servers": {"count": 1, "size": size}}))
        assert not instance.inputs["instanceType"].startswith("t")


def test_the_deprecated_inputs_of_an_instance_are_not_used() -> None:
    for instance in instances(servers()):
        assert not {"networkInterfaces", "securityGroups", "keyName", "userData"} & set(instance.inputs)


def test_a_zone_without_a_private_subnet_is_named_in_the_error() -> None:
    def program() -> None:
        from adapters.aws.compute import Compute

        compute = Compute(parts.adapter(), parts.compute_spec())
        compute.server(ServerSpec(name="server-0", index=0, zone="ap-northeast-2d", user_data=lambda _: parts.out("")))

    with pytest.raises(
        ValueError, match="no private subnet in zone ap-northeast-2d; there are subnets in ap-northeast-2a"
    ):
        record(program)


def test_packed_user_data_is_the_same_for_the_same_text() -> None:
    assert pack("#cloud-config\n", "n") == pack("#cloud-config\n", "n")


def test_user_data_beyond_the_limit_is_refused_with_the_node_the_excess_and_the_remedy() -> None:
    noise = random.Random(3).randbytes(MAX_BYTES * 2).hex()
    with pytest.raises(
        UserDataTooLongError, match=r"user data of server-1 has [\d,]+ bytes.*more than EC2 takes: use a golden image"
    ):
        pack(noise, "server-1")


def test_the_limit_counts_before_base64() -> None:
    noise = random.Random(3).randbytes(8_000).hex()
    packed = pack(noise, "n")
    assert len(base64.b64decode(packed)) <= MAX_BYTES


@pytest.mark.parametrize("stack_name", ["aws-test", parts.LONGEST_STACK_NAME])
def test_tags_of_a_server_fit_into_what_aws_takes(stack_name: str) -> None:
    adapter = parts.adapter(stack_name, tags={f"tag-{n}": "x" for n in range(20)})
    tags = {
        **adapter.tags("compute", "server-0"),
        "role": "server",
        "replace": "requested",
        "kubernetes.io/cluster/um-7f3a": "owned",
    }
    assert len(tags) <= 50
    assert all(len(k) <= 128 and len(v) <= 256 for k, v in tags.items())

"""Instances, their volumes and interfaces."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.network import address_is_free
from sandbox.simulators.aws.shared import (
    INSTANCE,
    INSTANCE_PROFILE,
    SUBNET,
    SUBNET_NEED,
    VOLUME,
    account,
    always,
    ec2_arn,
    ec2_id,
    free_address,
    groups_need,
    internal_domain,
    region,
    tags_all,
)
from sandbox.simulators.definition import (
    Making,
    Need,
    ResourceType,
    Unique,
    conflicts,
    one_of,
    within,
)

USER_DATA_LIMIT: Final = 16_384
"""Bytes of user data before base64."""
PROFILE_NEED: Final = Need(
    "iamInstanceProfile",
    INSTANCE_PROFILE,
    "InvalidParameterValue: Value ({id}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
    holds=False,
)
_VOLUME_TYPES: Final = ("standard", "gp2", "gp3", "io1", "io2", "sc1", "st1")


def _user_data(inputs: PropertyMap) -> Iterable[CheckFailure]:
    plain, encoded = inputs.get("userData"), inputs.get("userDataBase64")
    if isinstance(plain, str) and len(plain.encode()) > USER_DATA_LIMIT:
        yield _too_long("userData", len(plain.encode()))
    if isinstance(encoded, str):
        yield from encoded_user_data("userDataBase64", encoded)


def encoded_user_data(key: str, value: str) -> Iterable[CheckFailure]:
    """What is wrong with user data in base64."""
    try:
        size = len(b64decode(value, validate=True))
    except (Base64Error, ValueError):
        yield CheckFailure(key, f"InvalidUserData.Malformed: {key} must be base64 encoded")
        return
    if size > USER_DATA_LIMIT:
        yield _too_long(key, size)


def _too_long(key: str, size: int) -> CheckFailure:
    return CheckFailure(
        key, f"expected length of {key} before base64 to be at most {USER_DATA_LIMIT} bytes, got {size}"
    )


def _image_and_type(inputs: PropertyMap) -> Iterable[CheckFailure]:
    for key in ("ami", "instanceType"):
        if inputs.get(key) is None and inputs.get("launchTemplate") is None:
            yield CheckFailure(key, f'"{key}": one of `{key},launch_template` must be specified')


def _replaced_by_user_data(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    if new.get("userDataReplaceOnChange") is True:
        yield from (key for key in ("userData", "userDataBase64") if old.get(key) != new.get(key))


def _private_dns(m: Making) -> str:
    kind = (m.get("privateDnsNameOptions") or {}).get("hostnameType")
    kind = kind or m.thing(SUBNET, m.get("subnetId")).get("privateDnsHostnameTypeOnLaunch")
    host = m.id if kind == "resource-name" else "ip-" + _private_ip(m).replace(".", "-")
    return f"{host}.{internal_domain(m.region)}"


def _private_ip(m: Making) -> str:
    return str(m.get("privateIp") or m.kept("privateIp", lambda: free_address(m, m.get("subnetId"), "instance")))


def _root_device(m: Making) -> dict[str, Any]:
    given = m.get("rootBlockDevice", {})
    device = {
        "deviceName": "/dev/sda1",
        "volumeId": f"vol-0{m.hex(16, 'root')}",
        "deleteOnTermination": True,
        "encrypted": False,
        "volumeSize": 8,
        "volumeType": "gp3",
        "iops": 3000,
        "throughput": 125,
    }
    return {**device, **given}


def _zone(m: Making) -> str:
    subnet = m.get("subnetId")
    nowhere = "" if subnet else f"{m.region}a"  # the zone of a subnet that was there before is its owner's to know
    return str(m.get("availabilityZone") or m.thing(SUBNET, subnet).get("availabilityZone") or nowhere)


def _same_vpc(m: Making) -> None:
    """The security groups of an instance are in the VPC of its subnet."""
    vpc = m.thing(SUBNET, m.get("subnetId")).get("vpcId")
    for group in m.get("vpcSecurityGroupIds", []):
        theirs = m.thing("aws:ec2/securityGroup:SecurityGroup", group).get("vpcId")
        if vpc and theirs and theirs != vpc:
            raise ProviderError(
                f"InvalidParameter: Security group {group} and subnet {m.get('subnetId')} belong to different networks."
            )


def _attachable(m: Making) -> None:
    volume, instance = m.thing(VOLUME, m["volumeId"]), m.thing(INSTANCE, m["instanceId"])
    if (
        volume.get("availabilityZone")
        and instance.get("availabilityZone")
        and volume["availabilityZone"] != instance["availabilityZone"]
    ):
        raise ProviderError(
            f"InvalidVolume.ZoneMismatch: The volume '{m['volumeId']}' is not in the same availability zone as instance '{m['instanceId']}'"
        )


def _never_smaller(m: Making) -> None:
    before, now = (m.previous or {}).get("size"), m.get("size")
    if isinstance(before, int | float) and isinstance(now, int | float) and now < before:
        raise ProviderError(
            f"InvalidParameterValue: New size cannot be smaller than existing size: {before} GiB to {now} GiB"
        )


def _volume_input(inputs: PropertyMap) -> Iterable[CheckFailure]:
    if inputs.get("size") is None and inputs.get("snapshotId") is None:
        yield CheckFailure("size", '"size": one of `size,snapshot_id` must be specified')
    if inputs.get("throughput") is not None and inputs.get("type") not in ("gp3", None):
        yield CheckFailure("throughput", f"throughput must not be set when type is {inputs.get('type')}")


TYPES: Final[dict[str, ResourceType]] = {
    INSTANCE: ResourceType(
        id=ec2_id("i"),
        outputs={
            "arn": ec2_arn("instance"),
            "availabilityZone": _zone,
            "instanceState": always("running"),
            "instanceLifecycle": always(""),
            "primaryNetworkInterfaceId": lambda m: f"eni-0{m.hex(16, 'eni')}",
            "privateIp": _private_ip,
            "privateDns": _private_dns,
            "publicDns": always(""),
            "publicIp": lambda m: seeds.public_address(m.id) if m.get("associatePublicIpAddress") else "",
            "passwordData": always(""),
            "outpostArn": always(""),
            "spotInstanceRequestId": always(""),
            "securityGroups": always([]),
            "secondaryPrivateIps": always([]),
            "ebsBlockDevices": always([]),
            "rootBlockDevice": _root_device,
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"getPasswordData": False, "sourceDestCheck": True, "userDataReplaceOnChange": False},
        replaces=(
            "ami",
            "subnetId",
            "privateIp",
            "availabilityZone",
            "keyName",
            "associatePublicIpAddress",
            "ebsOptimized",
            "placementGroup",
            "placementGroupId",
            "tenancy",
            "hibernation",
            "cpuOptions",
            "privateDnsNameOptions",
            "launchTemplate",
            "rootBlockDevice.encrypted",
            "rootBlockDevice.kmsKeyId",
            "ebsBlockDevices",
            "hostId",
            "networkInterfaces",
            "ephemeralBlockDevices",
            "enclaveOptions",
            "securityGroups",
            "secondaryNetworkInterfaces",
            "primaryNetworkInterface",
        ),
        replaces_if=_replaced_by_user_data,
        checks=(
            _user_data,
            conflicts("userData", "userDataBase64"),
            conflicts("vpcSecurityGroupIds", "networkInterfaces"),
            _image_and_type,
            one_of("metadataOptions.httpTokens", "optional", "required"),
            one_of("metadataOptions.httpEndpoint", "enabled", "disabled"),
            one_of("metadataOptions.instanceMetadataTags", "enabled", "disabled"),
            one_of("rootBlockDevice.volumeType", *_VOLUME_TYPES),
            within("metadataOptions.httpPutResponseHopLimit", 1, 64),
            one_of("privateDnsNameOptions.hostnameType", "ip-name", "resource-name"),
        ),
        needs=(SUBNET_NEED, groups_need("vpcSecurityGroupIds"), PROFILE_NEED),
        admits=(address_is_free, _same_vpc),
    ),
    VOLUME: ResourceType(
        id=ec2_id("vol"),
        outputs={
            "arn": ec2_arn("volume"),
            "createTime": always("2026-01-01T00:00:00Z"),
            "iops": lambda m: 3000 if m.get("type", "gp2") == "gp3" else 100,
            "throughput": lambda m: 125 if m.get("type", "gp2") == "gp3" else 0,
            "kmsKeyId": always(""),
            "snapshotId": always(""),
            "type": always("gp2"),
            "encrypted": always(False),
            "size": always(8),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"finalSnapshot": False},
        replaces=("availabilityZone", "encrypted", "kmsKeyId", "snapshotId", "multiAttachEnabled", "outpostArn"),
        checks=(
            _volume_input,
            one_of("type", *_VOLUME_TYPES),
            within("size", 1, 65_536),
            within("throughput", 125, 2000),
        ),
        admits=(_never_smaller,),
        in_use="VolumeInUse: Volume {id} is currently attached to {users}",
    ),
    "aws:ec2/volumeAttachment:VolumeAttachment": ResourceType(
        id=lambda m: f"vai-{seeds.number(4_294_967_295, m['deviceName'], m['instanceId'], m['volumeId'])}",
        outputs={"region": region},
        replaces=("deviceName", "instanceId", "volumeId"),
        needs=(
            Need("volumeId", VOLUME, "InvalidVolume.NotFound: The volume '{id}' does not exist."),
            Need(
                "instanceId", INSTANCE, "InvalidInstanceID.NotFound: The instance ID '{id}' does not exist", holds=False
            ),
        ),
        unique=(
            Unique(
                lambda m: ("volume", m["volumeId"]), "VolumeInUse: the volume is already attached to an instance: {id}"
            ),
            Unique(
                lambda m: (m["instanceId"], m["deviceName"]),
                "InvalidParameterValue: Invalid value for unixDevice. Attachment point is already in use: {id}",
            ),
        ),
        admits=(_attachable,),
        delete_first=True,
    ),
    "aws:ebs/encryptionByDefault:EncryptionByDefault": ResourceType(
        id=lambda m: f"terraform-{m.hex(26)}", defaults={"enabled": True}
    ),
    "aws:ec2/networkInterface:NetworkInterface": ResourceType(
        id=ec2_id("eni"),
        outputs={
            "arn": ec2_arn("network-interface"),
            "ownerId": account,
            "privateIp": lambda m: m.kept("privateIp", lambda: free_address(m, m["subnetId"], "eni")),
            "macAddress": lambda m: "02:" + ":".join(m.hex(10, "mac")[n : n + 2] for n in range(0, 10, 2)),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("subnetId", "interfaceType"),
        needs=(SUBNET_NEED, groups_need("securityGroups")),
    ),
}

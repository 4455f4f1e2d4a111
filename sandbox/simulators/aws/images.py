"""Machine images, and the key pairs that are put on instances."""

from __future__ import annotations

from typing import Final

from sandbox.simulators import seeds
from sandbox.simulators.aws.shared import (
    account,
    always,
    arn,
    ec2_id,
    region,
    tags_all,
)
from sandbox.simulators.definition import (
    NameRule,
    ResourceType,
)

TYPES: Final[dict[str, ResourceType]] = {
    "aws:ec2/amiCopy:AmiCopy": ResourceType(
        id=ec2_id("ami"),
        outputs={
            "arn": lambda m: f"arn:{m.partition}:ec2:{m.region}::image/{m.id}",
            "ownerId": account,
            "architecture": always("x86_64"),
            "rootDeviceName": always("/dev/sda1"),
            "rootSnapshotId": lambda m: f"snap-0{m.hex(16, 'snap')}",
            "virtualizationType": always("hvm"),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"encrypted": False},
        replaces=("sourceAmiId", "sourceAmiRegion", "encrypted", "kmsKeyId", "destinationOutpostArn"),
        name=NameRule(most=128, least=3),
    ),
    "aws:ec2/keyPair:KeyPair": ResourceType(
        id=lambda m: m.get("keyName"),
        outputs={
            "arn": lambda m: arn(m, "ec2", f"key-pair/{m['keyName']}"),
            "fingerprint": lambda m: ":".join(seeds.hexadecimal(2, m["publicKey"], n) for n in range(16)),
            "keyPairId": lambda m: f"key-0{m.hex(16, 'key')}",
            "keyType": lambda m: "ed25519" if str(m["publicKey"]).startswith("ssh-ed25519") else "rsa",
            "keyNamePrefix": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("publicKey",),
        name=NameRule("keyName", most=255, alternatives=("keyNamePrefix",)),
    ),
}

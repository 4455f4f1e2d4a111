"""What a concern of the adapter is given in its tests: a stack, the adapter, and records of the concerns before it."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pulumi

from adapters.aws.adapter import AwsAdapter
from adapters.flows import OUTSIDE, Party
from adapters.records import (
    BucketRecord,
    FirewallRecord,
    FrontRecord,
    ImageRecord,
    KeyRecord,
    NetworkRecord,
    NodeIdentityRecord,
    SubnetRecord,
    ZoneRecord,
    ZonesRecord,
)
from adapters.specs import ComputeSpec
from config.model import StackConfig

ZONES = ("ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c")
LONGEST_STACK_NAME = "a" + "b" * 39


def out(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)


def stack(**sections: Any) -> StackConfig:
    """A stack with the defaults of the model; keyword arguments replace whole sections."""
    given: dict[str, Any] = {
        "apiVersion": 1,
        "project": {"customer": "acme", "environment": "prod"},
        "cloud": {"csp": "aws", "region": "ap-northeast-2", "account": "123456789012"},
        "dns": {"domain": "acme.example"},
    }
    return StackConfig.model_validate({**given, **sections})


def adapter(stack_name: str = "aws-test", **sections: Any) -> AwsAdapter:
    return AwsAdapter(stack(**sections), stack_name)


def _subnets(tier: str, base: int) -> tuple[SubnetRecord, ...]:
    return tuple(
        SubnetRecord(id=out(f"subnet-{tier}-{zone}"), zone=zone, cidr=IPv4Network(f"10.0.{base + 32 * n}.0/19"))
        for n, zone in enumerate(ZONES)
    )


def network(*, adopted: bool = False, egress: tuple[pulumi.Resource, ...] = ()) -> NetworkRecord:
    private = _subnets("private", 0)
    if adopted:
        private = tuple(SubnetRecord(id=s.id, zone=s.zone, cidr=None) for s in private)
    return NetworkRecord(
        id=out("vpc-1"),
        cidr=IPv4Network("10.0.0.0/16"),
        zones=ZONES,
        public=_subnets("public", 128),
        private=private,
        data=(),
        egress_addresses=(),
        egress=egress,
    )


def firewall() -> FirewallRecord:
    return FirewallRecord(
        groups={p: out(f"sg-{p.value}") for p in Party if p not in OUTSIDE}, rules=dict.fromkeys(Party, ())
    )


def key(purpose: str = "disks") -> KeyRecord:
    return KeyRecord(id=out(f"{purpose}-key"), arn=out(f"arn:aws:kms:ap-northeast-2:123456789012:key/{purpose}"))


def bucket() -> BucketRecord:
    return BucketRecord(
        name=out("um-aws-test-backups-1234"),
        arn=out("arn:aws:s3:::um-aws-test-backups-1234"),
        endpoint=out("s3.ap-northeast-2.amazonaws.com"),
        region="ap-northeast-2",
    )


def compute_spec(image: str = "ami-1", *, adopted: bool = False, **more: Any) -> ComputeSpec:
    identities = {
        role: NodeIdentityRecord(
            name=out(f"um-aws-test-{role}"), principal=out(f"arn:aws:iam::123456789012:role/{role}")
        )
        for role in ("server", "agent")
    }
    return ComputeSpec(
        cluster_id=out("um-7f3a"),
        network=more.pop("network", None) or network(adopted=adopted),
        firewall=firewall(),
        disk_key=key(),
        image=ImageRecord(id=out(image), source="pinned", golden=False),
        identities=identities,
    )


def zones(*, delegated: bool, private: bool = True) -> ZonesRecord:
    public = ZoneRecord(id=out("ZPUBLIC"), name="acme.example", private=False, delegated=delegated, name_servers=None)
    inside = ZoneRecord(id=out("ZPRIVATE"), name="acme.example", private=True, delegated=True, name_servers=None)
    return ZonesRecord(public=public, private=inside if private else None)


def front(name: Any = "public") -> FrontRecord:
    return FrontRecord(
        name=name,
        id=out(f"arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/front-{name}/1"),
        address=out(f"front-{name}.ap-northeast-2.elb.amazonaws.com"),
        zone_alias=out("ZALB"),
        https=True,
    )

"""What AWS refuses in a stack file, told before anything is asked of AWS: pure functions of the stack.

Whether the account has what is named (a subnet, an image, a quota, an instance type in a zone) only AWS knows; that shows in the
preview or in `um verify`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from adapters.aws import autoscaler_tags, cloud_controller, sizes
from adapters.aws.firewall_limits import RULES_MAX, rule_counts
from adapters.aws.zones import ZONE_LETTERS, is_zone_of, region_zones
from adapters.flows import OUTSIDE, Party, flows, ranges
from config import effective
from config.problems import Path, Problem

if TYPE_CHECKING:
    from config.model import StackConfig

_ACCOUNT: Final = re.compile(r"\d{12}")
_ARN_ACCOUNT: Final = re.compile(r"arn:aws:iam::(\d{12}):.+")
_HOSTED_ZONE: Final = re.compile(r"Z[A-Z0-9]{8,31}")
_ID: Final = "[0-9a-f]{8}(?:[0-9a-f]{9})?"
_L7_ZONES_MIN: Final = 2
"""An Application Load Balancer stands in two zones or more."""
_OTHER_PARTITIONS: Final = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")


def problems(stack: StackConfig) -> list[Problem]:
    """Everything at once, in the order of the stack file."""
    return [
        *_cloud(stack),
        *_zones(stack),
        *_adopted(stack),
        *cloud_controller.problems(stack),
        *sizes.problems(stack),
        *autoscaler_tags.problems(stack),
        *_ids(stack),
        *_dnssec(stack),
        *_fronts(stack),
        *_rules(stack),
        *_own_section(stack),
    ]


def _cloud(stack: StackConfig) -> Iterator[Problem]:
    account, region = stack.cloud.account, stack.cloud.region
    if not _ACCOUNT.fullmatch(account):
        yield Problem(
            ("cloud", "account"),
            f"{account!r} is not an AWS account id",
            'write its 12 digits in quotes, such as "123456789012"; `aws sts get-caller-identity` says yours',
        )
    if region in ZONE_LETTERS:
        return
    if region.startswith(_OTHER_PARTITIONS):
        fault = f"{region} is in another partition of AWS, without the services that this program needs (CloudFront)"
        yield Problem(("cloud", "region"), fault, "choose a commercial region, such as ap-northeast-2")
        return
    near = get_close_matches(region, ZONE_LETTERS, n=1, cutoff=0.75)
    remedy = f"did you mean {near[0]}?" if near else "write one such as ap-northeast-2"
    yield Problem(("cloud", "region"), f"{region!r} is not an AWS region", remedy)


def _zones(stack: StackConfig) -> Iterator[Problem]:
    zones, region = stack.network.zones, stack.cloud.region
    if region not in ZONE_LETTERS:
        return
    there = region_zones(region)
    if isinstance(zones, int):
        if stack.network.mode == "create" and zones > len(there):
            fault = f"{region} has {len(there)} zones for certain: {', '.join(there)}"
            yield Problem(("network", "zones"), fault, f"write zones: {len(there)}, or name the zones that you see")
        return
    for index, zone in enumerate(zones):
        yield from _zone(("network", "zones", index), zone, region)


def _zone(path: Path, zone: str, region: str) -> Iterator[Problem]:
    if not is_zone_of(zone, region):
        yield Problem(
            path, f"{zone!r} is not an availability zone of {region}", f"write one of {', '.join(region_zones(region))}"
        )


def _adopted(stack: StackConfig) -> Iterator[Problem]:
    adopt = stack.network.adopt
    if adopt is None:
        return
    if not re.fullmatch(f"vpc-{_ID}", adopt.network_id):
        yield Problem(
            ("network", "adopt", "networkId"),
            f"{adopt.network_id!r} is not the id of a VPC",
            "write one such as vpc-0123456789abcdef0; `aws ec2 describe-vpcs` lists them",
        )
    tiers = {"public": adopt.subnets.public, "private": adopt.subnets.private, "data": adopt.subnets.data}
    for tier, subnets in tiers.items():
        for zone, subnet in subnets.items():
            path: Path = ("network", "adopt", "subnets", tier, zone)
            if stack.cloud.region in ZONE_LETTERS:
                yield from _zone(path, zone, stack.cloud.region)
            if not re.fullmatch(f"subnet-{_ID}", subnet):
                yield Problem(
                    path,
                    f"{subnet!r} is not the id of a subnet",
                    "write one such as subnet-0123456789abcdef0; `aws ec2 describe-subnets` lists them",
                )


def _ids(stack: StackConfig) -> Iterator[Problem]:
    image = stack.image.id
    if image is not None and not re.fullmatch(f"ami-{_ID}", image):
        yield Problem(("image", "id"), f"{image!r} is not the id of an AMI", "write one such as ami-0123456789abcdef0")
    for name, zone in (("public", stack.dns.public.zone_id), ("private", stack.dns.private.zone_id)):
        if zone is not None and not _HOSTED_ZONE.fullmatch(zone):
            yield Problem(
                ("dns", name, "zoneId"),
                f"{zone!r} is not the id of a Route 53 hosted zone",
                "write one such as Z0123456789ABCDEFGHIJ; `aws route53 list-hosted-zones` lists them",
            )


def _dnssec(stack: StackConfig) -> Iterator[Problem]:
    if stack.dns.public.dnssec and stack.dns.public.mode != "create":
        yield Problem(
            ("dns", "public", "dnssec"),
            "only a zone that this stack makes can be signed by it",
            "remove dnssec, and sign the zone where it is made",
        )


def _fronts(stack: StackConfig) -> Iterator[Problem]:
    zones = effective.zone_count(stack)
    if zones >= _L7_ZONES_MIN:
        return
    for name, front in (("public", stack.ingress.public), ("internal", stack.ingress.internal)):
        if front.enabled and front.front == "l7":
            yield Problem(
                ("ingress", name, "front"),
                "an l7 front is an Application Load Balancer, which needs two zones, and the network has one",
                f"write zones: 2 below network, or front: l4 below ingress.{name}",
            )


_LISTS: Final[dict[Party, Path]] = {
    Party.API_CLIENTS: ("cluster", "api", "allowList"),
    Party.INGRESS_CLIENTS: ("ingress", "public", "allowList"),
    Party.NETWORK: ("network", "peers"),
}
"""Where the stack file lists the ranges of a party outside the network."""


def _rules(stack: StackConfig) -> Iterator[Problem]:
    """Ranges become rules, and a security group has room for so many of them."""
    table = flows(stack)
    sizes_of = {party: len(ranges(party, stack)) for party in OUTSIDE}
    for (group, direction), count in rule_counts(table, sizes_of).items():
        if count <= RULES_MAX:
            continue
        peers = {f.source if direction == "ingress" else f.target for f in table if group in (f.source, f.target)}
        widest = max(peers & _LISTS.keys(), key=lambda party: sizes_of[party])
        fault = (
            f"{sizes_of[widest]} ranges make {count} rules for {group.value}; AWS allows {RULES_MAX} a security group"
        )
        yield Problem(
            _LISTS[widest], fault, "sum ranges up into wider ones, or have the quota raised and split the list"
        )


def _own_section(stack: StackConfig) -> Iterator[Problem]:
    if stack.aws is None:
        return
    arns = {"assumeRoleArn": stack.aws.assume_role_arn, "permissionsBoundaryArn": stack.aws.permissions_boundary_arn}
    for key, arn in arns.items():
        if arn is None:
            continue
        found = _ARN_ACCOUNT.fullmatch(arn)
        if found is None or found[1] != stack.cloud.account:
            yield Problem(
                ("aws", key),
                f"{arn} is not in account {stack.cloud.account}, which this stack is for",
                "name one of that account, or change cloud.account",
            )

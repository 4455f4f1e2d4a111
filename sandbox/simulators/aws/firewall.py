"""Security groups and their rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators.aws.shared import (
    SECURITY_GROUP,
    VPC_NEED,
    account,
    always,
    arn,
    ec2_arn,
    ec2_id,
    groups_need,
    issued,
    own_id,
    region,
    tags_all,
)
from sandbox.simulators.definition import Making, NameRule, Need, ResourceType, Unique, exactly_one, one_of, within

_SOURCES: Final = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
_RULES_PER_DIRECTION: Final = 60
_LONGEST_DESCRIPTION: Final = 255
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def _ports(inputs: PropertyMap) -> Iterable[CheckFailure]:
    low, high, protocol = inputs.get("fromPort"), inputs.get("toPort"), inputs.get("ipProtocol")
    if protocol == "-1" and (low is not None or high is not None):
        yield CheckFailure("fromPort", 'ports cannot be given with ipProtocol "-1" (all protocols)')
    elif protocol in {"tcp", "udp", "6", "17"} and (low is None or high is None):
        yield CheckFailure("fromPort", f"fromPort and toPort are required with ipProtocol {protocol}")
    elif (
        isinstance(low, int | float)
        and isinstance(high, int | float)
        and protocol not in {"icmp", "icmpv6"}
        and low > high
    ):
        yield CheckFailure("fromPort", f"fromPort {low} is above toPort {high}")


def _description(inputs: PropertyMap) -> Iterable[CheckFailure]:
    text = inputs.get("description")
    if isinstance(text, str) and (
        len(text) > _LONGEST_DESCRIPTION
        or not all(c.isascii() and (c.isalnum() or c in " ._-:/()#,@[]+=&;{}!$*") for c in text)
    ):
        words = "Invalid security group description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        yield CheckFailure("description", words)


def _rule(m: Making) -> Any:
    return tuple(m.get(name) for name in ("securityGroupId", "ipProtocol", "fromPort", "toPort", *_SOURCES))


def _room(m: Making) -> None:
    group = m["securityGroupId"]
    rules = m.world.mentioning(SECURITY_GROUP, group, m.type)
    others = sum(1 for rule in rules if rule.id != m.id and rule.properties.get("securityGroupId") == group)
    if others >= _RULES_PER_DIRECTION:
        raise ProviderError(
            f"RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached: {group}"
        )


def _rule_type(direction: str) -> ResourceType:
    return ResourceType(
        id=ec2_id("sgr"),
        outputs={
            "arn": lambda m: arn(m, "ec2", f"security-group-rule/{m.id}"),
            "securityGroupRuleId": own_id,
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("securityGroupId",),
        checks=(
            _ports,
            _description,
            exactly_one(*_SOURCES),
            within("fromPort", -1, 65535),
            within("toPort", -1, 65535),
        ),
        needs=(
            Need("securityGroupId", SECURITY_GROUP, groups_need("").error, holds=False),
            groups_need("referencedSecurityGroupId"),
        ),
        unique=(Unique(_rule, f"InvalidPermission.Duplicate: the specified {direction} rule already exists: {{id}}"),),
        admits=(_room,),
    )


TYPES: Final[dict[str, ResourceType]] = {
    SECURITY_GROUP: ResourceType(
        id=ec2_id("sg"),
        outputs={
            "arn": ec2_arn("security-group"),
            "ownerId": account,
            "ingress": always([]),
            "egress": always([]),
            "namePrefix": always(""),
            "vpcId": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"revokeRulesOnDelete": False},
        replaces=("description", "vpcId"),
        name=NameRule(
            most=255, pattern=r"(?!sg-)[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*", words='it cannot begin with "sg-"'
        ),
        checks=(_description,),
        needs=(VPC_NEED,),
        unique=(
            Unique(
                lambda m: (m.get("vpcId"), m["name"]),
                "InvalidGroup.Duplicate: The security group '{name}' already exists in the VPC",
            ),
        ),
        in_use="DependencyViolation: resource {id} has a dependent object: {users}",
    ),
    INGRESS: _rule_type("ingress"),
    EGRESS: _rule_type("egress"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ResourceType(
        id=lambda m: (
            m.thing("aws:ec2/vpc:Vpc", m.get("vpcId")).get("defaultSecurityGroupId")
            or issued(f"sg-0{m.hex(12, 'default')}")
        ),
        outputs={
            "arn": ec2_arn("security-group"),
            "ownerId": account,
            "name": always("default"),
            "description": always("default VPC security group"),
            "namePrefix": always(""),
            "ingress": always([]),
            "egress": always([]),
            "vpcId": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("vpcId",),
        needs=(Need("vpcId", "aws:ec2/vpc:Vpc", VPC_NEED.error, holds=False),),
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": ResourceType(
        id=lambda m: f"sgrule-{m.hex(8)}",
        replaces=("*",),
        checks=(one_of("type", "ingress", "egress"),),
        needs=(groups_need("securityGroupId"), groups_need("sourceSecurityGroupId")),
    ),
}

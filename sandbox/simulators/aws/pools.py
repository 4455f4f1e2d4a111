"""Pools of instances: launch templates, Auto Scaling groups and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sandbox.provider import CheckFailure, PropertyMap
from sandbox.simulators import seeds
from sandbox.simulators.aws.compute import PROFILE_NEED, encoded_user_data
from sandbox.simulators.aws.shared import (
    GROUP,
    INSTANCE_PROFILE,
    LAUNCH_TEMPLATE,
    SUBNET,
    TARGET_GROUP,
    always,
    arn,
    ec2_arn,
    ec2_id,
    groups_need,
    region,
    subnets_need,
    tags_all,
)
from sandbox.simulators.definition import (
    Making,
    NameRule,
    Need,
    ResourceType,
    Unique,
    exactly_one,
    one_of,
    within,
)
from sandbox.simulators.difference import changed_paths

_TEMPLATE_ERROR: Final = (
    "InvalidLaunchTemplateId.NotFoundException: The specified launch template, with template ID {id}, does not exist."
)


def _template_user_data(inputs: PropertyMap) -> Iterable[CheckFailure]:
    encoded = inputs.get("userData")
    if isinstance(encoded, str):
        yield from encoded_user_data("userData", encoded)


def _version(m: Making) -> int:
    if m.previous is None:
        return 1
    before = int(m.previous.get("latestVersion") or 1)
    ignored = {"tags", "updateDefaultVersion", "defaultVersion", "name"}
    inputs = {k: v for k, v in m.inputs.items() if k not in ignored}
    old = {k: m.previous.get(k) for k in inputs}
    return before + 1 if any(changed_paths(old, inputs)) else before


def _default_version(m: Making) -> int:
    if m.get("updateDefaultVersion") is True:
        return _version(m)
    return int(m.get("defaultVersion") or (m.previous or {}).get("defaultVersion") or 1)


def _group_sizes(inputs: PropertyMap) -> Iterable[CheckFailure]:
    low, high, wanted = inputs.get("minSize"), inputs.get("maxSize"), inputs.get("desiredCapacity")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return
    if low > high:
        yield CheckFailure(
            "minSize", f"ValidationError: Max bound, {high}, must be greater than or equal to min bound, {low}"
        )
    elif isinstance(wanted, int | float) and not low <= wanted <= high:
        yield CheckFailure(
            "desiredCapacity",
            f"ValidationError: Desired capacity:{wanted} must be between the specified min size:{low} and max size:{high}",
        )


def _group_zones(m: Making) -> list[str]:
    zones = {m.thing(SUBNET, subnet).get("availabilityZone") for subnet in m.get("vpcZoneIdentifiers", [])}
    return sorted(zone for zone in zones if isinstance(zone, str))


def _group_arn(m: Making) -> str:
    return arn(
        m, "autoscaling", f"autoScalingGroup:{seeds.uuid(m.account, m.region, m.id)}:autoScalingGroupName/{m.id}"
    )


TYPES: Final[dict[str, ResourceType]] = {
    LAUNCH_TEMPLATE: ResourceType(
        id=ec2_id("lt"),
        outputs={
            "arn": ec2_arn("launch-template"),
            "latestVersion": _version,
            "defaultVersion": _default_version,
            "namePrefix": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        name=NameRule(
            most=128, least=3, pattern=r"[a-zA-Z0-9().\-/_]+", words="only letters, digits and ().-/_ are allowed"
        ),
        checks=(
            _template_user_data,
            one_of("metadataOptions.httpTokens", "", "optional", "required"),
            one_of("metadataOptions.httpEndpoint", "", "enabled", "disabled"),
            within("metadataOptions.httpPutResponseHopLimit", 1, 64),
        ),
        needs=(
            groups_need("vpcSecurityGroupIds"),
            Need("iamInstanceProfile.name", INSTANCE_PROFILE, PROFILE_NEED.error, holds=False),
        ),
        unique=(
            Unique(
                lambda m: (m.account, m.region, m["name"]),
                "InvalidLaunchTemplateName.AlreadyExistsException: Launch template name {name} is already in use.",
            ),
        ),
        renews=frozenset({"latestVersion"}),
    ),
    GROUP: ResourceType(
        outputs={
            "arn": _group_arn,
            "availabilityZones": _group_zones,
            "desiredCapacity": lambda m: m.kept("desiredCapacity", lambda: m["minSize"]),
            "defaultCooldown": always(300),
            "healthCheckType": always("EC2"),
            "namePrefix": always(""),
            "launchConfiguration": always(""),
            "loadBalancers": always([]),
            "targetGroupArns": always([]),
            "trafficSources": always([]),
            "predictedCapacity": always(0),
            "warmPoolSize": always(0),
            "serviceLinkedRoleArn": lambda m: arn(
                m, "iam", "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", region=False
            ),
            "vpcZoneIdentifiers": always([]),
            "region": region,
        },
        defaults={
            "forceDelete": False,
            "healthCheckGracePeriod": 300,
            "metricsGranularity": "1Minute",
            "protectFromScaleIn": False,
        },
        name=NameRule(most=255, pattern=r"[^:]+", words="it cannot contain a colon"),
        checks=(
            _group_sizes,
            exactly_one("launchTemplate", "mixedInstancesPolicy", "launchConfiguration"),
            one_of("healthCheckType", "EC2", "ELB"),
        ),
        needs=(
            subnets_need("vpcZoneIdentifiers"),
            Need("launchTemplate.id", LAUNCH_TEMPLATE, _TEMPLATE_ERROR, holds=False),
            Need(
                "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId",
                LAUNCH_TEMPLATE,
                _TEMPLATE_ERROR,
                holds=False,
            ),
            Need(
                "targetGroupArns",
                TARGET_GROUP,
                "ValidationError: Provided Target Groups may not be valid: {id}",
                holds=False,
            ),
        ),
        unique=(
            Unique(
                lambda m: (m.account, m.region, m["name"]),
                "AlreadyExists: AutoScalingGroup by this name already exists - A group with the name {name} already exists",
            ),
        ),
    ),
    "aws:autoscaling/attachment:Attachment": ResourceType(
        id=lambda m: f"{m['autoscalingGroupName']}-{m.hex(26)}",
        outputs={"region": region},
        replaces=("autoscalingGroupName", "elb", "lbTargetGroupArn"),
        checks=(exactly_one("elb", "lbTargetGroupArn"),),
        needs=(
            Need("autoscalingGroupName", GROUP, "ValidationError: AutoScalingGroup name not found - {id}", holds=False),
            Need(
                "lbTargetGroupArn",
                TARGET_GROUP,
                "ValidationError: Provided Target Groups may not be valid: {id}",
                holds=False,
            ),
        ),
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": ResourceType(
        id=lambda m: m["name"],
        outputs={"region": region},
        replaces=("autoscalingGroupName",),
        name=NameRule(most=255, pattern=r"[A-Za-z0-9\-_/]+", words="no spaces or special characters except - _ and /"),
        needs=(
            Need("autoscalingGroupName", GROUP, "ValidationError: AutoScalingGroup name not found - {id}", holds=False),
        ),
    ),
}

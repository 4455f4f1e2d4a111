"""Flow logs; CloudWatch's log groups, their policies, alarms; SNS topics for the alarms."""

from __future__ import annotations

from typing import Final

from sandbox.simulators.aws.identity import policy_document
from sandbox.simulators.aws.shared import VPC, VPC_NEED, account, always, arn, ec2_arn, ec2_id, own_id, region, tags_all
from sandbox.simulators.definition import NameRule, Need, ResourceType, Unique, one_of

_RETENTIONS: Final = (
    0,
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)

TYPES: Final[dict[str, ResourceType]] = {
    "aws:ec2/flowLog:FlowLog": ResourceType(
        id=ec2_id("fl"),
        outputs={
            "arn": ec2_arn("vpc-flow-log"),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
        replaces=(
            "vpcId",
            "subnetId",
            "eniId",
            "trafficType",
            "logDestination",
            "logDestinationType",
            "logFormat",
            "maxAggregationInterval",
            "iamRoleArn",
            "destinationOptions",
            "deliverCrossAccountRole",
            "transitGatewayId",
        ),
        checks=(
            one_of("trafficType", "ACCEPT", "REJECT", "ALL"),
            one_of("logDestinationType", "cloud-watch-logs", "s3", "kinesis-data-firehose"),
            one_of("maxAggregationInterval", 60, 600),
        ),
        needs=(Need("vpcId", VPC, VPC_NEED.error, holds=False),),
    ),
    "aws:cloudwatch/logGroup:LogGroup": ResourceType(
        outputs={
            "arn": lambda m: arn(m, "logs", f"log-group:{m['name']}"),
            "namePrefix": always(""),
            "logGroupClass": always("STANDARD"),
            "deletionProtectionEnabled": always(False),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"retentionInDays": 0, "skipDestroy": False},
        replaces=("logGroupClass",),
        name=NameRule(most=512, pattern=r"[.\-_/#A-Za-z0-9]+", words="letters, digits and .-_/# only"),
        checks=(
            one_of("retentionInDays", *_RETENTIONS),
            one_of("logGroupClass", "STANDARD", "INFREQUENT_ACCESS", "DELIVERY"),
        ),
        unique=(
            Unique(
                lambda m: (m.account, m.region, m["name"]),
                "ResourceAlreadyExistsException: The specified log group already exists: {name}",
            ),
        ),
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ResourceType(
        id=lambda m: m.get("policyName") or m.hex(26),
        outputs={"policyScope": always("ACCOUNT"), "revisionId": always(""), "region": region},
        replaces=("policyName",),
        checks=(policy_document("policyDocument", 5120),),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ResourceType(
        outputs={"arn": lambda m: arn(m, "cloudwatch", f"alarm:{m['name']}"), "region": region, "tagsAll": tags_all},
        defaults={"actionsEnabled": True, "treatMissingData": "missing"},
        name=NameRule("name", most=255),
    ),
    "aws:sns/topic:Topic": ResourceType(
        id=lambda m: arn(m, "sns", m["name"]),
        outputs={
            "arn": own_id,
            "owner": account,
            "beginningArchiveTime": always(""),
            "namePrefix": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("fifoTopic",),
        name=NameRule(
            most=256, pattern=r"[A-Za-z0-9_-]+(\.fifo)?", words="letters, digits, hyphens and underscores only"
        ),
    ),
}

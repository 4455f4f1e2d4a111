"""The VPC's flow logs: accepted and refused traffic, into an encrypted log group, by a role that can write nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import cloudwatch, ec2, iam

from adapters.aws.documents import allow, document, trust
from adapters.options import child

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter


def record_flows(adapter: AwsAdapter, parent: pulumi.Resource, vpc: ec2.Vpc, retention_days: int) -> None:
    """Makes the log group, the role and the flow log of one VPC."""
    options = child(parent, adapter.provider)
    name = adapter.log_group("flow-logs")
    group = cloudwatch.LogGroup(
        "flow-logs",
        name=name,
        retention_in_days=retention_days,
        kms_key_id=adapter.logs_key.arn,
        tags=adapter.tags("network", "flow-logs"),
        opts=options,
    )
    here = f"{adapter.region}:{adapter.account}"
    role = iam.Role(
        "flow-logs",
        name=adapter.physical("flow-logs", 64),
        assume_role_policy=document(
            [
                trust(
                    {"Service": "vpc-flow-logs.amazonaws.com"},
                    "sts:AssumeRole",
                    {
                        "StringEquals": {"aws:SourceAccount": adapter.account},
                        "ArnLike": {"aws:SourceArn": f"arn:{adapter.partition}:ec2:{here}:vpc-flow-log/*"},
                    },
                )
            ]
        ),
        permissions_boundary=adapter.permissions_boundary,
        tags=adapter.tags("network", "flow-logs"),
        opts=options,
    )
    policy = iam.RolePolicy(
        "flow-logs",
        role=role.id,
        policy=document(
            [
                allow("Find", ["logs:DescribeLogGroups"], f"arn:{adapter.partition}:logs:{here}:log-group:*"),
                allow(
                    "Write",
                    ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    f"arn:{adapter.partition}:logs:{here}:log-group:{name}:*",
                ),
            ]
        ),
        opts=options,
    )
    ec2.FlowLog(
        "flow-logs",
        vpc_id=vpc.id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=60,
        tags=adapter.tags("network", "flow-logs"),
        opts=child(parent, adapter.provider, depends_on=[policy]),
    )

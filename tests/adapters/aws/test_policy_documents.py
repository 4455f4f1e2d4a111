"""A lint over every policy document that is planned: exact actions, narrow resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.aws.key_policies import key_policy, logs_policy
from tests.adapters.aws.layers import default_layers, documents

IDENTITY_TYPES = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy")
RESOURCE_TYPES = ("aws:kms/key:Key", "aws:s3/bucketPolicy:BucketPolicy")

WITHOUT_RESOURCES = frozenset(
    """
autoscaling:DescribeAutoScalingGroups autoscaling:DescribeAutoScalingInstances autoscaling:DescribeLaunchConfigurations
autoscaling:DescribeScalingActivities autoscaling:DescribeTags
ec2:DescribeAvailabilityZones ec2:DescribeImages ec2:DescribeInstanceTopology ec2:DescribeInstanceTypes
ec2:DescribeInstances ec2:DescribeLaunchTemplateVersions ec2:DescribeRegions ec2:DescribeRouteTables
ec2:DescribeSecurityGroups ec2:DescribeSnapshots ec2:DescribeSubnets ec2:DescribeTags ec2:DescribeVolumeStatus
ec2:DescribeVolumes ec2:DescribeVolumesModifications ec2:DescribeVpcs ec2:GetInstanceTypesFromInstanceRequirements
ec2messages:AcknowledgeMessage ec2messages:DeleteMessage ec2messages:FailMessage ec2messages:GetEndpoint
ec2messages:GetMessages ec2messages:SendReply
ecr:GetAuthorizationToken
elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeLoadBalancerAttributes
elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeTargetGroupAttributes
elasticloadbalancing:DescribeTargetGroups elasticloadbalancing:DescribeTargetHealth
route53:ListHostedZones
ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel
""".split()  # noqa: SIM905  read as a table
)
"""Actions that know no resource (Service Authorization Reference): for these alone `*` is all that can be said."""


def _statements(*types: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, content in documents(default_layers().recording, *types):
        for statement in content["Statement"]:
            yield f"{name}/{statement['Sid']}", statement


def faults(statement: dict[str, Any], *, of_resource: bool) -> list[str]:
    """What is wrong with a statement that allows."""
    actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    resources = [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]
    found = [f"{action} is a wildcard" for action in actions if "*" in action or "?" in action]
    if "*" in resources and not of_resource:
        found += [f"{action} on everything" for action in actions if action not in WITHOUT_RESOURCES]
    if of_resource and statement["Principal"] in ("*", {"AWS": "*"}):
        found.append("allowed to everybody")
    return found


@pytest.mark.parametrize(("types", "of_resource"), [(IDENTITY_TYPES, False), (RESOURCE_TYPES, True)])
def test_no_statement_allows_a_wildcard_or_everything(types, of_resource):
    checked = 0
    for name, statement in _statements(*types):
        if statement["Effect"] == "Allow":
            assert faults(statement, of_resource=of_resource) == [], name
            checked += 1
    assert checked > 10


@pytest.mark.parametrize(
    ("statement", "of_resource"),
    [
        ({"Action": ["s3:*"], "Resource": "arn:x"}, False),
        ({"Action": ["s3:Get*"], "Resource": "arn:x"}, False),
        ({"Action": ["kms:Decrypt"], "Resource": "*"}, False),
        ({"Action": ["kms:Decrypt"], "Resource": ["arn:x", "*"]}, False),
        ({"Action": "kms:Decrypt", "Resource": "*", "Principal": "*"}, True),
        ({"Action": "kms:Decrypt", "Resource": "*", "Principal": {"AWS": "*"}}, True),
    ],
)
def test_the_lint_sees_what_is_too_wide(statement, of_resource):
    assert faults(statement, of_resource=of_resource)


def test_an_action_that_knows_resources_is_never_granted_beside_one_that_does_not():
    """`*` for a list of actions is as wide as the widest of them."""
    for name, statement in _statements(*IDENTITY_TYPES):
        known = set(statement["Action"]) & WITHOUT_RESOURCES
        if statement["Resource"] != "*":
            assert not known, name


def test_every_sid_is_legal_and_unique_in_its_document():
    for name, content in documents(default_layers().recording, *IDENTITY_TYPES, *RESOURCE_TYPES):
        sids = [s["Sid"] for s in content["Statement"]]
        assert len(sids) == len(set(sids)), name
        assert all(sid.isalnum() for sid in sids), name


def test_documents_carry_no_output_that_was_turned_to_text():
    for _, content in documents(default_layers().recording, *IDENTITY_TYPES, *RESOURCE_TYPES):
        assert "Output" not in json.dumps(content)


def test_every_trust_policy_names_one_kind_of_principal():
    for role in default_layers().recording.of("aws:iam/role:Role"):
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        (value,) = statement["Principal"].values()
        assert "*" not in value


def test_the_flow_logs_role_cannot_be_lent_to_another_account():
    trusted = json.loads(default_layers().recording.one("aws:iam/role:Role", "flow-logs").inputs["assumeRolePolicy"])
    assert trusted["Statement"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}


def test_key_policies_are_pure_data():
    where = {"partition": "aws", "account": "1" * 12, "region": "eu-west-1"}
    for statements in (key_policy("disks", **where), logs_policy(["/x*"], **where)):
        assert json.loads(json.dumps(statements)) == [{**s, "Action": list(s["Action"])} for s in statements]

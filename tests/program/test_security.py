"""What an auditor would ask of the planned resources, asked of every shape of stack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.program import Program

pytestmark = pytest.mark.xdist_group("program")

TAGLESS = (
    # AWS gives these no tags of their own.
    "Association", "CidrReservation", "ec2/tag:Tag", "Attachment", "Policy", "Rule", "PublicAccessBlock", "Versioning", "Configuration", "Record", "Alias", "SecretVersion",
    "route:Route", "Validation", "BucketOwnershipControls", "BucketObject", "OriginAccessControl", "AccessKey", "HostedZoneDnsSec",
    "KeySigningKey", "ListenerCertificate", "AccountPublicAccessBlock", "AmiLaunchPermission", "BucketMetric",
)  # fmt: skip
NO_RESOURCE_LEVEL = (
    "ec2:Describe", "elasticloadbalancing:Describe", "autoscaling:Describe", "ecr:GetAuthorizationToken", "ssm", "ec2messages:", "route53:ListHostedZones",
    "ssm:UpdateInstanceInformation", "ssmmessages:", "kms:DescribeKey", "logs:Describe",
)  # fmt: skip


def taggable(type_: str) -> bool:
    return type_.startswith("aws:") and not any(part in type_ for part in TAGLESS)


def documents(program: Program) -> list[tuple[str, dict[str, Any]]]:
    """Every identity-based policy document of the plan."""
    found = []
    for type_ in ("aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/policy:Policy"):
        found += [(r.name, json.loads(r.inputs["policy"])) for r in program.of(type_)]
    assert found
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_disk_is_encrypted_with_our_key(program: Program) -> None:
    volumes = program.of("aws:ebs/volume:Volume")
    assert volumes
    for volume in volumes:
        assert volume.inputs["encrypted"] is True
        assert volume.inputs["kmsKeyId"]
    for instance in program.of("aws:ec2/instance:Instance"):
        assert instance.inputs["rootBlockDevice"]["encrypted"] is True
        assert instance.inputs["rootBlockDevice"]["kmsKeyId"]
    for template in program.of("aws:ec2/launchTemplate:LaunchTemplate"):
        for mapping in template.inputs["blockDeviceMappings"]:
            assert str(mapping["ebs"]["encrypted"]).lower() == "true"
            assert mapping["ebs"]["kmsKeyId"]


def test_every_bucket_is_private_encrypted_versioned_and_tls_only(program: Program) -> None:
    buckets = {b.id for b in program.of("aws:s3/bucket:Bucket")}
    assert buckets

    def named(type_: str) -> set[str]:
        return {r.inputs["bucket"] for r in program.of(type_)}

    assert named("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock") == buckets
    assert named("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration") == buckets
    assert named("aws:s3/bucketVersioning:BucketVersioning") == buckets
    for block in program.of("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"):
        assert all(
            block.inputs[k] is True
            for k in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        )
    secure = set()
    for policy in program.of("aws:s3/bucketPolicy:BucketPolicy"):
        statements = as_list(json.loads(policy.inputs["policy"])["Statement"])
        if any(
            s["Effect"] == "Deny" and s.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
            for s in statements
        ):
            secure.add(policy.inputs["bucket"])
    assert secure == buckets


def test_every_secret_has_our_key(program: Program) -> None:
    secrets = program.of("aws:secretsmanager/secret:Secret")
    assert secrets
    assert all(s.inputs["kmsKeyId"] for s in secrets)


def test_every_key_rotates(program: Program) -> None:
    keys = [
        k for k in program.of("aws:kms/key:Key") if k.inputs.get("keyUsage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT"
    ]
    assert keys
    assert all(k.inputs["enableKeyRotation"] is True for k in keys)


def test_no_policy_allows_a_wildcard_action(program: Program) -> None:
    for name, document in documents(program):
        for statement in as_list(document["Statement"]):
            if statement["Effect"] == "Allow":
                wild = [a for a in as_list(statement["Action"]) if a == "*" or a.endswith(":*")]
                assert not wild, f"{name}: {wild}"


def test_every_resource_is_a_named_one_where_aws_can_name_it(program: Program) -> None:
    """`Resource: *` only for actions without resource-level permissions, or under a condition."""
    for name, document in documents(program):
        for statement in as_list(document["Statement"]):
            if (
                statement["Effect"] == "Allow"
                and "*" in as_list(statement["Resource"])
                and not statement.get("Condition")
            ):
                loose = [a for a in as_list(statement["Action"]) if not a.startswith(NO_RESOURCE_LEVEL)]
                assert not loose, f"{name}: {loose} on every resource"


def test_no_node_has_a_public_address(program: Program) -> None:
    assert program.of("aws:ec2/instance:Instance")
    for instance in program.of("aws:ec2/instance:Instance"):
        assert instance.inputs["associatePublicIpAddress"] is False
    for subnet in program.of("aws:ec2/subnet:Subnet"):
        assert not subnet.inputs.get("mapPublicIpOnLaunch")


def test_no_ordinary_pod_reaches_the_nodes_role(program: Program) -> None:
    machines = program.of("aws:ec2/instance:Instance") + program.of("aws:ec2/launchTemplate:LaunchTemplate")
    assert machines
    for machine in machines:
        assert machine.inputs["metadataOptions"]["httpTokens"] == "required"
        assert machine.inputs["metadataOptions"]["httpPutResponseHopLimit"] == 1


def test_everything_that_can_be_tagged_says_whose_it_is(program: Program) -> None:
    checked = 0
    for resource in program.resources:
        if not taggable(resource.type):
            continue
        tags = resource.inputs.get("tags") or {}
        if resource.type == "aws:autoscaling/group:Group":
            tags = {tag["key"]: tag["value"] for tag in resource.inputs["tags"]}
        missing = {"stack", "customer", "component", "managed-by", "cost-centre"} - set(tags)
        assert not missing, f"{resource.urn}: {sorted(missing)}"
        checked += 1
    assert checked > 40


def test_no_secret_is_in_clear_in_user_data_values_or_tags(program: Program) -> None:
    secrets = program.secret_values()
    assert len(secrets) > 10
    for resource in program.resources:
        if resource.type.startswith(("pulumi:", "tls:", "random:")):
            continue
        text = json.dumps(resource.clear_inputs, default=str)
        leaked = [name for name, value in secrets.items() if value in text]
        assert not leaked, f"{resource.urn}: {leaked}"

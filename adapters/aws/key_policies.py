"""Who may use which key, as plain data: the policy of each KMS key.

In a key's policy `Resource: *` means that key alone. The account's root stands for "IAM decides": without it no role's policy
has any effect on the key, and a key that nobody can administer is lost (AWS refuses such a policy). What IAM may give is
narrowed to the actions of the key's purpose, through the service that it is for.

Sources: AWS KMS Developer Guide "Key policies"; EC2 Auto Scaling User Guide "Required AWS KMS key policy for use with encrypted
volumes"; CloudWatch Logs User Guide "Encrypt log data in CloudWatch Logs using AWS KMS".
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.aws.documents import Statement, allow_principal
from adapters.specs import KeyPurpose

ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)

_ENVELOPE = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:DescribeKey",
)
"""What a service does with a key for its data; ReEncrypt* and GenerateDataKey* written out."""

_SERVICE: dict[KeyPurpose, str] = {"disks": "ec2", "backups": "s3", "secrets": "secretsmanager"}
"""The service that a key's users go through. Vault calls KMS itself."""

_THIS_KEY = "*"


def key_policy(purpose: KeyPurpose, *, partition: str, account: str, region: str) -> list[Statement]:
    """The statements of the key for one purpose."""
    root = f"arn:{partition}:iam::{account}:root"
    statements = [administration(root)]
    if purpose == "vault":
        statements.append(allow_principal("UseThroughIam", {"AWS": root}, ("kms:Encrypt", "kms:Decrypt"), _THIS_KEY))
        return statements
    via = {"StringEquals": {"kms:ViaService": f"{_SERVICE[purpose]}.{region}.amazonaws.com"}}
    statements.append(allow_principal("UseThroughIam", {"AWS": root}, _ENVELOPE, _THIS_KEY, via))
    if purpose == "disks":
        statements += _disks(root, auto_scaling_role(partition, account), via)
    return statements


def administration(root: str) -> Statement:
    """IAM may let people administer the key; this gives nobody its use."""
    return allow_principal("AdministerThroughIam", {"AWS": root}, ADMINISTER, _THIS_KEY)


def auto_scaling_role(partition: str, account: str) -> str:
    """ARN of the role by which Auto Scaling launches instances; there is one in an account."""
    path = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    return f"arn:{partition}:iam::{account}:role/{path}"


def _disks(root: str, auto_scaling: str, via: dict[str, dict[str, str]]) -> list[Statement]:
    """Volumes are attached by a grant that EC2 takes; an Auto Scaling group launches none without a right of its own."""
    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        allow_principal("GrantThroughIam", {"AWS": root}, ("kms:CreateGrant",), _THIS_KEY, {**grant, **via}),
        allow_principal("AutoScaling", {"AWS": auto_scaling}, _ENVELOPE, _THIS_KEY),
        allow_principal("AutoScalingGrant", {"AWS": auto_scaling}, ("kms:CreateGrant",), _THIS_KEY, grant),
    ]


def logs_policy(log_groups: Sequence[str], *, partition: str, account: str, region: str) -> list[Statement]:
    """The statements of the key for log groups: the logs service, for these groups only (names may end in `*`)."""
    prefix = f"arn:{partition}:logs:{region}:{account}:log-group:"
    context = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [f"{prefix}{name}" for name in log_groups]}}
    service = {"Service": f"logs.{region}.amazonaws.com"}
    return [
        administration(f"arn:{partition}:iam::{account}:root"),
        allow_principal("Logs", service, _ENVELOPE, _THIS_KEY, context),
    ]

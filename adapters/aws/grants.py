"""What each grant means on AWS: the least set of actions, on the narrowest resource that the API can tell apart.

Pure: a statement's values may be outputs, the grants' own are. Sources of the actions: the policies that cert-manager ("DNS01
Route53"), ExternalDNS ("AWS"), the EBS CSI driver ("example-iam-policy.json"), the cluster autoscaler ("Full Cluster Autoscaler Features
Policy"), Vault ("AWS KMS seal") and AWS's Service Authorization Reference (which action knows which resource) publish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi import Output

from adapters import specs
from adapters.aws.documents import Statement, allow
from adapters.aws.secret_store import secret_name

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter

_ARN_END = "-??????"
"""Every secret's ARN ends in a hyphen and six characters that AWS chooses."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the statements hold."""

    partition: str
    account: str
    region: str
    stack_name: str
    cluster_id: str

    @classmethod
    def of(cls, adapter: AwsAdapter, cluster_id: str) -> Scope:
        return cls(adapter.partition, adapter.account, adapter.region, adapter.stack_name, cluster_id)

    @property
    def cluster_tag(self) -> str:
        return f"kubernetes.io/cluster/{self.cluster_id}"

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        where = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{where}:{self.account}:{resource}"

    def via(self, service: str) -> dict[str, dict[str, str]]:
        return via(service, self.region)


def via(service: str, region: str) -> dict[str, dict[str, str]]:
    """The condition that a key is used through one service only."""
    return {"StringEquals": {"kms:ViaService": f"{service}.{region}.amazonaws.com"}}


def statements(grants: Sequence[specs.Grant], scope: Scope) -> list[Statement]:
    """The statements of all grants, each Sid made unique by the grant's place."""
    return [
        {**statement, "Sid": f"{statement['Sid']}{place}"}
        for place, grant in enumerate(grants)
        for statement in _of(grant, scope)
    ]


def _of(grant: specs.Grant, scope: Scope) -> list[Statement]:  # noqa: PLR0911  one a grant
    match grant:
        case specs.ManageRecords():
            return _manage_records(grant, scope)
        case specs.UseKey():
            return [allow("UseKey", ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"], grant.key.arn)]
        case specs.UseObjects():
            return use_objects(grant, scope.region)
        case specs.ReadSecret():
            return _read_secret(grant, scope)
        case specs.WriteSecret():
            return _write_secret(grant, scope)
        case specs.ManageVolumes():
            return _manage_volumes(grant, scope)
        case specs.ScaleNodes():
            return _scale_nodes(scope)


def _manage_records(grant: specs.ManageRecords, scope: Scope) -> list[Statement]:
    """cert-manager with `txt_only`, ExternalDNS without."""
    zone = Output.concat(f"arn:{scope.partition}:route53:::hostedzone/", grant.zone.id)
    change = ["route53:ChangeResourceRecordSets"]
    if not grant.txt_only:
        listing = ["route53:ListResourceRecordSets", "route53:ListTagsForResources"]
        return [
            allow("ManageRecords", [*change, *listing], zone),
            allow("FindZones", ["route53:ListHostedZones"], "*"),
        ]
    kinds = "route53:ChangeResourceRecordSetsRecordTypes"
    # ForAllValues holds for a request that names no type at all, hence the second condition.
    only_txt: dict[str, dict[str, Any]] = {"ForAllValues:StringEquals": {kinds: ["TXT"]}, "Null": {kinds: "false"}}
    return [
        allow("ChangeTxt", change, zone, only_txt),
        allow("ListRecords", ["route53:ListResourceRecordSets"], zone),
        allow("FollowChange", ["route53:GetChange"], f"arn:{scope.partition}:route53:::change/*"),
    ]


def use_objects(grant: specs.UseObjects, region: str) -> list[Statement]:
    """Objects below one prefix, and the bucket's key for them.

    IfExists: RKE2 asks whether the bucket exists, and S3 says "no such object" instead of "refused" only to who may list;
    both requests carry no prefix. Keys of other prefixes can be listed so, never read.
    """
    objects = Output.concat(grant.bucket.arn, "/", grant.prefix, "*")
    actions = [
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    ]
    below = {"StringLikeIfExists": {"s3:prefix": [f"{grant.prefix}*"]}}
    return [
        allow("UseObjects", actions, objects),
        allow("ListObjects", ["s3:ListBucket"], grant.bucket.arn, below),
        allow("ObjectsKey", ["kms:Decrypt", "kms:GenerateDataKey"], grant.key.arn, via("s3", region)),
    ]


def _secret_arn(name: str, scope: Scope) -> str:
    return scope.arn("secretsmanager", f"secret:{secret_name(scope.stack_name, name)}{_ARN_END}")


def _secret_key(arn: str, scope: Scope) -> dict[str, dict[str, str]]:
    """The key may be used for this secret alone: Secrets Manager names it in the encryption context."""
    return scope.via("secretsmanager") | {"StringLike": {"kms:EncryptionContext:SecretARN": arn}}


def _read_secret(grant: specs.ReadSecret, scope: Scope) -> list[Statement]:
    arn = _secret_arn(grant.name, scope)
    return [
        allow("ReadSecret", ["secretsmanager:GetSecretValue"], arn),
        allow("ReadSecretKey", ["kms:Decrypt"], grant.key.arn, _secret_key(arn, scope)),
    ]


def _write_secret(grant: specs.WriteSecret, scope: Scope) -> list[Statement]:
    """Secrets Manager itself decrypts to encrypt again, so that writing needs kms:Decrypt; reading stays refused.

    A secret that does not exist yet has no ARN: its first key use is bound to the service alone.
    """
    arn = _secret_arn(grant.name, scope)
    actions = [
        "secretsmanager:CreateSecret",
        "secretsmanager:DescribeSecret",
        "secretsmanager:PutSecretValue",
        "secretsmanager:TagResource",
        "secretsmanager:UpdateSecret",
    ]
    return [
        allow("WriteSecret", actions, arn),
        allow(
            "WriteSecretKey",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            grant.key.arn,
            scope.via("secretsmanager"),
        ),
    ]


def _manage_volumes(grant: specs.ManageVolumes, scope: Scope) -> list[Statement]:
    """The EBS CSI driver's policy, its volumes told by the driver's own tag, its instances by the cluster's."""
    volume, instance = scope.arn("ec2", "volume/*"), scope.arn("ec2", "instance/*")
    snapshots = f"arn:{scope.partition}:ec2:{scope.region}::snapshot/*"
    made, marked = _csi_tag("aws:RequestTag"), _csi_tag("aws:ResourceTag")
    ours = {"StringEquals": {f"aws:ResourceTag/{scope.cluster_tag}": "owned"}}
    creating = {"StringEquals": {"ec2:CreateAction": ["CreateVolume", "CreateSnapshot", "CopyVolumes"]}}
    describe = [
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeSnapshots",
        "ec2:DescribeTags",
        "ec2:DescribeVolumeStatus",
        "ec2:DescribeVolumes",
        "ec2:DescribeVolumesModifications",
    ]
    return [
        allow("DescribeVolumes", describe, "*"),
        allow("CreateVolume", ["ec2:CreateVolume", "ec2:CopyVolumes"], volume, made),
        allow("CreateFromSnapshot", ["ec2:CreateVolume", "ec2:EnableFastSnapshotRestores"], snapshots, marked),
        allow("CopyFrom", ["ec2:CopyVolumes"], volume, marked),
        allow("UseVolume", ["ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyVolume"], volume, marked),
        allow("UseInstance", ["ec2:AttachVolume", "ec2:DetachVolume"], instance, ours),
        allow("DeleteVolume", ["ec2:DeleteVolume"], volume, marked),
        allow("SnapshotVolume", ["ec2:CreateSnapshot"], volume, marked),
        allow("CreateSnapshot", ["ec2:CreateSnapshot"], snapshots, made),
        allow("ManageSnapshot", ["ec2:DeleteSnapshot", "ec2:LockSnapshot"], snapshots, marked),
        allow("TagNew", ["ec2:CreateTags"], [volume, snapshots], creating),
        allow("Untag", ["ec2:DeleteTags"], [volume, snapshots], marked),
        allow(
            "VolumesKey",
            ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"],
            grant.key.arn,
            scope.via("ec2"),
        ),
        allow(
            "VolumesGrant",
            ["kms:CreateGrant"],
            grant.key.arn,
            scope.via("ec2") | {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ]


def _csi_tag(where: str) -> dict[str, dict[str, Any]]:
    """The tag that the EBS CSI driver puts on everything it makes."""
    return {"StringEquals": {f"{where}/ebs.csi.aws.com/cluster": "true"}}


def _scale_nodes(scope: Scope) -> list[Statement]:
    """The cluster autoscaler: it sees all groups, and changes its own cluster's."""
    describe = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
    ]
    ours = {"StringEquals": {f"aws:ResourceTag/{scope.cluster_tag}": "owned"}}
    group = scope.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")
    change = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    return [allow("DescribePools", describe, "*"), allow("ScalePools", change, group, ours)]

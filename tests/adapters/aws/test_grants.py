"""What each grant means, as data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters import specs
from adapters.aws.documents import document
from adapters.aws.grants import Scope, statements
from adapters.records import BucketRecord, ZoneRecord
from tests.adapters.aws.parts import key, out
from tests.support.recording import record, value_of

SCOPE = Scope("aws", "123456789012", "ap-northeast-2", "aws-test", "um-4f2a")
KEY_ARN = "arn:aws:kms:ap-northeast-2:123456789012:key/disks"
ZONE = ZoneRecord(id=out("Z123"), name="acme.example", private=False, delegated=True, name_servers=None)
BUCKET = BucketRecord(
    name=out("um-backups"), arn=out("arn:aws:s3:::um-backups"), endpoint=out("s3"), region="ap-northeast-2"
)
OWNED = {"aws:ResourceTag/kubernetes.io/cluster/um-4f2a": "owned"}
CSI_MADE = {"StringEquals": {"aws:RequestTag/ebs.csi.aws.com/cluster": "true"}}
CSI_OURS = {"StringEquals": {"aws:ResourceTag/ebs.csi.aws.com/cluster": "true"}}


def meaning(*grants: specs.Grant) -> dict[str, dict[str, Any]]:
    """The statements by Sid, outputs resolved."""
    found: list[Any] = []
    record(lambda: found.append(document(statements(grants, SCOPE))))
    return {s["Sid"]: s for s in json.loads(value_of(found[0]))["Statement"]}


def test_cert_manager_changes_txt_records_of_one_zone():
    found = meaning(specs.ManageRecords(ZONE, txt_only=True))
    change = found["ChangeTxt0"]
    assert change["Action"] == ["route53:ChangeResourceRecordSets"]
    assert change["Resource"] == "arn:aws:route53:::hostedzone/Z123"
    kinds = "route53:ChangeResourceRecordSetsRecordTypes"
    assert change["Condition"] == {"ForAllValues:StringEquals": {kinds: ["TXT"]}, "Null": {kinds: "false"}}
    assert found["FollowChange0"]["Action"] == ["route53:GetChange"]
    assert found["FollowChange0"]["Resource"] == "arn:aws:route53:::change/*"
    assert found["ListRecords0"]["Action"] == ["route53:ListResourceRecordSets"]
    assert len(found) == 3


def test_external_dns_changes_records_of_one_zone_and_lists_all():
    found = meaning(specs.ManageRecords(ZONE))
    assert found["ManageRecords0"]["Action"] == [
        "route53:ChangeResourceRecordSets",
        "route53:ListResourceRecordSets",
        "route53:ListTagsForResources",
    ]
    assert found["ManageRecords0"]["Resource"] == "arn:aws:route53:::hostedzone/Z123"
    assert (found["FindZones0"]["Action"], found["FindZones0"]["Resource"]) == (["route53:ListHostedZones"], "*")
    assert len(found) == 2


def test_vaults_seal_encrypts_and_decrypts_with_one_key():
    (only,) = meaning(specs.UseKey(key())).values()
    assert only["Action"] == ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
    assert only["Resource"] == KEY_ARN


def test_objects_are_used_below_one_prefix_with_one_key():
    found = meaning(specs.UseObjects(BUCKET, "velero/", key("backups")))
    assert found["UseObjects0"]["Resource"] == "arn:aws:s3:::um-backups/velero/*"
    assert found["UseObjects0"]["Action"] == [
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    ]
    assert found["ObjectsKey0"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert found["ObjectsKey0"]["Condition"] == {"StringEquals": {"kms:ViaService": "s3.ap-northeast-2.amazonaws.com"}}


def test_trap_rke2_asks_whether_the_bucket_exists_and_names_no_prefix():
    """HeadBucket, and the 404 (not 403) for a claim that is not there, need ListBucket without a prefix in the request."""
    listing = meaning(specs.UseObjects(BUCKET, "etcd/", key("backups")))["ListObjects0"]
    assert listing["Action"] == ["s3:ListBucket"]
    assert listing["Resource"] == "arn:aws:s3:::um-backups"
    assert listing["Condition"] == {"StringLikeIfExists": {"s3:prefix": ["etcd/*"]}}


SECRET_ARN = "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:unifiedmeta/aws-test/server-??????"


def test_a_node_reads_its_own_secret_and_no_other():
    found = meaning(specs.ReadSecret("server", key("secrets")))
    assert found["ReadSecret0"]["Action"] == ["secretsmanager:GetSecretValue"]
    assert found["ReadSecret0"]["Resource"] == SECRET_ARN
    decrypt = found["ReadSecretKey0"]
    assert decrypt["Action"] == ["kms:Decrypt"]
    assert decrypt["Condition"]["StringLike"] == {"kms:EncryptionContext:SecretARN": SECRET_ARN}


def test_who_writes_a_secret_cannot_read_it():
    found = meaning(specs.WriteSecret("server", key("secrets")))
    actions = {action for s in found.values() for action in s["Action"]}
    assert "secretsmanager:GetSecretValue" not in actions
    assert {"secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "kms:GenerateDataKey"} <= actions
    assert found["WriteSecret0"]["Resource"] == SECRET_ARN


def test_the_csi_driver_touches_only_what_it_made_and_only_our_machines():
    found = meaning(specs.ManageVolumes(key()))
    volume = "arn:aws:ec2:ap-northeast-2:123456789012:volume/*"
    assert (found["CreateVolume0"]["Resource"], found["CreateVolume0"]["Condition"]) == (volume, CSI_MADE)
    for sid in ("UseVolume0", "DeleteVolume0", "SnapshotVolume0", "ManageSnapshot0", "Untag0"):
        assert found[sid]["Condition"] == CSI_OURS
    instance = found["UseInstance0"]
    assert instance["Resource"] == "arn:aws:ec2:ap-northeast-2:123456789012:instance/*"
    assert instance["Condition"] == {"StringEquals": OWNED}
    assert found["TagNew0"]["Condition"] == {
        "StringEquals": {"ec2:CreateAction": ["CreateVolume", "CreateSnapshot", "CopyVolumes"]}
    }


def test_the_csi_drivers_actions_are_all_that_it_needs():
    actions = {action for s in meaning(specs.ManageVolumes(key())).values() for action in s["Action"]}
    assert actions == {
        "ec2:AttachVolume", "ec2:CopyVolumes", "ec2:CreateSnapshot", "ec2:CreateTags", "ec2:CreateVolume",
        "ec2:DeleteSnapshot", "ec2:DeleteTags", "ec2:DeleteVolume", "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeSnapshots", "ec2:DescribeTags",
        "ec2:DescribeVolumeStatus", "ec2:DescribeVolumes", "ec2:DescribeVolumesModifications", "ec2:DetachVolume",
        "ec2:EnableFastSnapshotRestores", "ec2:LockSnapshot", "ec2:ModifyVolume", "kms:CreateGrant", "kms:Decrypt",
        "kms:GenerateDataKeyWithoutPlaintext",
    }  # fmt: skip


def test_trap_a_volume_with_our_key_is_attached_by_a_grant_to_aws_itself():
    grant = meaning(specs.ManageVolumes(key()))["VolumesGrant0"]
    assert grant["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_the_autoscaler_changes_only_its_own_clusters_pools():
    found = meaning(specs.ScaleNodes())
    assert found["ScalePools0"]["Action"] == [
        "autoscaling:SetDesiredCapacity",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
    ]
    assert found["ScalePools0"]["Condition"] == {"StringEquals": OWNED}


def test_the_same_grant_twice_has_sids_that_differ():
    found = meaning(specs.UseKey(key("vault")), specs.UseKey(key("disks")))
    assert set(found) == {"UseKey0", "UseKey1"}


def test_no_grants_make_no_statements():
    assert statements([], SCOPE) == []


def test_a_document_has_a_stable_text():
    texts: list[Any] = []
    for _ in range(2):
        record(lambda: texts.append(document(statements([specs.ManageVolumes(key())], SCOPE))))
    assert value_of(texts[0]) == value_of(texts[1])


@pytest.mark.parametrize("grant", [specs.ReadSecret("ca-server", key()), specs.WriteSecret("ca-server", key())])
def test_trap_a_grant_for_a_secret_that_looks_like_another_is_refused(grant):
    with pytest.raises(ValueError, match="hyphen and six characters"):
        statements([grant], SCOPE)

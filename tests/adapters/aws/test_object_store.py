from __future__ import annotations

import json
import re

import pytest
from pulumi.runtime.sync_await import _sync_await

from adapters.specs import BucketSpec
from tests.adapters.aws import parts
from tests.adapters.aws.layers import default_layers, layers
from tests.adapters.aws.parts import LONGEST_STACK_NAME, key
from tests.support.recording import record

BUCKET = "aws:s3/bucket:Bucket"


def statements(name="backups"):
    policy = default_layers().recording.one("aws:s3/bucketPolicy:BucketPolicy", name)
    return {s["Sid"]: s for s in json.loads(policy.inputs["policy"])["Statement"]}


@pytest.mark.parametrize("name", ["backups", "issuer"])
def test_a_bucket_is_closed_versioned_encrypted_and_owned_by_its_owner(name):
    recording = default_layers().recording
    block = recording.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name).inputs
    assert all(
        block[k] is True for k in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    owned = recording.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls", name).inputs
    assert owned["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    versioning = recording.one("aws:s3/bucketVersioning:BucketVersioning", name).inputs
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    (rule,) = recording.one(kind, name).inputs["rules"]
    algorithm = rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"]
    assert algorithm == {"backups": "aws:kms", "issuer": "AES256"}[name]


def test_backups_are_encrypted_with_their_own_key_and_few_calls_to_it():
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    (rule,) = default_layers().recording.one(kind, "backups").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == "arn:aws:kms/key:Key:backups"
    assert rule["bucketKeyEnabled"] is True


@pytest.mark.parametrize("name", ["backups", "issuer"])
def test_a_bucket_speaks_tls_only(name):
    refuse = statements(name)["RefuseWithoutTls"]
    assert (refuse["Effect"], refuse["Principal"]) == ("Deny", "*")
    assert refuse["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statements(name)["RefuseOldTls"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}


def test_trap_an_upload_that_names_no_encryption_gets_the_buckets_and_is_not_refused():
    """RKE2's and Velero's uploads. A negated condition holds for an absent header; Null says that it must be there."""
    for sid in ("RefuseOtherEncryption", "RefuseOtherKeys"):
        (header,) = statements()[sid]["Condition"]["StringNotEquals"]
        assert statements()[sid]["Condition"]["Null"] == {header: "false"}
        assert "StringNotEqualsIfExists" not in statements()[sid]["Condition"]


def test_trap_buckets_share_one_name_space_so_a_name_ends_in_chance_and_fits():
    for stack_name in ("aws-dev", LONGEST_STACK_NAME):
        for bucket in layers(stack_name).recording.of(BUCKET):
            name = bucket.inputs["bucket"]
            assert name.endswith("-0badcafe")
            assert len(name) <= 63
            assert re.fullmatch(r"[a-z0-9][a-z0-9-]+[a-z0-9]", name)


@pytest.mark.parametrize("name", ["backups", "issuer"])
def test_trap_s3_refuses_settings_at_the_same_time_so_they_follow_one_another(name):
    recording = default_layers().recording
    ownership = recording.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls", name)
    block = recording.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name)
    policy = recording.one("aws:s3/bucketPolicy:BucketPolicy", name)
    assert ownership.urn in block.depends_on
    assert block.urn in policy.depends_on


def test_old_versions_can_only_expire_where_there_are_versions():
    recording = default_layers().recording
    versioning = recording.one("aws:s3/bucketVersioning:BucketVersioning", "backups")
    kind = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    assert versioning.urn in recording.one(kind, "backups").depends_on


def test_trap_the_clusters_claim_never_expires():
    lifecycle = default_layers().recording.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "backups"
    )
    rules = {r["filter"]["prefix"]: r for r in lifecycle.inputs["rules"]}
    assert set(rules) == {"etcd/", "velero/"}
    assert all(r["noncurrentVersionExpiration"] == {"noncurrentDays": 30} for r in rules.values())
    assert all("days" not in r["expiration"] for r in rules.values())


@pytest.mark.parametrize("prefix", ["", "c", "cluster/", "cluster/um-1/"])
def test_a_prefix_with_the_claim_in_it_may_not_expire(prefix):
    def program():
        adapter = parts.adapter()
        with pytest.raises(ValueError, match="must not expire"):
            adapter.object_store().bucket(
                BucketSpec(name="b", key=key("backups"), expire_days=1, expire_prefixes=(prefix,))
            )

    record(program)


@pytest.mark.parametrize(("protection", "force"), [("on", False), ("off", True)])
def test_only_without_protection_does_destroy_empty_the_backups(protection, force):
    assert layers(protection=protection).recording.one(BUCKET, "backups").inputs["forceDestroy"] is force


def test_a_static_key_can_use_one_prefix_of_one_bucket_and_nothing_else():
    recording = default_layers().recording
    policy = json.loads(recording.one("aws:iam/userPolicy:UserPolicy", "longhorn").inputs["policy"])
    bucket = "arn:aws:s3/bucket:Bucket:backups"
    assert {str(s["Resource"]) for s in policy["Statement"]} == {
        f"{bucket}/longhorn/*", bucket, "arn:aws:kms/key:Key:backups",
    }  # fmt: skip
    assert len(recording.of("aws:iam/user:User")) == 1
    assert "permissionsBoundary" not in recording.one("aws:iam/user:User", "longhorn").inputs


def test_a_static_key_is_secret():
    static = default_layers().others["static"]
    assert [_sync_await(o.is_secret()) for o in (static.access_key, static.secret_key)] == [True, True]

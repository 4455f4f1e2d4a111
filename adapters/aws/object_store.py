"""S3 buckets: versioned, encrypted with the stack's own key, TLS only, closed to the public; and the few static keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_random as random
from pulumi_aws import s3

from adapters.aws.documents import Statement, deny_everyone, document
from adapters.options import child, stateful
from adapters.records import BucketRecord, StaticKeyRecord
from adapters.specs import BucketSpec, StaticKeySpec

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter

CLAIM_PREFIX = "cluster/"
"""The cluster's claim lives below it, and must never expire: without it a second cluster could start."""
_NAME_LIMIT = 63
_SUFFIX_BYTES = 4
_UNFINISHED_UPLOAD_DAYS = 7


class ObjectStore(pulumi.ComponentResource):
    """See :class:`adapters.contract.ObjectStore`."""

    def __init__(self, adapter: AwsAdapter) -> None:
        super().__init__("unifiedmeta:aws:ObjectStore", "object-store")
        self._adapter = adapter
        self.register_outputs({})

    def bucket(self, spec: BucketSpec) -> BucketRecord:
        """A bucket with all that closes it; `ready` is its settings, in a chain where S3 refuses two at a time.

        Errors: ValueError for a prefix to expire that takes the cluster's claim in.
        """
        _keep_claim(spec)
        adapter = self._adapter
        options = child(self, adapter.provider, depends_on=spec.key.ready)
        bucket = s3.Bucket(
            spec.name,
            bucket=self._bucket_name(spec.name),
            force_destroy=not adapter.stack.protection,
            tags=adapter.tags("object-store", spec.name),
            opts=stateful(adapter.stack, options) if spec.protect else options,
        )
        last = close_to_the_public(adapter, self, spec.name, bucket)
        encryption = self._encrypt(spec, bucket)
        versioning = s3.BucketVersioning(
            spec.name,
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=child(self, adapter.provider),
        )
        policy = s3.BucketPolicy(
            spec.name,
            bucket=bucket.id,
            policy=document([*tls_only(bucket.arn), *_only_with_key(bucket.arn, spec.key.arn)]),
            opts=child(self, adapter.provider, depends_on=[last]),
        )
        ready: list[pulumi.Resource] = [policy, encryption, versioning]
        if spec.expire_prefixes:
            ready.append(self._lifecycle(spec, bucket, versioning))
        return BucketRecord(
            name=bucket.bucket,
            arn=bucket.arn,
            endpoint=pulumi.Output.from_input(f"s3.{adapter.region}.amazonaws.com"),
            region=adapter.region,
            ready=tuple(ready),
        )

    def _bucket_name(self, name: str) -> pulumi.Output[str]:
        """`um-<stack>-<name>-<random>`: the world's buckets share one name space, and the state keeps the end."""
        suffix = random.RandomId(f"bucket-{name}", byte_length=_SUFFIX_BYTES, opts=child(self, self._adapter.random))
        room = _NAME_LIMIT - 2 * _SUFFIX_BYTES - 1
        return pulumi.Output.concat(self._adapter.physical(name, room), "-", suffix.hex)

    def _encrypt(self, spec: BucketSpec, bucket: s3.Bucket) -> pulumi.Resource:
        return s3.BucketServerSideEncryptionConfiguration(
            spec.name,
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": spec.key.arn,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child(self, self._adapter.provider),
        )

    def _lifecycle(self, spec: BucketSpec, bucket: s3.Bucket, versioning: pulumi.Resource) -> pulumi.Resource:
        """Old versions expire, and what is left of uploads that were never finished."""
        return s3.BucketLifecycleConfiguration(
            spec.name,
            bucket=bucket.id,
            rules=[
                {
                    "id": f"expire-{prefix.strip('/').replace('/', '-')}",
                    "status": "Enabled",
                    "filter": {"prefix": prefix},
                    "noncurrent_version_expiration": {"noncurrent_days": spec.expire_days},
                    "expiration": {"expired_object_delete_marker": True},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": _UNFINISHED_UPLOAD_DAYS},
                }
                for prefix in spec.expire_prefixes
            ],
            opts=child(self, self._adapter.provider, depends_on=[versioning]),
        )

    def static_key(self, spec: StaticKeySpec) -> StaticKeyRecord:
        """An IAM user that can do one thing, and its key.

        Rotation: `pulumi up --target-replace <URN of the AccessKey>`. IAM allows a user two keys, so the new one exists
        before the old one goes.
        """
        from pulumi_aws import iam

        from adapters.aws.grants import use_objects

        adapter = self._adapter
        options = child(self, adapter.provider)
        user = iam.User(
            spec.consumer,
            name=adapter.physical(spec.consumer, 64),
            path="/unifiedmeta/",
            permissions_boundary=adapter.permissions_boundary,
            force_destroy=True,
            tags=adapter.tags("object-store", spec.consumer),
            opts=options,
        )
        policy = iam.UserPolicy(
            spec.consumer,
            user=user.name,
            policy=document(use_objects(spec.grant, adapter.region)),
            opts=options,
        )
        key = iam.AccessKey(spec.consumer, user=user.name, opts=child(self, adapter.provider, depends_on=[policy]))
        return StaticKeyRecord(access_key=pulumi.Output.secret(key.id), secret_key=pulumi.Output.secret(key.secret))


def _keep_claim(spec: BucketSpec) -> None:
    for prefix in spec.expire_prefixes:
        if CLAIM_PREFIX.startswith(prefix) or prefix.startswith(CLAIM_PREFIX):
            raise ValueError(f"objects below {prefix!r} must not expire: the cluster's claim is among them")


def close_to_the_public(adapter: AwsAdapter, parent: pulumi.Resource, name: str, bucket: s3.Bucket) -> pulumi.Resource:
    """No access lists, no public policy; one after the other, because S3 refuses two such changes at a time."""
    ownership = s3.BucketOwnershipControls(
        name,
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=child(parent, adapter.provider),
    )
    return s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child(parent, adapter.provider, depends_on=[ownership]),
    )


def tls_only(bucket_arn: pulumi.Input[str]) -> Sequence[Statement]:
    """Refuses what is not encrypted on its way, or with a TLS older than 1.2."""
    everything = [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")]
    return (
        deny_everyone("RefuseWithoutTls", ["s3:*"], everything, {"Bool": {"aws:SecureTransport": "false"}}),
        deny_everyone("RefuseOldTls", ["s3:*"], everything, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    )


def _only_with_key(bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> Sequence[Statement]:
    """Refuses an upload that asks for another encryption than the bucket's own; one that asks for none gets it.

    RKE2's and Velero's uploads ask for none. `Null: false` means "where the header is there": a negated condition holds
    for a request without it, with or without IfExists, and would refuse every one of those uploads.
    """
    objects = [pulumi.Output.concat(bucket_arn, "/*")]
    encryption = "s3:x-amz-server-side-encryption"
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    return tuple(
        deny_everyone(sid, ["s3:PutObject"], objects, {"Null": {header: "false"}, "StringNotEquals": {header: value}})
        for sid, header, value in (
            ("RefuseOtherEncryption", encryption, "aws:kms"),
            ("RefuseOtherKeys", key, key_arn),
        )
    )

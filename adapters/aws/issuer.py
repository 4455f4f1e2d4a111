"""The cluster's own OIDC issuer: two documents in a private bucket, published by CloudFront, and IAM's trust in them.

STS reads the documents over public HTTPS. The bucket stays closed to the public: only this distribution reads it, by origin
access control. The documents hold public keys only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_random as random
from pulumi_aws import cloudfront, iam, s3

from adapters.aws.documents import allow_principal, document
from adapters.aws.object_store import close_to_the_public, tls_only
from adapters.options import child
from adapters.specs import DISCOVERY_PATH, JWKS_PATH, IssuerSpec

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter

AUDIENCE = "sts.amazonaws.com"
"""What a service account's token must be meant for."""
_CACHE_SECONDS = 300
"""How long an old key set may still be served after a new key."""
_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
"""AWS's managed cache policy of that name: it heeds Cache-Control (CloudFront Developer Guide, "Use managed cache policies")."""
_SUFFIX_BYTES = 4


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer as IAM knows it."""

    url: pulumi.Output[str]
    provider: iam.OpenIdConnectProvider
    ready: tuple[pulumi.Resource, ...]


def make_issuer(adapter: AwsAdapter, parent: pulumi.Resource, spec: IssuerSpec) -> Issuer:
    """Publishes the documents, unless the customer does, and makes IAM trust the issuer.

    IAM looks at the address when trust is made, so the documents are there first.
    """
    if spec.issuer_url is not None:
        url = pulumi.Output.from_input(spec.issuer_url.rstrip("/"))
        documents: tuple[pulumi.Resource, ...] = ()
    else:
        url, documents = _publish(adapter, parent, spec)
    provider = iam.OpenIdConnectProvider(
        "issuer",
        url=url,
        client_id_lists=[AUDIENCE],
        tags=adapter.tags("identity", "issuer"),
        opts=child(parent, adapter.provider, depends_on=documents),
    )
    return Issuer(url, provider, (*documents, provider))


def _publish(
    adapter: AwsAdapter, parent: pulumi.Resource, spec: IssuerSpec
) -> tuple[pulumi.Output[str], tuple[pulumi.Resource, ...]]:
    bucket, closed = _bucket(adapter, parent)
    distribution = _distribution(adapter, parent, bucket)
    url = pulumi.Output.concat("https://", distribution.domain_name)
    policy = s3.BucketPolicy(
        "issuer",
        bucket=bucket.id,
        policy=document(
            [
                *tls_only(bucket.arn),
                allow_principal(
                    "ReadByDistribution",
                    {"Service": "cloudfront.amazonaws.com"},
                    ["s3:GetObject"],
                    pulumi.Output.concat(bucket.arn, "/*"),
                    {"StringEquals": {"aws:SourceArn": distribution.arn}},
                ),
            ]
        ),
        opts=child(parent, adapter.provider, depends_on=[closed]),
    )
    contents = {DISCOVERY_PATH: spec.discovery(url), JWKS_PATH: spec.jwks}
    objects = [
        s3.BucketObjectv2(
            f"issuer-{path.rsplit('/', 1)[-1]}",
            bucket=bucket.id,
            key=path,
            content=content,
            content_type="application/json",
            cache_control=f"public, max-age={_CACHE_SECONDS}",
            tags=adapter.tags("identity", path.rsplit("/", 1)[-1]),
            opts=child(parent, adapter.provider, depends_on=[closed]),
        )
        for path, content in contents.items()
    ]
    return url, (distribution, policy, *objects)


def _bucket(adapter: AwsAdapter, parent: pulumi.Resource) -> tuple[s3.Bucket, pulumi.Resource]:
    """A private bucket for public documents: S3's own encryption, because CloudFront would need a right to a key of ours."""
    suffix = random.RandomId("bucket-issuer", byte_length=_SUFFIX_BYTES, opts=child(parent, adapter.random))
    room = 63 - 2 * _SUFFIX_BYTES - 1
    bucket = s3.Bucket(
        "issuer",
        bucket=pulumi.Output.concat(adapter.physical("issuer", room), "-", suffix.hex),
        force_destroy=True,
        tags=adapter.tags("identity", "issuer"),
        opts=child(parent, adapter.provider),
    )
    closed = close_to_the_public(adapter, parent, "issuer", bucket)
    s3.BucketServerSideEncryptionConfiguration(
        "issuer",
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=child(parent, adapter.provider),
    )
    s3.BucketVersioning(
        "issuer",
        bucket=bucket.id,
        versioning_configuration={"status": "Enabled"},
        opts=child(parent, adapter.provider),
    )
    return bucket, closed


def _distribution(adapter: AwsAdapter, parent: pulumi.Resource, bucket: s3.Bucket) -> cloudfront.Distribution:
    access = cloudfront.OriginAccessControl(
        "issuer",
        name=adapter.physical("issuer", 64),
        description=f"Issuer documents of stack {adapter.stack_name}",
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
        opts=child(parent, adapter.provider),
    )
    return cloudfront.Distribution(
        "issuer",
        comment=f"OIDC issuer of stack {adapter.stack_name}",
        enabled=True,
        is_ipv6_enabled=True,
        price_class="PriceClass_100",
        origins=[
            {
                "origin_id": "documents",
                "domain_name": bucket.bucket_regional_domain_name,
                "origin_access_control_id": access.id,
            }
        ],
        default_cache_behavior={
            "target_origin_id": "documents",
            "viewer_protocol_policy": "https-only",
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
            "cache_policy_id": _CACHING_OPTIMIZED,
            "compress": True,
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
        tags=adapter.tags("identity", "issuer"),
        opts=child(parent, adapter.provider),
    )

"""S3 buckets with their settings and objects; CloudFront in front of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.identity import policy_document
from sandbox.simulators.aws.shared import BUCKET, CREATED, WEB_ACL, always, dns_suffix, region, tags_all
from sandbox.simulators.definition import Check, Making, NameRule, Need, ResourceType, Unique, one_of

_POLICY_LIMIT: Final = 20_480
_OBJECTS: Final = ("aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject")
_BUCKET_ERROR: Final = "NoSuchBucket: The specified bucket does not exist: {id}"
_OAC: Final = "aws:cloudfront/originAccessControl:OriginAccessControl"
_CLOUDFRONT_ZONE: Final = "Z2FDTNDATAQYW2"


def _hosted_zone(m: Making) -> str:
    """The zone id of S3's website endpoints in a region; that of Seoul is the real one."""
    return "Z3W03O7B5YMIYP" if m.region == "ap-northeast-2" else "Z" + seeds.alphanumeric(13, m.region, "s3")


def _bucket_arn(m: Making) -> str:
    return f"arn:{m.partition}:s3:::{m['bucket']}"


def _empty(m: Making) -> None:
    if m.get("forceDestroy"):
        return
    inside = [
        t.properties.get("key")
        for type_ in _OBJECTS
        for t in m.world.of_type(type_)
        if t.properties.get("bucket") == m.id
    ]
    if inside:
        raise ProviderError(
            f"BucketNotEmpty: The bucket you tried to delete is not empty. You must delete all versions in the bucket: {inside[0]}"
        )


def _setting(
    *, owner: bool = True, outputs: dict[str, Any] | None = None, checks: tuple[Check, ...] = (), **defaults: Any
) -> ResourceType:
    """A resource that is one setting of one bucket: its id is the bucket's."""
    return ResourceType(
        id=lambda m: m["bucket"],
        outputs={"region": region, **(outputs or {})},
        defaults=defaults,
        replaces=("bucket", "expectedBucketOwner") if owner else ("bucket",),
        checks=checks,
        needs=(Need("bucket", BUCKET, _BUCKET_ERROR, holds=False),),
        unique=(Unique(lambda m: m["bucket"], "this bucket has such a setting already: {id}"),),
    )


def _not_locked_out(m: Making) -> None:
    """A policy that opens a bucket is refused while public access is blocked."""
    blocks = m.thing("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", m["bucket"])
    if not blocks.get("blockPublicPolicy"):
        return
    for statement in _statements(json.loads(m["policy"])):
        if (
            statement.get("Effect") == "Allow"
            and statement.get("Principal") in ("*", {"AWS": "*"})
            and not statement.get("Condition")
        ):
            raise ProviderError(
                f"AccessDenied: bucket {m['bucket']}: public policies are blocked by the BlockPublicPolicy block public access setting"
            )


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = document.get("Statement") or []
    return found if isinstance(found, list) else [found]


def _etag(m: Making) -> str:
    return seeds.hexadecimal(32, m.get("content"), m.get("contentBase64"), str(m.get("source")))


def _object() -> ResourceType:
    return ResourceType(
        id=lambda m: m["key"] if "v2" not in m.type else f"{m['bucket']}/{m['key']}",
        outputs={
            "arn": lambda m: f"arn:{m.partition}:s3:::{m['bucket']}/{m['key']}",
            "etag": _etag,
            "versionId": lambda m: seeds.letters(32, m.id, _etag(m)),
            "bucketKeyEnabled": always(False),
            "contentType": always("application/octet-stream"),
            "kmsKeyId": always(""),
            "serverSideEncryption": always("AES256"),
            "storageClass": always("STANDARD"),
            "acl": always("private"),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"forceDestroy": False},
        replaces=("bucket", "key"),
        needs=(Need("bucket", BUCKET, _BUCKET_ERROR, holds=False),),
    )


def _distribution_id(m: Making) -> str:
    return "E" + seeds.alphanumeric(13, m.account, m.id or m.urn)


def _origins(inputs: PropertyMap) -> Iterable[CheckFailure]:
    """Every behaviour sends requests to an origin of the distribution."""
    origins = inputs.get("origins")
    behaviours = [inputs.get("defaultCacheBehavior"), *(inputs.get("orderedCacheBehaviors") or [])]
    names = (
        {origin.get("originId") for origin in origins if isinstance(origin, dict)}
        if isinstance(origins, list)
        else set()
    )
    for behaviour in behaviours:
        target = behaviour.get("targetOriginId") if isinstance(behaviour, dict) else None
        if isinstance(target, str) and target not in names:
            yield CheckFailure(
                "defaultCacheBehavior.targetOriginId",
                f"NoSuchOrigin: One or more of your origins do not exist: {target}",
            )


TYPES: Final[dict[str, ResourceType]] = {
    BUCKET: ResourceType(
        outputs={
            "arn": _bucket_arn,
            "bucketDomainName": lambda m: f"{m['bucket']}.s3.{dns_suffix(m.region)}",
            "bucketRegionalDomainName": lambda m: f"{m['bucket']}.s3.{m.region}.{dns_suffix(m.region)}",
            "bucketRegion": region,
            "hostedZoneId": _hosted_zone,
            "accelerationStatus": always(""),
            "acl": always("private"),
            "bucketNamespace": always("global"),
            "bucketPrefix": always(""),
            "policy": always(""),
            "requestPayer": always("BucketOwner"),
            "websiteDomain": always(""),
            "websiteEndpoint": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"forceDestroy": False, "objectLockEnabled": False},
        replaces=("objectLockEnabled",),
        name=NameRule(
            "bucket",
            most=63,
            least=3,
            pattern=r"(?!xn--|sthree-|.*-s3alias$|.*--ol-s3$)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]*[a-z0-9]",
            words="lower-case letters, digits, hyphens and dots; it begins and ends with a letter or digit",
            alternatives=("bucketPrefix",),
            lower=True,
        ),
        unique=(
            Unique(
                lambda m: m["bucket"],
                "BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it: {name}",
            ),
        ),
        releases=(_empty,),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _setting(
        checks=(one_of("versioningConfiguration.status", "Enabled", "Suspended", "Disabled"),),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _setting(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _setting(
        owner=False, blockPublicAcls=False, blockPublicPolicy=False, ignorePublicAcls=False, restrictPublicBuckets=False
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _setting(
        outputs={"transitionDefaultMinimumObjectSize": always("all_storage_classes_128K")}
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _setting(
        owner=False,
        checks=(one_of("rule.objectOwnership", "BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"),),
    ),
    "aws:s3/bucketLogging:BucketLogging": _setting(),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _setting(objectLockEnabled="Enabled"),
    "aws:s3/bucketPolicy:BucketPolicy": ResourceType(
        id=lambda m: m["bucket"],
        outputs={"region": region},
        replaces=("bucket",),
        checks=(policy_document("policy", _POLICY_LIMIT),),
        needs=(Need("bucket", BUCKET, _BUCKET_ERROR, holds=False),),
        admits=(_not_locked_out,),
    ),
    _OBJECTS[0]: _object(),
    _OBJECTS[1]: _object(),
    "aws:cloudfront/distribution:Distribution": ResourceType(
        id=_distribution_id,
        outputs={
            "arn": lambda m: f"arn:{m.partition}:cloudfront::{m.account}:distribution/{m.id}",
            "domainName": lambda m: f"d{seeds.alphanumeric(13, m.account, m.id, 'domain').lower()}.cloudfront.net",
            "hostedZoneId": always(_CLOUDFRONT_ZONE),
            "callerReference": lambda m: m.hex(26, "reference"),
            "etag": lambda m: "E" + seeds.alphanumeric(13, m.id, "etag", str(m.inputs)),
            "inProgressValidationBatches": always(0),
            "lastModifiedTime": always(CREATED),
            "loggingV1Enabled": always(False),
            "status": always("Deployed"),
            "trustedKeyGroups": always([{"enabled": False, "items": []}]),
            "trustedSigners": always([{"enabled": False, "items": []}]),
            "continuousDeploymentPolicyId": always(""),
            "httpVersion": always("http2"),
            "tagsAll": tags_all,
        },
        defaults={
            "isIpv6Enabled": False,
            "priceClass": "PriceClass_All",
            "retainOnDelete": False,
            "staging": False,
            "waitForDeployment": True,
        },
        replaces=("staging",),
        checks=(_origins, one_of("priceClass", "PriceClass_100", "PriceClass_200", "PriceClass_All")),
        needs=(
            Need(
                "origins.originAccessControlId",
                _OAC,
                "NoSuchOriginAccessControl: The origin access control does not exist: {id}",
            ),
            Need("webAclId", WEB_ACL),
        ),
    ),
    _OAC: ResourceType(
        id=_distribution_id,
        outputs={
            "arn": lambda m: f"arn:{m.partition}:cloudfront::{m.account}:origin-access-control/{m.id}",
            "etag": lambda m: "E" + seeds.alphanumeric(13, m.id, "etag", str(m.inputs)),
        },
        defaults={"description": "Managed by Pulumi"},
        name=NameRule(most=64),
        checks=(
            one_of("originAccessControlOriginType", "s3", "mediastore", "mediapackagev2", "lambda"),
            one_of("signingBehavior", "always", "never", "no-override"),
            one_of("signingProtocol", "sigv4"),
        ),
        unique=(
            Unique(
                lambda m: (m.account, m["name"]),
                "OriginAccessControlAlreadyExists: An origin access control with the same name already exists: {name}",
            ),
        ),
        in_use="OriginAccessControlInUse: The origin access control is still being used: {users}",
    ),
    "aws:cloudfront/function:Function": ResourceType(
        outputs={
            "arn": lambda m: f"arn:{m.partition}:cloudfront::{m.account}:function/{m['name']}",
            "etag": lambda m: "E" + seeds.alphanumeric(13, m["code"]),
            "liveStageEtag": lambda m: "E" + seeds.alphanumeric(13, m["code"], "live"),
            "status": always("UNASSOCIATED"),
        },
        defaults={"publish": True},
        name=NameRule(most=64, pattern=r"[a-zA-Z0-9-_]+", words="letters, digits, hyphens and underscores only"),
    ),
}

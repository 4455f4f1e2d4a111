"""Keys and their aliases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.identity import policy_document
from sandbox.simulators.aws.shared import KEY, ROLE, always, arn, own_id, region, tags_all
from sandbox.simulators.definition import Making, NameRule, ResourceType, Unique, one_of, within
from sandbox.simulators.difference import strings_at

_POLICY_LIMIT: Final = 32_768


def _key_arn(m: Making) -> str:
    return arn(m, "kms", f"key/{m.id}")


def _default_policy(m: Making) -> str:
    root = f"arn:{m.partition}:iam::{m.account}:root"
    return f'{{"Id":"key-default-1","Statement":[{{"Action":"kms:*","Effect":"Allow","Principal":{{"AWS":"{root}"}},"Resource":"*"}}],"Version":"2012-10-17"}}'


def _principals_exist(m: Making) -> None:
    """KMS refuses a policy that names a role of the account which is not there, service-linked ones included."""
    policy = m.get("policy")
    if not policy:
        return
    names = {t.properties.get("arn") for t in m.world.of_type(ROLE)}
    names |= {t.properties.get("arn") for t in m.world.of_type("aws:iam/serviceLinkedRole:ServiceLinkedRole")}
    for principal in strings_at(json.loads(policy).get("Statement"), "Principal.AWS"):
        # What the account has had before this stack cannot be known; a service-linked role is made once for an account.
        own = (
            principal.startswith(f"arn:{m.partition}:iam::{m.account}:role/") and "/aws-service-role/" not in principal
        )
        if own and principal not in names:
            raise ProviderError(
                f"MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals: {principal}"
            )


def _rotation(inputs: PropertyMap) -> Iterable[CheckFailure]:
    spec = inputs.get("customerMasterKeySpec", "SYMMETRIC_DEFAULT")
    if inputs.get("enableKeyRotation") is True and spec != "SYMMETRIC_DEFAULT":
        yield CheckFailure("enableKeyRotation", f"UnsupportedOperationException: keys of spec {spec} cannot rotate")


def _target_arn(m: Making) -> str:
    target = m["targetKeyId"]
    return str(target) if str(target).startswith("arn:") else arn(m, "kms", f"key/{target}")


def _target_exists(m: Making) -> None:
    key = str(m["targetKeyId"]).rsplit("/", 1)[-1]
    if not m.world.exists(KEY, key):
        raise ProviderError(f"NotFoundException: Key '{_target_arn(m)}' does not exist")


def _key_of(m: Making) -> str:
    return str(m["keyId"]).rsplit("/", 1)[-1]


TYPES: Final[dict[str, ResourceType]] = {
    KEY: ResourceType(
        id=lambda m: seeds.uuid(m.account, m.region, m.id or m.urn, "key"),
        outputs={
            "arn": _key_arn,
            "keyId": own_id,
            "policy": _default_policy,
            "description": always(""),
            "multiRegion": always(False),
            "rotationPeriodInDays": lambda m: 365 if m.get("enableKeyRotation") else 0,
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={
            "bypassPolicyLockoutSafetyCheck": False,
            "customerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "enableKeyRotation": False,
            "isEnabled": True,
            "keyUsage": "ENCRYPT_DECRYPT",
        },
        replaces=("customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId", "xksKeyId"),
        checks=(
            policy_document("policy", _POLICY_LIMIT),
            _rotation,
            within("deletionWindowInDays", 7, 30),
            within("rotationPeriodInDays", 90, 2560),
            one_of("keyUsage", "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"),
        ),
        admits=(_principals_exist,),
        satellites={"arn": KEY},
    ),
    "aws:kms/alias:Alias": ResourceType(
        outputs={
            "arn": lambda m: arn(m, "kms", m["name"]),
            "targetKeyArn": _target_arn,
            "namePrefix": always(""),
            "region": region,
        },
        replaces=(),
        name=NameRule(
            most=256,
            pattern=r"alias/(?!aws/)[a-zA-Z0-9/_-]+",
            words='it begins with "alias/", not "alias/aws/", and has letters, digits and /_- only',
            auto=False,
        ),
        unique=(
            Unique(
                lambda m: (m.account, m.region, m["name"]),
                "AlreadyExistsException: An alias with the name {name} already exists",
            ),
        ),
        admits=(_target_exists,),
    ),
    "aws:kms/grant:Grant": ResourceType(
        id=lambda m: f"{_key_of(m)}:{m.hex(64)}",
        outputs={"grantId": lambda m: m.hex(64), "grantToken": lambda m: m.hex(120, "token"), "region": region},
        replaces=("*",),
        secrets=frozenset({"grantToken"}),
    ),
}

"""IAM: roles, policies, profiles, users, keys, identity providers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.shared import (
    CREATED,
    INSTANCE_PROFILE,
    POLICY,
    ROLE,
    USER,
    always,
    arn,
    own_id,
    role_need,
    tags_all,
)
from sandbox.simulators.definition import Check, Compute, Making, NameRule, Need, ResourceType, Unique, one_of, within

_NAME: Final = r"[\w+=,.@-]+"
_WORDS: Final = "it must contain only alphanumeric characters, hyphens, underscores, commas, periods, @ symbols, plus and equals signs"
_INLINE_LIMIT: Final = 10_240
"""Characters of all inline policies of a role, white space not counted."""
_MANAGED_LIMIT: Final = 6_144
_MANAGED_PER_ROLE: Final = 10
_ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def iam_name(most: int) -> NameRule:
    return NameRule(most=most, pattern=_NAME, words=_WORDS)


def unique_id(prefix: str) -> Compute:
    """IAM's unique ids, such as AROA and 17 characters."""
    return lambda m: prefix + seeds.alphanumeric(17, m.account, m.urn, m.id, prefix)


def iam_arn(kind: str) -> Compute:
    return lambda m: arn(m, "iam", f"{kind}{m.get('path', '/')}{m.get('name')}", region=False)


def policy_document(key: str, most: int = 0) -> Check:
    """A check that a property is a policy in JSON, no longer than the cloud takes."""

    def check(inputs: PropertyMap) -> Iterable[CheckFailure]:
        text = inputs.get(key)
        if not isinstance(text, str):
            return
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            yield CheckFailure(key, f"MalformedPolicyDocument: {key} contains an invalid JSON policy: {error}")
            return
        if not isinstance(document, dict) or "Statement" not in document:
            yield CheckFailure(key, "MalformedPolicyDocument: Syntax errors in policy: it has no Statement")
        size = len("".join(text.split()))
        if most and size > most:
            yield CheckFailure(
                key, f"LimitExceeded: Cannot exceed quota for policy size: {size} characters, at most {most}"
            )

    return check


def _exists(what: str) -> str:
    return f"EntityAlreadyExists: {what} with name {{name}} already exists."


def _url_without_scheme(m: Making) -> str:
    return str(m["url"]).removeprefix("https://")


def _issuer(inputs: PropertyMap) -> Iterable[CheckFailure]:
    url = inputs.get("url")
    if isinstance(url, str) and not url.startswith("https://"):
        yield CheckFailure("url", f"ValidationError: the issuer's URL must begin with https://, got {url}")


def _attached_policy_exists(m: Making) -> None:
    target = m["policyArn"]
    managed = target.split(":")[4] == "aws"
    if not managed and not m.world.exists(POLICY, target):
        raise ProviderError(f"NoSuchEntity: Policy {target} does not exist or is not attachable.")
    attached = [thing for thing in m.world.mentioning(ROLE, m["role"], _ATTACHMENT) if thing.id != m.id]
    if len(attached) >= _MANAGED_PER_ROLE:
        raise ProviderError(f"LimitExceeded: Cannot exceed quota for PoliciesPerRole: {_MANAGED_PER_ROLE}")


def _two_keys(m: Making) -> None:
    others = [thing for thing in m.world.mentioning(USER, m["user"], m.type) if thing.id != m.id]
    if len(others) > 1:
        raise ProviderError("LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2")


def _service_role(m: Making) -> str:
    services = {
        "autoscaling": "AutoScaling",
        "elasticloadbalancing": "ElasticLoadBalancing",
        "spot": "EC2Spot",
        "es": "AmazonElasticsearchService",
    }
    service = str(m["awsServiceName"]).split(".")[0]
    suffix = m.get("customSuffix")
    return f"AWSServiceRoleFor{services.get(service, service.capitalize())}" + (f"_{suffix}" if suffix else "")


def _service_role_arn(m: Making) -> str:
    return arn(m, "iam", f"role/aws-service-role/{m['awsServiceName']}/{_service_role(m)}", region=False)


_TRUST_RULES: Final = (policy_document("assumeRolePolicy"), within("maxSessionDuration", 3600, 43_200))

TYPES: Final[dict[str, ResourceType]] = {
    ROLE: ResourceType(
        outputs={
            "arn": iam_arn("role"),
            "createDate": always(CREATED),
            "uniqueId": unique_id("AROA"),
            "inlinePolicies": always([]),
            "managedPolicyArns": always([]),
            "namePrefix": always(""),
            "tagsAll": tags_all,
        },
        defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
        replaces=("path",),
        name=iam_name(64),
        checks=_TRUST_RULES,
        unique=(Unique(lambda m: (m.account, m["name"]), _exists("Role")),),
        in_use="DeleteConflict: Cannot delete entity {id}, must detach or remove first: {users}",
    ),
    "aws:iam/rolePolicy:RolePolicy": ResourceType(
        id=lambda m: f"{m['role']}:{m['name']}",
        outputs={"namePrefix": always("")},
        replaces=("role",),
        name=iam_name(128),
        checks=(policy_document("policy", _INLINE_LIMIT),),
        needs=(role_need(),),
        unique=(Unique(lambda m: (m.account, m["role"], m["name"]), _exists("Policy")),),
    ),
    _ATTACHMENT: ResourceType(
        id=lambda m: f"{m['role']}/{m['policyArn']}",
        replaces=("role", "policyArn"),
        needs=(role_need(holds=True), Need("policyArn", POLICY)),
        admits=(_attached_policy_exists,),
    ),
    POLICY: ResourceType(
        id=iam_arn("policy"),
        outputs={
            "arn": own_id,
            "attachmentCount": always(0),
            "policyId": unique_id("ANPA"),
            "namePrefix": always(""),
            "tagsAll": tags_all,
        },
        defaults={"path": "/"},
        replaces=("path", "description"),
        name=iam_name(128),
        checks=(policy_document("policy", _MANAGED_LIMIT),),
        unique=(
            Unique(
                lambda m: (m.account, m["name"]),
                "EntityAlreadyExists: A policy called {name} already exists. Duplicate names are not allowed.",
            ),
        ),
        in_use="DeleteConflict: Cannot delete a policy attached to entities: {users}",
    ),
    INSTANCE_PROFILE: ResourceType(
        outputs={
            "arn": iam_arn("instance-profile"),
            "createDate": always(CREATED),
            "uniqueId": unique_id("AIPA"),
            "namePrefix": always(""),
            "tagsAll": tags_all,
        },
        defaults={"path": "/"},
        replaces=("path",),
        name=iam_name(128),
        needs=(role_need(holds=True),),
        unique=(
            Unique(lambda m: (m.account, m["name"]), "EntityAlreadyExists: Instance Profile {name} already exists."),
        ),
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ResourceType(
        id=lambda m: arn(m, "iam", f"oidc-provider/{_url_without_scheme(m)}", region=False),
        outputs={
            "arn": own_id,
            "thumbprintLists": lambda m: [seeds.hexadecimal(40, _url_without_scheme(m).split("/")[0])],
            "tagsAll": tags_all,
        },
        replaces=("url",),
        checks=(_issuer,),
        unique=(
            Unique(lambda m: (m.account, _url_without_scheme(m)), "EntityAlreadyExists: Provider {id} already exists."),
        ),
        delete_first=True,
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": ResourceType(
        id=_service_role_arn,
        outputs={
            "arn": _service_role_arn,
            "createDate": always(CREATED),
            "name": _service_role,
            "path": lambda m: f"/aws-service-role/{m['awsServiceName']}/",
            "uniqueId": unique_id("AROA"),
            "tagsAll": tags_all,
        },
        replaces=("awsServiceName", "customSuffix"),
        unique=(
            Unique(
                lambda m: (m.account, _service_role(m)),
                "InvalidInput: Service role name {id} has been taken in this account, please try a different suffix.",
            ),
        ),
        delete_first=True,
    ),
    USER: ResourceType(
        outputs={"arn": iam_arn("user"), "uniqueId": unique_id("AIDA"), "tagsAll": tags_all},
        defaults={"forceDestroy": False, "path": "/"},
        name=iam_name(64),
        replaces=(),
        unique=(Unique(lambda m: (m.account, m["name"]), _exists("User")),),
        in_use="DeleteConflict: Cannot delete entity {id}, must delete first: {users}",
    ),
    "aws:iam/accessKey:AccessKey": ResourceType(
        id=lambda m: "AKIA" + seeds.alphanumeric(16, m.account, m.id or m.urn),
        outputs={
            "createDate": always(CREATED),
            "secret": lambda m: m.kept("secret", lambda: seeds.letters(40, m.account, m.id, "secret")),
            "sesSmtpPasswordV4": lambda m: m.kept("sesSmtpPasswordV4", lambda: "B" + seeds.letters(43, m.id, "smtp")),
            "encryptedSecret": always(""),
            "encryptedSesSmtpPasswordV4": always(""),
            "keyFingerprint": always(""),
        },
        defaults={"status": "Active"},
        replaces=("user", "pgpKey"),
        checks=(one_of("status", "Active", "Inactive", "Expired"),),
        needs=(Need("user", USER, "NoSuchEntity: The user with name {id} cannot be found."),),
        admits=(_two_keys,),
        secrets=frozenset({"secret", "sesSmtpPasswordV4"}),
    ),
    "aws:iam/userPolicy:UserPolicy": ResourceType(
        id=lambda m: f"{m['user']}:{m['name']}",
        outputs={"namePrefix": always("")},
        replaces=("user",),
        name=iam_name(128),
        checks=(policy_document("policy", 2048),),
        needs=(Need("user", USER, "NoSuchEntity: The user with name {id} cannot be found.", holds=False),),
    ),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ResourceType(
        id=lambda m: f"{m['user']}/{m['policyArn']}",
        replaces=("user", "policyArn"),
        needs=(Need("user", USER, "NoSuchEntity: The user with name {id} cannot be found."), Need("policyArn", POLICY)),
    ),
}

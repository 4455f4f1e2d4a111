"""Secrets Manager, and Systems Manager's parameters and documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.identity import policy_document
from sandbox.simulators.aws.shared import CREATED, SECRET, account, always, arn, own_id, region, tags_all
from sandbox.simulators.definition import Making, NameRule, Need, ResourceType, Unique, conflicts, one_of

_VALUE_LIMIT: Final = 65_536
_VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"
_SECRET_ERROR: Final = "ResourceNotFoundException: Secrets Manager can't find the specified secret: {id}"  # noqa: S105


def _secret_arn(m: Making) -> str:
    return arn(
        m, "secretsmanager", f"secret:{m['name']}-{seeds.letters(6, m.account, m.region, m.id or m.urn, 'secret')}"
    )


def _recovery(inputs: PropertyMap) -> Iterable[CheckFailure]:
    days = inputs.get("recoveryWindowInDays")
    if isinstance(days, int | float) and days != 0 and not 7 <= days <= 30:  # noqa: PLR2004
        yield CheckFailure(
            "recoveryWindowInDays", f"expected recovery_window_in_days to be 0 or in the range (7 - 30), got {days}"
        )


def _grave(m: Making) -> tuple[str, ...]:
    return ("deleted secret", m.account, m.region, m["name"])


def _not_scheduled_for_deletion(m: Making) -> None:
    if m.previous is None and m.world.is_reserved(_grave(m)):
        raise ProviderError(
            f"InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion: {m['name']}"
        )


def _keep_the_name(m: Making) -> None:
    """A deleted secret keeps its name until its recovery window is over."""
    if m.get("recoveryWindowInDays", 30) != 0:
        m.world.reserve(_grave(m))


def _size(inputs: PropertyMap) -> Iterable[CheckFailure]:
    for key in ("secretString", "secretStringWo", "secretBinary"):
        value = inputs.get(key)
        if isinstance(value, str) and len(value.encode()) > _VALUE_LIMIT:
            yield CheckFailure(
                key, f"ValidationException: {key} has {len(value.encode())} bytes, at most {_VALUE_LIMIT}"
            )


def _parameter_input(inputs: PropertyMap) -> Iterable[CheckFailure]:
    yield from one_of("type", "String", "StringList", "SecureString")(inputs)
    yield from conflicts("value", "insecureValue")(inputs)


TYPES: Final[dict[str, ResourceType]] = {
    SECRET: ResourceType(
        id=_secret_arn,
        outputs={
            "arn": own_id,
            "namePrefix": always(""),
            "policy": always(""),
            "replicas": always([]),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"forceOverwriteReplicaSecret": False, "recoveryWindowInDays": 30},
        name=NameRule(
            most=512,
            pattern=r"(?!.*-[A-Za-z0-9]{6}\Z)[A-Za-z0-9/_+=.@-]+",
            words="letters, digits and /_+=.@-, and it does not end with a hyphen and six characters",
        ),
        checks=(_recovery, policy_document("policy")),
        unique=(
            Unique(
                lambda m: (m.account, m.region, m["name"]),
                "ResourceExistsException: The operation failed because the secret {name} already exists.",
            ),
        ),
        admits=(_not_scheduled_for_deletion,),
        releases=(_keep_the_name,),
    ),
    _VERSION: ResourceType(
        id=lambda m: f"{m['secretId']}|{seeds.uuid(m.account, m.region, m.id or m.urn, 'version')}",
        outputs={
            "arn": lambda m: m["secretId"],
            "versionId": lambda m: m.id.rsplit("|", 1)[-1],
            "versionStages": always(["AWSCURRENT"]),
            "hasSecretStringWo": lambda m: "secretStringWo" in m.inputs,
            "region": region,
        },
        replaces=("secretId", "secretString", "secretBinary", "secretStringWoVersion"),
        checks=(_size, conflicts("secretString", "secretBinary", "secretStringWo")),
        needs=(Need("secretId", SECRET, _SECRET_ERROR, holds=False),),
        write_only=frozenset({"secretStringWo"}),
        secrets=frozenset({"secretString", "secretBinary"}),
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ResourceType(
        id=lambda m: m["secretArn"],
        outputs={"region": region},
        replaces=("secretArn",),
        checks=(policy_document("policy"),),
        needs=(Need("secretArn", SECRET, _SECRET_ERROR, holds=False),),
    ),
    "aws:ssm/parameter:Parameter": ResourceType(
        id=lambda m: m["name"],
        outputs={
            "arn": lambda m: arn(m, "ssm", "parameter/" + str(m["name"]).lstrip("/")),
            "version": lambda m: int((m.previous or {}).get("version") or 0) + 1,
            "dataType": always("text"),
            "tier": always("Standard"),
            "keyId": always(""),
            "hasValueWo": lambda m: "valueWo" in m.inputs,
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("dataType",),
        name=NameRule(most=2048, pattern=r"[a-zA-Z0-9_.\-/]+", words="letters, digits and _.-/ only"),
        checks=(_parameter_input,),
        unique=(
            Unique(
                lambda m: (m.account, m.region, m["name"]),
                "ParameterAlreadyExists: The parameter {name} already exists.",
            ),
        ),
        write_only=frozenset({"valueWo"}),
        secrets=frozenset({"value"}),
    ),
    "aws:ssm/document:Document": ResourceType(
        id=lambda m: m["name"],
        outputs={
            "arn": lambda m: arn(m, "ssm", f"document/{m['name']}"),
            "createdDate": always(CREATED),
            "defaultVersion": always("1"),
            "description": always(""),
            "documentVersion": always("1"),
            "hash": lambda m: seeds.hexadecimal(64, m["content"]),
            "hashType": always("Sha256"),
            "latestVersion": always("1"),
            "owner": account,
            "parameters": always([]),
            "platformTypes": always(["Linux"]),
            "schemaVersion": always("2.2"),
            "status": always("Active"),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"documentFormat": "JSON"},
        replaces=("documentType",),
        name=NameRule(most=128, least=3, pattern=r"[a-zA-Z0-9_\-.]+", words="letters, digits and _-. only"),
        checks=(one_of("documentFormat", "JSON", "TEXT", "YAML"),),
        unique=(
            Unique(
                lambda m: (m.account, m.region, m["name"]),
                "DocumentAlreadyExists: Document with same name {name} already exists",
            ),
        ),
    ),
}

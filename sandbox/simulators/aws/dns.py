"""Route 53 zones, records and DNSSEC; ACM certificates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.shared import (
    CERTIFICATE,
    KEY,
    VPC_NEED,
    ZONE,
    always,
    arn,
    issued,
    own_id,
    region,
    tags_all,
)
from sandbox.simulators.definition import Making, Need, ResourceType, Unique, conflicts, one_of, within

_RECORD: Final = "aws:route53/record:Record"
_SIGNING_KEY: Final = "aws:route53/keySigningKey:KeySigningKey"
_RECORD_TYPES: Final = (
    "A",
    "AAAA",
    "CAA",
    "CNAME",
    "DS",
    "HTTPS",
    "MX",
    "NAPTR",
    "NS",
    "PTR",
    "SOA",
    "SPF",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
)
_DOMAIN_LABEL: Final = 63
_ZONE_NEED: Final = Need("zoneId", ZONE, "NoSuchHostedZone: No hosted zone found with ID: {id}", holds=False)
_DEFAULT_COMMENT: Final = "Managed by Pulumi"


def _name_servers(m: Making) -> list[str]:
    """Four, each under another top-level domain; a private zone names the same set in every account."""
    seed = "private" if m.get("vpcs") else m.id
    tops = ("com", "net", "org", "co.uk")
    return sorted(
        f"ns-{seeds.number(512, seed, n) + 512 * n}.awsdns-{seeds.number(64, seed, n, 'set'):02d}.{top}"
        for n, top in enumerate(tops)
    )


def _domain_is_legal(key: str) -> Any:
    def check(inputs: PropertyMap) -> Iterable[CheckFailure]:
        name = inputs.get(key)
        if isinstance(name, str) and not all(0 < len(label) <= _DOMAIN_LABEL for label in name.rstrip(".").split(".")):
            yield CheckFailure(key, f"InvalidDomainName: {name}: every label has 1 to {_DOMAIN_LABEL} characters")

    return check


def _fqdn(m: Making) -> str:
    zone, name = str(m.thing(ZONE, m["zoneId"]).get("name") or "").rstrip("."), str(m["name"]).rstrip(".")
    return name if not zone or name == zone or name.endswith("." + zone) else f"{name}.{zone}" if name else zone


def _record_key(m: Making) -> Any:
    return None if m.get("allowOverwrite") else (m["zoneId"], _fqdn(m).lower(), m["type"], m.get("setIdentifier"))


def _record_values(inputs: PropertyMap) -> Iterable[CheckFailure]:
    if inputs.get("aliases") is None:
        for key in ("records", "ttl"):
            if inputs.get(key) is None:
                yield CheckFailure(key, f"one of `alias,{key}` must be specified")
    else:
        yield from conflicts("aliases", "records")(inputs)
        yield from conflicts("aliases", "ttl")(inputs)


def _alone_if_cname(m: Making) -> None:
    """A CNAME stands alone at its name, and never at the top of a zone."""
    zone, name = m["zoneId"], _fqdn(m).lower()
    if m["type"] == "CNAME" and name == str(m.thing(ZONE, zone).get("name") or "").rstrip(".").lower():
        raise ProviderError(
            f"InvalidChangeBatch: RRSet of type CNAME with DNS name {name}. is not permitted at apex in zone {name}."
        )
    for other in m.world.mentioning(ZONE, zone, _RECORD):
        p = other.properties
        if (
            other.id != m.id
            and p.get("fqdn") == name
            and "CNAME" in {m["type"], p.get("type")}
            and m["type"] != p.get("type")
        ):
            raise ProviderError(
                f"InvalidChangeBatch: RRSet of type {m['type']} with DNS name {name}. is not permitted as it conflicts with other records with the same DNS name"
            )


def _zone_empty(m: Making) -> None:
    if m.get("forceDestroy"):
        return
    records = [t.properties.get("fqdn") for t in m.world.mentioning(ZONE, m.id, _RECORD)]
    if records:
        raise ProviderError(
            f"HostedZoneNotEmpty: The specified hosted zone contains non-required resource record sets and so cannot be deleted: {records[0]}"
        )


def _validation_options(m: Making) -> list[dict[str, str]]:
    """One DNS record per name; a wildcard shares that of its parent."""
    if m.get("validationMethod") != "DNS":
        return []
    options = []
    for name in dict.fromkeys([m["domainName"], *m.get("subjectAlternativeNames", [])]):
        base = str(name).removeprefix("*.")
        options.append(
            {
                "domainName": name,
                "resourceRecordName": f"_{seeds.hexadecimal(32, m.account, base)}.{base}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{seeds.hexadecimal(32, m.account, base, 'value')}.{seeds.alphanumeric(10, m.account).lower()}.acm-validations.aws.",
            }
        )
    return options


def _certificate_names(m: Making) -> list[str]:
    return sorted({m["domainName"], *m.get("subjectAlternativeNames", [])})


def _certificate_input(inputs: PropertyMap) -> Iterable[CheckFailure]:
    if (
        inputs.get("domainName") is not None
        and inputs.get("validationMethod") is None
        and inputs.get("certificateAuthorityArn") is None
    ):
        yield CheckFailure("validationMethod", "a requested certificate needs validationMethod DNS or EMAIL")
    if inputs.get("domainName") is None and inputs.get("privateKey") is None:
        yield CheckFailure("domainName", "one of `domain_name,private_key` must be specified")


def _validated(m: Making) -> None:
    """ACM waits for the validation records: without them it never issues."""
    wanted = {
        option["resourceRecordName"].rstrip(".")
        for option in m.thing(CERTIFICATE, m["certificateArn"]).get("domainValidationOptions") or []
    }
    present = {record.properties.get("fqdn") for record in m.world.of_type(_RECORD)}
    if missing := sorted(wanted - present):
        raise ProviderError(
            f"timeout while waiting for state to become 'ISSUED' (last state: 'PENDING_VALIDATION'): no record {missing[0]}"
        )


def _ds_digest(m: Making) -> str:
    return seeds.hexadecimal(64, m.account, m["hostedZoneId"], m["name"], "digest").upper()


def _key_tag(m: Making) -> int:
    return seeds.number(65_535, m["hostedZoneId"], m["name"], "tag") + 1


def _public_key(m: Making) -> str:
    return seeds.letters(64, m["hostedZoneId"], m["name"], "public") + seeds.letters(22, m["name"]) + "=="


def _active_key(m: Making) -> None:
    keys = m.world.mentioning(ZONE, m["hostedZoneId"], _SIGNING_KEY)
    if m.get("signingStatus", "SIGNING") == "SIGNING" and not any(
        k.properties.get("status", "ACTIVE") == "ACTIVE" for k in keys
    ):
        raise ProviderError(
            f"KeySigningKeyWithActiveStatusNotFound: hosted zone {m['hostedZoneId']} has no active key-signing key"
        )


TYPES: Final[dict[str, ResourceType]] = {
    ZONE: ResourceType(
        id=lambda m: issued("Z" + seeds.alphanumeric(16, m.account, m.id or m.urn, "zone")).upper(),
        outputs={
            "zoneId": own_id,
            "arn": lambda m: f"arn:{m.partition}:route53:::hostedzone/{m.id}",
            "nameServers": _name_servers,
            "primaryNameServer": lambda m: _name_servers(m)[0],
            "enableAcceleratedRecovery": always(False),
            "tagsAll": tags_all,
        },
        defaults={"comment": _DEFAULT_COMMENT, "forceDestroy": False},
        replaces=("name", "delegationSetId"),
        checks=(_domain_is_legal("name"), conflicts("vpcs", "delegationSetId")),
        needs=(
            Need(
                "vpcs.vpcId",
                VPC_NEED.type,
                "InvalidVPCId: The VPC: {id} that you provided is not authorized or does not exist",
                holds=False,
            ),
        ),
        releases=(_zone_empty,),
    ),
    _RECORD: ResourceType(
        id=lambda m: "_".join(
            str(part) for part in (m["zoneId"], m["name"], m["type"], m.get("setIdentifier")) if part
        ),
        outputs={"fqdn": _fqdn},
        replaces=("zoneId", "name", "type", "setIdentifier"),
        checks=(_record_values, one_of("type", *_RECORD_TYPES), within("ttl", 0, 2_147_483_647)),
        needs=(_ZONE_NEED,),
        unique=(
            Unique(_record_key, "InvalidChangeBatch: [Tried to create resource record set {id} but it already exists]"),
        ),
        admits=(_alone_if_cname,),
        delete_first=True,
    ),
    "aws:route53/zoneAssociation:ZoneAssociation": ResourceType(
        id=lambda m: f"{m['zoneId']}:{m['vpcId']}",
        outputs={"owningAccount": lambda m: m.account, "vpcRegion": region},
        replaces=("*",),
        needs=(_ZONE_NEED, VPC_NEED),
    ),
    _SIGNING_KEY: ResourceType(
        id=lambda m: f"{m['hostedZoneId']},{m['name']}",
        outputs={
            "digestAlgorithmMnemonic": always("SHA-256"),
            "digestAlgorithmType": always(2),
            "digestValue": _ds_digest,
            "dnskeyRecord": lambda m: f"257 3 13 {_public_key(m)}",
            "dsRecord": lambda m: f"{_key_tag(m)} 13 2 {_ds_digest(m)}",
            "flag": always(257),
            "keyTag": _key_tag,
            "publicKey": _public_key,
            "signingAlgorithmMnemonic": always("ECDSAP256SHA256"),
            "signingAlgorithmType": always(13),
        },
        defaults={"status": "ACTIVE"},
        replaces=("hostedZoneId", "keyManagementServiceArn", "name"),
        checks=(one_of("status", "ACTIVE", "INACTIVE"),),
        needs=(Need("hostedZoneId", ZONE, _ZONE_NEED.error), Need("keyManagementServiceArn", KEY)),
    ),
    "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": ResourceType(
        id=lambda m: m["hostedZoneId"],
        defaults={"signingStatus": "SIGNING"},
        replaces=("hostedZoneId",),
        checks=(one_of("signingStatus", "SIGNING", "NOT_SIGNING"),),
        needs=(Need("hostedZoneId", ZONE, _ZONE_NEED.error),),
        admits=(_active_key,),
    ),
    CERTIFICATE: ResourceType(
        id=lambda m: arn(m, "acm", f"certificate/{seeds.uuid(m.account, m.region, m.id or m.urn)}"),
        outputs={
            "arn": own_id,
            "domainValidationOptions": _validation_options,
            "keyAlgorithm": always("RSA_2048"),
            "notAfter": always(""),
            "notBefore": always(""),
            "pendingRenewal": always(False),
            "renewalEligibility": always("INELIGIBLE"),
            "renewalSummaries": always([]),
            "status": always("PENDING_VALIDATION"),
            "subjectAlternativeNames": _certificate_names,
            "type": always("AMAZON_ISSUED"),
            "validationEmails": always([]),
            "options": always({"certificateTransparencyLoggingPreference": "ENABLED", "export": "DISABLED"}),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("domainName", "subjectAlternativeNames", "validationMethod", "keyAlgorithm", "validationOptions"),
        checks=(
            _certificate_input,
            _domain_is_legal("domainName"),
            one_of("validationMethod", "DNS", "EMAIL", "HTTP", "NONE"),
        ),
        in_use="ResourceInUseException: Certificate {id} is in use by {users}",
    ),
    "aws:acm/certificateValidation:CertificateValidation": ResourceType(
        id=always("2026-01-01 00:00:00 +0000 UTC"),
        outputs={"region": region},
        replaces=("certificateArn", "validationRecordFqdns"),
        needs=(
            Need(
                "certificateArn", CERTIFICATE, "ResourceNotFoundException: Could not find certificate {id}", holds=False
            ),
        ),
        admits=(_validated,),
    ),
}

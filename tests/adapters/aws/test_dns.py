"""Hosted zones, records, DNSSEC."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.aws.dns import record_name
from adapters.records import ZonesRecord
from tests.adapters.aws import parts
from tests.support.recording import Recorded, Recording, record, value_of

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"


def computed(type_: str, name: str, _: Any) -> dict[str, Any]:
    if type_ == ZONE:
        return {"zoneId": f"Z{name.upper()}", "nameServers": ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]}
    if type_ == "aws:route53/keySigningKey:KeySigningKey":
        return {"dsRecord": "1234 13 2 ABCDEF"}
    return {}


class Made:
    def __init__(self, *, use: Any = None, dns: dict[str, Any] | None = None, **sections: Any) -> None:
        def program() -> None:
            from adapters.aws.dns import Dns

            made = Dns(parts.adapter(dns={"domain": "acme.example", **(dns or {})}, **sections), parts.network())
            self.zones: ZonesRecord = made.zones
            if use:
                use(made)

        self.recording: Recording = record(program, computed)

    def of(self, type_: str) -> list[Recorded]:
        return self.recording.of(type_)


def test_a_created_public_zone_says_which_servers_the_parent_has_to_name() -> None:
    made = Made()
    public = made.zones.public
    assert public
    assert value_of(public.id) == "ZPUBLIC"
    assert value_of(public.name_servers) == ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]
    assert made.recording.one(ZONE, "public").inputs["name"] == "acme.example"


def test_the_private_zone_is_seen_by_the_network_alone() -> None:
    assert Made().recording.one(ZONE, "private").inputs["vpcs"] == [{"vpcId": "vpc-1"}]


def test_a_created_zone_is_not_delegated_until_the_stack_says_so_and_an_adopted_one_is() -> None:
    def delegated(public: dict[str, Any]) -> bool:
        zone = Made(dns={"public": public}).zones.public
        assert zone
        return zone.delegated

    assert delegated({}) is False
    assert delegated({"delegated": True}) is True
    assert delegated({"mode": "adopt", "zoneId": "Z1"}) is True
    assert delegated({"mode": "adopt", "zoneId": "Z1", "delegated": False}) is False


def test_an_adopted_public_zone_is_used_and_not_made() -> None:
    made = Made(dns={"public": {"mode": "adopt", "zoneId": "Z1"}})
    assert [z.name for z in made.of(ZONE)] == ["private"]
    assert made.zones.public
    assert value_of(made.zones.public.id) == "Z1"
    assert made.zones.public.name_servers is None


def test_an_adopted_private_zone_is_shown_to_a_network_of_our_own() -> None:
    made = Made(dns={"private": {"mode": "adopt", "zoneId": "Z2"}})
    association = made.recording.one("aws:route53/zoneAssociation:ZoneAssociation", "private")
    assert association.inputs == {"zoneId": "Z2", "vpcId": "vpc-1"}


def test_an_adopted_private_zone_sees_an_adopted_network_already() -> None:
    network = {
        "mode": "adopt",
        "adopt": {"networkId": "vpc-1", "subnets": {"private": dict.fromkeys(parts.ZONES, "s")}},
    }
    made = Made(dns={"private": {"mode": "adopt", "zoneId": "Z2"}}, network=network)
    assert not made.of("aws:route53/zoneAssociation:ZoneAssociation")


def test_no_zone_is_made_where_none_is_wanted() -> None:
    made = Made(dns={"public": {"mode": "none"}, "private": {"mode": "none"}})
    assert (made.zones.public, made.zones.private) == (None, None)
    assert not made.of(ZONE)


@pytest.mark.parametrize(("protection", "force"), [("on", False), ("off", True)])
def test_a_zone_with_records_in_it_is_only_deleted_without_protection(protection: str, *, force: bool) -> None:
    assert {z.inputs["forceDestroy"] for z in Made(protection=protection).of(ZONE)} == {force}


def test_an_alias_points_to_the_fronts_own_zone() -> None:
    made = Made(use=lambda dns: dns.alias("*", dns.zones.public, parts.front()))
    (found,) = made.of(RECORD)
    assert found.name == "public-wildcard-a"
    assert (found.inputs["name"], found.inputs["type"], found.inputs["zoneId"]) == ("*.acme.example", "A", "ZPUBLIC")
    assert found.inputs["aliases"] == [
        {"name": "front-public.ap-northeast-2.elb.amazonaws.com", "zoneId": "ZALB", "evaluateTargetHealth": True}
    ]


def test_an_alias_without_a_hosted_zone_is_an_error_and_not_a_dead_name() -> None:
    front = replace(parts.front(), zone_alias=None)
    with pytest.raises(ValueError, match="public front has no hosted zone"):
        Made(use=lambda dns: dns.alias("x", dns.zones.public, front))


def test_the_same_name_in_both_zones_gives_two_records() -> None:
    def use(dns: Any) -> None:
        for zone in (dns.zones.public, dns.zones.private):
            dns.record("vault", zone, "CNAME", ["front.example"])

    assert [r.name for r in Made(use=use).of(RECORD)] == ["private-vault-cname", "public-vault-cname"]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("", "acme.example"),
        ("@", "acme.example"),
        ("acme.example", "acme.example"),
        ("api", "api.acme.example"),
        ("api.acme.example", "api.acme.example"),
        ("*.apps", "*.apps.acme.example"),
        ("notacme.example", "notacme.example.acme.example"),
    ],
)
def test_a_records_name_may_be_relative_or_whole(name: str, full: str) -> None:
    assert record_name(name, "acme.example") == full


def test_dnssec_never_comes_before_delegation_because_resolvers_would_refuse_the_zone() -> None:
    made = Made(dns={"public": {"dnssec": True}})
    assert not made.of("aws:route53/hostedZoneDnsSec:HostedZoneDnsSec")
    assert made.zones.public
    assert made.zones.public.ds_record is None


def test_dnssec_gives_the_ds_record_for_the_parent_and_signs_only_with_an_active_key() -> None:
    made = Made(dns={"public": {"dnssec": True, "delegated": True}})
    assert made.zones.public
    assert made.zones.public.ds_record
    assert value_of(made.zones.public.ds_record) == "1234 13 2 ABCDEF"
    key = made.recording.one("aws:route53/keySigningKey:KeySigningKey", "dnssec").inputs
    assert key["status"] == "ACTIVE"
    # Letters, digits and underscores, 3 to 128 of them.
    assert key["name"] == "unifiedmeta"


def test_the_key_that_signs_lives_in_us_east_1_and_is_an_ecc_key_because_route_53_takes_no_other() -> None:
    made = Made(dns={"public": {"dnssec": True, "delegated": True}})
    key = made.recording.one("aws:kms/key:Key", "dnssec")
    assert (key.inputs["customerMasterKeySpec"], key.inputs["keyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    provider = made.recording.one("pulumi:providers:aws", "aws-dnssec")
    assert provider.inputs["region"] == "us-east-1"
    assert json.loads(provider.inputs["allowedAccountIds"]) == ["123456789012"]
    assert key.provider
    assert "aws-dnssec" in key.provider


def test_only_route_53_signs_with_the_key() -> None:
    made = Made(dns={"public": {"dnssec": True, "delegated": True}})
    policy = json.loads(made.recording.one("aws:kms/key:Key", "dnssec").inputs["policy"])
    signers = [s["Principal"] for s in policy["Statement"] if "kms:Sign" in s["Action"]]
    assert signers == [{"Service": "dnssec-route53.amazonaws.com"}]

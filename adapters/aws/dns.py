"""Public and private hosted zones, records in them, and DNSSEC for a public zone that is delegated.

The key that signs a zone's keys lives in us-east-1 whatever the stack's region is (Route 53 accepts no other), and is an ECC key without rotation:
a rotated one would break the chain of trust until the parent zone has the new DS record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import kms, route53

from adapters.aws.documents import allow_principal, document
from adapters.aws.guard import provider
from adapters.aws.key_policies import administration
from adapters.options import child, stateful
from adapters.records import ZoneRecord, ZonesRecord
from config import effective

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.records import FrontRecord, NetworkRecord

SIGNING_REGION = "us-east-1"
_TTL_SECONDS = 300


class Dns(pulumi.ComponentResource):
    """See :class:`adapters.contract.Dns`."""

    def __init__(self, adapter: AwsAdapter, network: NetworkRecord) -> None:
        super().__init__("unifiedmeta:aws:Dns", "dns")
        self._adapter = adapter
        self._domain = adapter.stack.dns.domain
        self._zones = ZonesRecord(public=self._public(), private=self._private(network))
        self.register_outputs({})

    @property
    def zones(self) -> ZonesRecord:
        return self._zones

    def alias(self, name: str, zone: ZoneRecord, front: FrontRecord) -> None:
        """A name for a load balancer, at the zone's top too, where a CNAME may not stand. `name` as in :func:`record_name`."""
        if front.zone_alias is None:
            raise ValueError(f"the {front.name} front has no hosted zone of its own: an alias needs one")
        target = {"name": front.address, "zone_id": front.zone_alias, "evaluate_target_health": True}
        self._record(name, zone, "A", aliases=[target])

    def record(self, name: str, zone: ZoneRecord, kind: str, values: Sequence[pulumi.Input[str]]) -> None:
        """A record set; `kind` is A, CNAME, TXT and so on."""
        self._record(name, zone, kind, records=list(values), ttl=_TTL_SECONDS)

    def _record(self, name: str, zone: ZoneRecord, kind: str, **more: object) -> None:
        full = record_name(name, zone.name)
        label = full.removesuffix(zone.name).rstrip(".").replace("*", "wildcard").replace(".", "-") or "apex"
        visible = "private" if zone.private else "public"
        route53.Record(
            f"{visible}-{label}-{kind.lower()}",
            zone_id=zone.id,
            name=full,
            type=kind,
            opts=child(self, self._adapter.provider),
            **more,
        )

    def _options(self) -> pulumi.ResourceOptions:
        return child(self, self._adapter.provider)

    def _public(self) -> ZoneRecord | None:
        wanted = self._adapter.stack.dns.public
        delegated = effective.delegated(self._adapter.stack)
        if wanted.mode == "none":
            return None
        if wanted.mode == "adopt":
            return self._adopted(wanted.zone_id, delegated=delegated, private=False)
        zone = route53.Zone(
            "public",
            name=self._domain,
            comment=f"Public zone of stack {self._adapter.stack_name}",
            force_destroy=not self._adapter.stack.protection,
            tags=self._adapter.tags("dns", "public"),
            opts=stateful(self._adapter.stack, self._options()),
        )
        return ZoneRecord(
            id=zone.zone_id,
            name=self._domain,
            private=False,
            delegated=delegated,
            name_servers=zone.name_servers,
            # Signed before it is delegated, the zone would be refused by every resolver that validates.
            ds_record=self._sign(zone) if wanted.dnssec and delegated else None,
        )

    def _private(self, network: NetworkRecord) -> ZoneRecord | None:
        wanted = self._adapter.stack.dns.private
        if wanted.mode == "none":
            return None
        if wanted.mode == "adopt":
            self._associate(wanted.zone_id, network)
            return self._adopted(wanted.zone_id, delegated=True, private=True)
        zone = route53.Zone(
            "private",
            name=self._domain,
            comment=f"Private zone of stack {self._adapter.stack_name}",
            vpcs=[{"vpc_id": network.id}],
            force_destroy=not self._adapter.stack.protection,
            tags=self._adapter.tags("dns", "private"),
            # Peers associate their own networks with it later; a run must not take them off.
            opts=stateful(self._adapter.stack, child(self, self._adapter.provider, ignore_changes=("vpcs",))),
        )
        return ZoneRecord(id=zone.zone_id, name=self._domain, private=True, delegated=True, name_servers=None)

    def _associate(self, zone_id: str | None, network: NetworkRecord) -> None:
        """Lets a network of our own see the adopted private zone. An adopted network sees it already: both are the customer's."""
        if self._adapter.stack.network.adopt is None:
            route53.ZoneAssociation("private", zone_id=zone_id, vpc_id=network.id, opts=self._options())

    def _adopted(self, zone_id: str | None, *, delegated: bool, private: bool) -> ZoneRecord:
        if zone_id is None:
            raise ValueError("an adopted zone needs its zoneId")
        return ZoneRecord(
            id=pulumi.Output.from_input(zone_id),
            name=self._domain,
            private=private,
            delegated=delegated,
            name_servers=None,
        )

    def _sign(self, zone: route53.Zone) -> pulumi.Output[str]:
        """Signs the zone; gives the DS record for the parent zone."""
        adapter = self._adapter
        elsewhere = provider("aws-dnssec", adapter.stack, [adapter.account], region=SIGNING_REGION)
        root = f"arn:{adapter.partition}:iam::{adapter.account}:root"
        service = {"Service": "dnssec-route53.amazonaws.com"}
        ours = {"StringEquals": {"aws:SourceAccount": adapter.account}}
        grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        key = kms.Key(
            "dnssec",
            description=f"Signs the public zone of stack {adapter.stack_name}",
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            deletion_window_in_days=30 if adapter.stack.protection else 7,
            policy=document(
                [
                    administration(root),
                    allow_principal("Sign", service, ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"), "*", ours),
                    allow_principal("Grant", service, ("kms:CreateGrant",), "*", grant),
                ]
            ),
            tags=adapter.tags("dns", "dnssec"),
            opts=stateful(adapter.stack, child(self, elsewhere)),
        )
        signing_key = route53.KeySigningKey(
            "dnssec",
            name="unifiedmeta",
            hosted_zone_id=zone.zone_id,
            key_management_service_arn=key.arn,
            status="ACTIVE",
            opts=self._options(),
        )
        route53.HostedZoneDnsSec(
            "dnssec",
            hosted_zone_id=zone.zone_id,
            signing_status="SIGNING",
            opts=child(self, adapter.provider, depends_on=[signing_key]),
        )
        return signing_key.ds_record


def record_name(name: str, zone: str) -> str:
    """The full name of a record: `name` may be relative to the zone, whole, or `@` or empty for the zone's top."""
    if name in {"", "@"}:
        return zone
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}"

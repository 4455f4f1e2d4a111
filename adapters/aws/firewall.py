"""The flow table as security groups: one for each party, rules by reference from group to group, ranges only for outsiders.

A rule stands on both ends: ingress at the target, egress at the source. The groups have no other rules (the provider takes
out AWS's "allow all" egress), so what the table does not say is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import ec2, vpc

from adapters.flows import NODES, OUTSIDE, Flow, Party, ranges
from adapters.options import child
from adapters.records import FirewallRecord, NetworkRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter

DESCRIPTIONS: dict[Party, str] = {
    Party.SERVER: "RKE2 servers",
    Party.AGENT: "RKE2 agents",
    Party.API_LB: "Load balancer that nodes join through",
    Party.API_PUBLIC_LB: "Load balancer of the Kubernetes API for operators",
    Party.PUBLIC_FRONT: "Public ingress front",
    Party.INTERNAL_FRONT: "Internal ingress front",
    Party.ENDPOINTS: "Private endpoints of AWS services",
}
"""A group's description. Never edit one: AWS cannot change it, so the group and all that refers to it would be replaced."""
_NOT_IN_DESCRIPTIONS = re.compile(r"[^a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]")


class Firewall(pulumi.ComponentResource):
    """See :class:`adapters.contract.Firewall`."""

    def __init__(
        self, adapter: AwsAdapter, network: NetworkRecord, flows: Sequence[Flow], cluster_id: pulumi.Output[str]
    ) -> None:
        super().__init__("unifiedmeta:aws:Firewall", "firewall")
        self._adapter = adapter
        self._options = child(self, adapter.provider)
        self._cluster_tags = adapter.cluster_tags(cluster_id)
        present = [party for party in Party if any(party in (flow.source, flow.target) for flow in flows)]
        self._groups = {party: self._group(network, party) for party in present if party not in OUTSIDE}
        rules = [((flow.source, flow.target), (*self._ingress(flow), *self._egress(flow))) for flow in flows]
        self._record = FirewallRecord(
            groups={party: group.id for party, group in self._groups.items()},
            rules={party: tuple(rule for ends, made in rules if party in ends for rule in made) for party in present},
        )
        self.register_outputs({party.value: group.id for party, group in self._groups.items()})

    @property
    def record(self) -> FirewallRecord:
        return self._record

    def _group(self, network: NetworkRecord, party: Party) -> ec2.SecurityGroup:
        """A party's group. The cluster's tag is on those of servers and agents alone.

        A machine carries one group, so it has exactly one with the tag: with two the cloud controller gives up, with none its
        role may not open a Service's ports there. Its rules for such Services are not ours: they go before the group can.
        """
        own = self._adapter.tags("firewall", party.value)
        return ec2.SecurityGroup(
            party.value,
            name=self._adapter.physical(party.value, 255),
            description=DESCRIPTIONS[party],
            vpc_id=network.id,
            revoke_rules_on_delete=True,
            tags=self._cluster_tags.apply(lambda cluster: {**own, **cluster}) if party in NODES else own,
            opts=self._options,
        )

    def _ingress(self, flow: Flow) -> Iterator[pulumi.Resource]:
        """At the target, if it is ours."""
        if flow.target in OUTSIDE:
            return
        for suffix, peer in self._peers(flow.source):
            yield vpc.SecurityGroupIngressRule(
                f"{flow.name}{suffix}",
                security_group_id=self._groups[flow.target].id,
                **peer,
                **_ports(flow),
                tags=self._adapter.tags("firewall", flow.name),
                opts=self._options,
            )

    def _egress(self, flow: Flow) -> Iterator[pulumi.Resource]:
        """At the source, if it is ours."""
        if flow.source in OUTSIDE:
            return
        for suffix, peer in self._peers(flow.target):
            yield vpc.SecurityGroupEgressRule(
                f"{flow.name}{suffix}",
                security_group_id=self._groups[flow.source].id,
                **peer,
                **_ports(flow),
                tags=self._adapter.tags("firewall", flow.name),
                opts=self._options,
            )

    def _peers(self, party: Party) -> list[tuple[str, dict[str, pulumi.Input[str]]]]:
        """The other end: a group; or one range after another, each with the end of its rule's name."""
        if party not in OUTSIDE:
            return [("", {"referenced_security_group_id": self._groups[party].id})]
        cidrs = dict.fromkeys(ranges(party, self._adapter.stack))
        return [(f"-{_word(cidr)}", {"cidr_ipv4": str(cidr)}) for cidr in cidrs]


def _word(cidr: IPv4Network) -> str:
    """A range as part of a name: a rule's name follows its range, so that a list can be reordered."""
    return str(cidr).replace("/", "-")


def _ports(flow: Flow) -> dict[str, str | int]:
    description = rule_description(flow.why)
    return {"ip_protocol": flow.protocol, "from_port": flow.first, "to_port": flow.last, "description": description}


def rule_description(text: str) -> str:
    """`text` without what EC2 refuses in a rule's description (an apostrophe, for one), in at most 255 characters."""
    return _NOT_IN_DESCRIPTIONS.sub("", text)[:255]

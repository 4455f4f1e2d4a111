"""The VPC with three subnet tiers in every zone, its ways out, and its flow logs; or the customer's own VPC, adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import ec2

from adapters.aws import flow_logs
from adapters.aws.addresses import reserved_range
from adapters.aws.subnets import SubnetPlan, Tier, plan
from adapters.options import child
from adapters.records import NetworkRecord, SubnetRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from config.network import AdoptedNetwork

_ROLE_TAGS: dict[Tier, dict[str, str]] = {
    "public": {"kubernetes.io/role/elb": "1"},
    "private": {"kubernetes.io/role/internal-elb": "1"},
    "data": {},
}
"""By these the cloud controller prefers one subnet of a zone over another for a load balancer."""
_ANYWHERE = "0.0.0.0/0"


class Network(pulumi.ComponentResource):
    """Made or adopted; see :class:`adapters.contract.Network`."""

    def __init__(self, adapter: AwsAdapter, cluster_id: pulumi.Output[str]) -> None:
        super().__init__("unifiedmeta:aws:Network", "network")
        self._adapter = adapter
        self._cluster_tags = adapter.cluster_tags(cluster_id)
        self._cluster_id = cluster_id
        adopted = adapter.stack.network.adopt
        self._record = self._create() if adopted is None else self._adopt(adopted)
        self.register_outputs({"id": self._record.id})

    @property
    def record(self) -> NetworkRecord:
        return self._record

    def _options(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return child(self, self._adapter.provider, depends_on=depends_on)

    def _tags(self, name: str) -> dict[str, str]:
        return self._adapter.tags("network", name)

    # A VPC of our own.

    def _create(self) -> NetworkRecord:
        network = self._adapter.stack.network
        vpc = ec2.Vpc(
            "vpc",
            cidr_block=str(network.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
            opts=self._options(),
        )
        self._close_default_group(vpc)
        exposed = network.exposure == "public"
        subnets = {
            (item.tier, item.zone): self._subnet(vpc, item)
            for item in plan(network.cidr, self._adapter.zones)
            if exposed or item.tier != "public"
        }
        tables = {key: self._table(vpc, *key) for key in self._table_keys(exposed=exposed)}
        ways_out: list[pulumi.Resource] = [
            self._associate(subnet, tables[(tier, None if tier == "public" else zone)], f"{tier}-{zone}")
            for (tier, zone), subnet in subnets.items()
        ]
        addresses: tuple[ec2.Eip, ...] = ()
        if exposed:
            internet = self._internet(vpc, tables[("public", None)])
            addresses, routes = self._nat(subnets, tables, internet)
            ways_out += routes
        ways_out.append(self._s3_endpoint(vpc, [table for (tier, _), table in tables.items() if tier != "public"]))
        if network.flow_logs.enabled:
            flow_logs.record_flows(self._adapter, self, vpc, network.flow_logs.retention_days)
        return NetworkRecord(
            id=vpc.id,
            cidr=network.cidr,
            zones=self._adapter.zones,
            public=self._records(subnets, "public"),
            private=self._records(subnets, "private"),
            data=self._records(subnets, "data"),
            egress_addresses=tuple(address.public_ip for address in addresses),
            egress=tuple(ways_out),
        )

    def _close_default_group(self, vpc: ec2.Vpc) -> None:
        """Takes every rule out of the VPC's default security group: what forgets to name a group can talk to nobody."""
        ec2.DefaultSecurityGroup(
            "default-sg", vpc_id=vpc.id, ingress=[], egress=[], tags=self._tags("default-closed"), opts=self._options()
        )

    def _subnet(self, vpc: ec2.Vpc, item: SubnetPlan) -> ec2.Subnet:
        """Nodes are named by their instance id: a rebuilt server that gets an old address must not get an old name."""
        name = f"{item.tier}-{item.zone}"
        own = {**self._tags(name), **_ROLE_TAGS[item.tier]}
        return ec2.Subnet(
            f"subnet-{name}",
            vpc_id=vpc.id,
            availability_zone=item.zone,
            cidr_block=str(item.cidr),
            map_public_ip_on_launch=False,
            private_dns_hostname_type_on_launch="resource-name",
            enable_resource_name_dns_a_record_on_launch=True,
            tags=own if item.tier == "data" else self._cluster_tags.apply(lambda cluster: {**own, **cluster}),
            opts=self._options(),
        )

    def _records(self, subnets: dict[tuple[Tier, str], ec2.Subnet], tier: Tier) -> tuple[SubnetRecord, ...]:
        return tuple(
            SubnetRecord(
                id=self._keep_server_addresses(subnet, item) if tier == "private" else subnet.id,
                zone=item.zone,
                cidr=item.cidr,
            )
            for item in plan(self._adapter.stack.network.cidr, self._adapter.zones)
            if item.tier == tier and (subnet := subnets.get((tier, item.zone))) is not None
        )

    def _keep_server_addresses(self, subnet: ec2.Subnet, item: SubnetPlan) -> pulumi.Output[str]:
        """The subnet's id, known once the servers' fixed addresses are kept: nothing can be given one of them before."""
        reservation = ec2.SubnetCidrReservation(
            f"servers-{item.zone}",
            subnet_id=subnet.id,
            cidr_block=str(reserved_range(item.cidr)),
            reservation_type="explicit",
            description="Fixed addresses of RKE2 servers",
            opts=self._options(),
        )
        subnet_id: pulumi.Output[str] = reservation.subnet_id
        return subnet_id

    # Routes.

    def _table_keys(self, *, exposed: bool) -> list[tuple[Tier, str | None]]:
        """One table for the public tier; one a zone for the others, so that NAT per zone can be had without a new table."""
        keys: list[tuple[Tier, str | None]] = [("public", None)] if exposed else []
        keys += [("private", zone) for zone in self._adapter.zones]
        return [*keys, *(("data", zone) for zone in self._adapter.zones)]

    def _table(self, vpc: ec2.Vpc, tier: Tier, zone: str | None) -> ec2.RouteTable:
        name = tier if zone is None else f"{tier}-{zone}"
        return ec2.RouteTable(f"routes-{name}", vpc_id=vpc.id, tags=self._tags(name), opts=self._options())

    def _associate(self, subnet: ec2.Subnet, table: ec2.RouteTable, name: str) -> pulumi.Resource:
        return ec2.RouteTableAssociation(
            f"routes-{name}", subnet_id=subnet.id, route_table_id=table.id, opts=self._options()
        )

    def _internet(self, vpc: ec2.Vpc, table: ec2.RouteTable) -> ec2.Route:
        gateway = ec2.InternetGateway("internet", vpc_id=vpc.id, tags=self._tags("internet"), opts=self._options())
        return ec2.Route(
            "public-internet",
            route_table_id=table.id,
            destination_cidr_block=_ANYWHERE,
            gateway_id=gateway.id,
            opts=self._options(),
        )

    def _nat(
        self,
        subnets: dict[tuple[Tier, str], ec2.Subnet],
        tables: dict[tuple[Tier, str | None], ec2.RouteTable],
        internet: ec2.Route,
    ) -> tuple[tuple[ec2.Eip, ...], list[pulumi.Resource]]:
        """NAT gateways in the public tier, and the private tier's way to them. A gateway needs its own way out first."""
        mode = self._adapter.stack.network.nat
        if mode == "none":
            return (), [internet]
        gateways: dict[str, ec2.NatGateway] = {}
        addresses = []
        for zone in self._adapter.zones[: 1 if mode == "single" else None]:
            name = f"nat-{zone}"
            address = ec2.Eip(name, domain="vpc", tags=self._tags(name), opts=self._options(internet))
            addresses.append(address)
            gateways[zone] = ec2.NatGateway(
                name,
                subnet_id=subnets[("public", zone)].id,
                allocation_id=address.id,
                connectivity_type="public",
                tags=self._tags(name),
                opts=self._options(internet),
            )
        routes: list[pulumi.Resource] = [internet]
        for zone in self._adapter.zones:
            gateway = gateways.get(zone) or gateways[self._adapter.zones[0]]
            routes.append(
                ec2.Route(
                    f"private-{zone}-nat",
                    route_table_id=tables[("private", zone)].id,
                    destination_cidr_block=_ANYWHERE,
                    nat_gateway_id=gateway.id,
                    opts=self._options(),
                )
            )
        return tuple(addresses), routes

    def _s3_endpoint(self, vpc: ec2.Vpc, tables: list[ec2.RouteTable]) -> ec2.VpcEndpoint:
        """S3 without NAT, and without its price. No policy on it: image layers and package mirrors are others' buckets."""
        return ec2.VpcEndpoint(
            "s3",
            vpc_id=vpc.id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{self._adapter.region}.s3",
            route_table_ids=[table.id for table in tables],
            tags=self._tags("s3"),
            opts=self._options(),
        )

    # The customer's VPC.

    def _adopt(self, adopted: AdoptedNetwork) -> NetworkRecord:
        """Nothing is changed in it; its subnets get the tags by which the cloud controller finds them."""
        tiers: dict[Tier, dict[str, str]] = {
            "public": adopted.subnets.public,
            "private": adopted.subnets.private,
            "data": adopted.subnets.data,
        }
        chosen = {
            tier: {zone: subnets[zone] for zone in self._adapter.zones if zone in subnets}
            for tier, subnets in tiers.items()
        }
        for tier in ("public", "private"):
            for zone, subnet_id in chosen[tier].items():
                self._tag_adopted(tier, zone, subnet_id)
        return NetworkRecord(
            id=pulumi.Output.from_input(adopted.network_id),
            cidr=self._adapter.stack.network.cidr,
            zones=self._adapter.zones,
            public=_adopted_records(chosen["public"]),
            private=_adopted_records(chosen["private"]),
            data=_adopted_records(chosen["data"]),
            egress_addresses=(),
            egress=(),
        )

    def _tag_adopted(self, tier: Tier, zone: str, subnet_id: str) -> None:
        """`shared`: the cluster uses the subnet, others may too. The role's tag may be another cluster's need: it stays."""
        ec2.Tag(
            f"cluster-{tier}-{zone}",
            resource_id=subnet_id,
            key=pulumi.Output.concat("kubernetes.io/cluster/", self._cluster_id),
            value="shared",
            opts=self._options(),
        )
        for key, value in _ROLE_TAGS[tier].items():
            ec2.Tag(
                f"role-{tier}-{zone}",
                resource_id=subnet_id,
                key=key,
                value=value,
                opts=pulumi.ResourceOptions.merge(self._options(), pulumi.ResourceOptions(retain_on_delete=True)),
            )


def _adopted_records(subnets: dict[str, str]) -> tuple[SubnetRecord, ...]:
    return tuple(
        SubnetRecord(id=pulumi.Output.from_input(subnet_id), zone=zone, cidr=None)
        for zone, subnet_id in subnets.items()
    )

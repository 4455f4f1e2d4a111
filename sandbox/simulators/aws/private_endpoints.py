"""Endpoints inside a VPC: of AWS's own services, and for connecting to instances."""

from __future__ import annotations

from typing import Final

from sandbox.provider import ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.network import ROUTE_TABLE_NEED
from sandbox.simulators.aws.shared import (
    ROUTE_TABLE,
    SUBNET,
    SUBNET_NEED,
    VPC_NEED,
    account,
    always,
    ec2_arn,
    ec2_id,
    groups_need,
    region,
    subnets_need,
    tags_all,
)
from sandbox.simulators.definition import Making, Need, ResourceType, one_of


def _endpoint_entries(m: Making) -> list[dict[str, str]]:
    if m.get("vpcEndpointType", "Gateway") != "Interface":
        return []
    service = str(m.get("serviceName", "")).rsplit(".", 1)[-1]
    name = f"{m.id}-{m.hex(8, 'dns')}.{service}.{m.region}.vpce.amazonaws.com"
    return [{"dnsName": name, "hostedZoneId": "Z" + seeds.alphanumeric(20, m.region, "vpce")}]


def _endpoint_interfaces(m: Making) -> list[str]:
    if m.get("vpcEndpointType", "Gateway") != "Interface":
        return []
    return [f"eni-0{m.hex(16, 'eni', subnet)}" for subnet in m.get("subnetIds", [])]


def _endpoint_name_free(m: Making) -> None:
    """One endpoint with private DNS per service and VPC: two would answer for the same name."""
    if m.get("privateDnsEnabled") is not True:
        return
    for other in m.world.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        p = other.properties
        if (
            other.id != m.id
            and p.get("privateDnsEnabled")
            and (p.get("vpcId"), p.get("serviceName")) == (m["vpcId"], m.get("serviceName"))
        ):
            raise ProviderError(
                f"InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain for {m['serviceName']} in the VPC {m['vpcId']}"
            )


TYPES: Final[dict[str, ResourceType]] = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": ResourceType(
        id=ec2_id("vpce"),
        outputs={
            "arn": ec2_arn("vpc-endpoint"),
            "ownerId": account,
            "state": always("available"),
            "requesterManaged": always(False),
            "dnsEntries": _endpoint_entries,
            "networkInterfaceIds": _endpoint_interfaces,
            "prefixListId": lambda m: (
                f"pl-{m.hex(8, 'pl')}" if m.get("vpcEndpointType", "Gateway") == "Gateway" else ""
            ),
            "policy": always(
                '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}'
            ),
            "ipAddressType": always("ipv4"),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"vpcEndpointType": "Gateway"},
        replaces=(
            "vpcId",
            "serviceName",
            "vpcEndpointType",
            "serviceRegion",
            "resourceConfigurationArn",
            "serviceNetworkArn",
        ),
        checks=(
            one_of("vpcEndpointType", "Interface", "Gateway", "GatewayLoadBalancer", "Resource", "ServiceNetwork"),
        ),
        needs=(
            VPC_NEED,
            subnets_need("subnetIds"),
            groups_need("securityGroupIds"),
            Need("routeTableIds", ROUTE_TABLE, ROUTE_TABLE_NEED.error, holds=False),
        ),
        admits=(_endpoint_name_free,),
    ),
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": ResourceType(
        id=ec2_id("eice"),
        outputs={
            "arn": ec2_arn("instance-connect-endpoint"),
            "ownerId": account,
            "availabilityZone": lambda m: m.thing(SUBNET, m.get("subnetId")).get("availabilityZone", ""),
            "vpcId": lambda m: m.thing(SUBNET, m.get("subnetId")).get("vpcId", ""),
            "dnsName": lambda m: f"{m.id}.{m.hex(8, 'dns')}.ec2-instance-connect-endpoint.{m.region}.amazonaws.com",
            "networkInterfaceIds": lambda m: [f"eni-0{m.hex(16, 'eni')}"],
            "preserveClientIp": always(False),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("subnetId", "securityGroupIds", "preserveClientIp", "ipAddressType"),
        needs=(SUBNET_NEED, groups_need("securityGroupIds")),
    ),
}

"""VPC, subnets, gateways, routes, addresses, endpoints.

Replacement: reference "What forces replacement" of the providers' schemas. Ids, ARNs and refusals: the EC2 API reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Any, Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.shared import (
    EIP,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    SUBNET_NEED,
    VPC,
    VPC_NEED,
    account,
    addresses_in_use,
    always,
    contains,
    ec2_arn,
    ec2_id,
    free_address,
    in_use,
    issued,
    own_id,
    region,
    tags_all,
    zone_id_of,
)
from sandbox.simulators.definition import Making, Need, ResourceType, Unique, conflicts, exactly_one, one_of

_LARGEST, _SMALLEST = 16, 28
ROUTE_TABLE_NEED: Final = Need(
    "routeTableId", ROUTE_TABLE, "InvalidRouteTableID.NotFound: The routeTable ID '{id}' does not exist"
)
_DESTINATIONS: Final = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")


def _block_size(inputs: PropertyMap) -> Iterable[CheckFailure]:
    block = inputs.get("cidrBlock")
    if not isinstance(block, str):
        return
    try:
        network = IPv4Network(block)
    except ValueError as error:
        yield CheckFailure("cidrBlock", f'"{block}" is not a valid IPv4 CIDR block: {error}')
        return
    if not _LARGEST <= network.prefixlen <= _SMALLEST:
        yield CheckFailure(
            "cidrBlock", f'expected "{block}" to have a prefix length between {_LARGEST} and {_SMALLEST}'
        )


def _subnet_fits(m: Making) -> None:
    block, vpc = m.get("cidrBlock"), m.thing(VPC, m.get("vpcId"))
    if not isinstance(block, str) or not vpc.get("cidrBlock"):
        return
    network = IPv4Network(block)
    if not network.subnet_of(IPv4Network(vpc["cidrBlock"])):
        raise ProviderError(
            f"InvalidSubnet.Range: The CIDR '{block}' is invalid: it is not inside {vpc['cidrBlock']}, the VPC's"
        )
    for other in m.world.mentioning(VPC, m["vpcId"], SUBNET):
        theirs = other.properties.get("cidrBlock")
        if other.id == m.id or not theirs:
            continue
        if network.overlaps(IPv4Network(theirs)):
            raise ProviderError(
                f"InvalidSubnet.Conflict: The CIDR '{block}' conflicts with another subnet: {other.id} has {theirs}"
            )


def _zone_exists(m: Making) -> None:
    zone = m.get("availabilityZone")
    if zone and not (zone.startswith(m.region) and len(zone) == len(m.region) + 1):
        raise ProviderError(
            f"InvalidParameterValue: Value ({zone}) for parameter availabilityZone is invalid. It is not in {m.region}."
        )


def _one_gateway(m: Making) -> None:
    for other in m.world.of_type(INTERNET_GATEWAY):
        if other.id != m.id and m.get("vpcId") and other.properties.get("vpcId") == m.get("vpcId"):
            raise ProviderError(
                f"Resource.AlreadyAssociated: Network {m.get('vpcId')} already has an internet gateway attached: {other.id}"
            )


def _nothing_public(m: Making) -> None:
    """A gateway cannot go while something in its VPC has a public address behind it."""
    vpc = m.get("vpcId")
    for nat in m.world.of_type(NAT_GATEWAY):
        if (
            vpc
            and nat.properties.get("publicIp")
            and m.thing(SUBNET, nat.properties.get("subnetId")).get("vpcId") == vpc
        ):
            raise ProviderError(
                f"DependencyViolation: Network {vpc} has some mapped public address(es): {nat.id}. Please unmap those before detaching the gateway."
            )


def address_is_free(m: Making) -> None:
    address, block = m.get("privateIp"), m.thing(SUBNET, m.get("subnetId")).get("cidrBlock")
    if not address or not block:
        return
    if not contains(block, address):
        raise ProviderError(
            f"InvalidParameterValue: Address {address} does not fall within the subnet's address range {block}"
        )
    if address in addresses_in_use(m, m["subnetId"]):
        raise ProviderError(f"InvalidIPAddress.InUse: Address {address} is in use.")


def _has_way_out(m: Making) -> None:
    """A public NAT gateway needs an internet gateway in its VPC."""
    vpc = m.thing(SUBNET, m.get("subnetId")).get("vpcId")
    if m.get("connectivityType", "public") != "public" or not isinstance(vpc, str):
        return
    if not any(g.properties.get("vpcId") == vpc for g in m.world.of_type(INTERNET_GATEWAY)):
        raise ProviderError(f"Gateway.NotAttached: Network {vpc} has no Internet gateway attached")


def _public_ip(m: Making) -> str:
    return str(m.thing(EIP, m.get("allocationId")).get("publicIp") or "")


def _nat_addresses(m: Making) -> str:
    return str(m.get("privateIp") or m.kept("privateIp", lambda: free_address(m, m.get("subnetId"), "nat")))


def _route_target(inputs: PropertyMap) -> Iterable[CheckFailure]:
    targets = (
        "gatewayId", "natGatewayId", "transitGatewayId", "vpcPeeringConnectionId", "networkInterfaceId", "vpcEndpointId",
        "egressOnlyGatewayId", "carrierGatewayId", "coreNetworkArn", "localGatewayId", "odbNetworkArn",
    )  # fmt: skip
    yield from exactly_one(*targets)(inputs)
    yield from exactly_one(*_DESTINATIONS)(inputs)


def _destination(m: Making) -> Any:
    return next((m.get(name) for name in _DESTINATIONS if m.get(name)), None)


def _associations_differ(m: Making) -> Any:
    return ("subnet", m.get("subnetId")) if m.get("subnetId") else ("gateway", m.get("gatewayId"))


TYPES: Final[dict[str, ResourceType]] = {
    VPC: ResourceType(
        id=ec2_id("vpc"),
        outputs={
            "arn": ec2_arn("vpc"),
            "ownerId": account,
            "defaultSecurityGroupId": lambda m: issued(f"sg-0{m.hex(12, 'default')}"),
            "defaultRouteTableId": lambda m: issued(f"rtb-0{m.hex(12, 'main')}"),
            "mainRouteTableId": lambda m: issued(f"rtb-0{m.hex(12, 'main')}"),
            "defaultNetworkAclId": lambda m: issued(f"acl-0{m.hex(12, 'default')}"),
            "dhcpOptionsId": lambda m: f"dopt-0{seeds.hexadecimal(16, m.account, m.region, 'dopt')}",
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
        replaces=("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"),
        checks=(
            _block_size,
            conflicts("cidrBlock", "ipv4NetmaskLength"),
            one_of("instanceTenancy", "default", "dedicated"),
        ),
        in_use=in_use("vpc"),
        satellites={"defaultSecurityGroupId": SECURITY_GROUP, "mainRouteTableId": ROUTE_TABLE},
    ),
    SUBNET: ResourceType(
        id=ec2_id("subnet"),
        outputs={
            "arn": ec2_arn("subnet"),
            "ownerId": account,
            "availabilityZone": lambda m: f"{m.region}a",
            "availabilityZoneId": lambda m: zone_id_of(m.get("availabilityZone") or f"{m.region}a"),
            "privateDnsHostnameTypeOnLaunch": always("ip-name"),
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={
            "assignIpv6AddressOnCreation": False,
            "enableDns64": False,
            "ipv6Native": False,
            "mapPublicIpOnLaunch": False,
        },
        replaces=("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "outpostArn", "ipv6Native"),
        checks=(
            _block_size,
            conflicts("availabilityZone", "availabilityZoneId"),
            one_of("privateDnsHostnameTypeOnLaunch", "ip-name", "resource-name"),
        ),
        needs=(VPC_NEED,),
        admits=(_zone_exists, _subnet_fits),
        in_use=in_use("subnet"),
    ),
    INTERNET_GATEWAY: ResourceType(
        id=ec2_id("igw"),
        outputs={
            "arn": ec2_arn("internet-gateway"),
            "ownerId": account,
            "vpcId": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        needs=(VPC_NEED,),
        admits=(_one_gateway,),
        releases=(_nothing_public,),
    ),
    EIP: ResourceType(
        id=ec2_id("eipalloc"),
        outputs={
            "allocationId": own_id,
            "arn": ec2_arn("elastic-ip"),
            "publicIp": lambda m: seeds.public_address(m.id),
            "publicDns": lambda m: (
                f"ec2-{seeds.public_address(m.id).replace('.', '-')}.{m.region}.compute.amazonaws.com"
            ),
            "publicIpv4Pool": always("amazon"),
            "networkBorderGroup": region,
            "domain": always("vpc"),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("domain", "networkBorderGroup", "publicIpv4Pool", "address"),
        checks=(one_of("domain", "vpc", "standard"),),
        in_use="InvalidIPAddress.InUse: Address {id} is in use by {users}",
    ),
    NAT_GATEWAY: ResourceType(
        id=ec2_id("nat"),
        outputs={
            "associationId": lambda m: f"eipassoc-0{m.hex(16, 'assoc')}",
            "networkInterfaceId": lambda m: f"eni-0{m.hex(16, 'eni')}",
            "privateIp": _nat_addresses,
            "publicIp": _public_ip,
            "region": region,
            "tagsAll": tags_all,
        },
        defaults={"connectivityType": "public"},
        replaces=("allocationId", "subnetId", "connectivityType", "privateIp", "availabilityMode", "vpcId"),
        checks=(one_of("connectivityType", "public", "private"),),
        needs=(
            SUBNET_NEED,
            VPC_NEED,
            Need("allocationId", EIP, "InvalidAllocationID.NotFound: The allocation ID '{id}' does not exist"),
        ),
        admits=(_has_way_out, address_is_free),
    ),
    ROUTE_TABLE: ResourceType(
        id=ec2_id("rtb"),
        outputs={"arn": ec2_arn("route-table"), "ownerId": account, "region": region, "tagsAll": tags_all},
        replaces=("vpcId",),
        needs=(VPC_NEED,),
        in_use=in_use("routeTable"),
    ),
    "aws:ec2/route:Route": ResourceType(
        id=lambda m: f"r-{m['routeTableId']}{seeds.number(4_294_967_295, _destination(m))}",
        outputs={
            "origin": always("CreateRoute"),
            "state": always("active"),
            "instanceId": always(""),
            "instanceOwnerId": always(""),
            "networkInterfaceId": always(""),
            "region": region,
        },
        replaces=("routeTableId", *_DESTINATIONS),
        checks=(_route_target,),
        needs=(
            Need("routeTableId", ROUTE_TABLE, ROUTE_TABLE_NEED.error, holds=False),
            Need(
                "natGatewayId",
                NAT_GATEWAY,
                "InvalidNatGatewayID.NotFound: The natGateway ID '{id}' does not exist",
                holds=False,
            ),
            Need(
                "gatewayId",
                INTERNET_GATEWAY,
                "InvalidGatewayID.NotFound: The gateway ID '{id}' does not exist",
                holds=False,
                prefix="igw-",
            ),
        ),
        unique=(
            Unique(
                lambda m: (m["routeTableId"], _destination(m)),
                "RouteAlreadyExists: The route identified by {id} already exists.",
            ),
        ),
        delete_first=True,
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ResourceType(
        id=ec2_id("rtbassoc"),
        outputs={"region": region},
        replaces=("subnetId", "gatewayId"),
        checks=(exactly_one("subnetId", "gatewayId"),),
        needs=(ROUTE_TABLE_NEED, Need("subnetId", SUBNET, SUBNET_NEED.error, holds=False)),
        unique=(
            Unique(
                _associations_differ,
                "Resource.AlreadyAssociated: the specified association for {id} conflicts with an existing association",
            ),
        ),
        delete_first=True,
    ),
    "aws:ec2/tag:Tag": ResourceType(
        id=lambda m: f"{m['resourceId']},{m['key']}",
        outputs={"region": region},
        replaces=("resourceId", "key"),
    ),
    "aws:ec2/subnetCidrReservation:SubnetCidrReservation": ResourceType(
        id=ec2_id("scr"),
        outputs={"ownerId": account, "region": region},
        replaces=("*",),
        checks=(one_of("reservationType", "prefix", "explicit"),),
        needs=(SUBNET_NEED,),
    ),
    "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": ResourceType(
        id=ec2_id("dopt"),
        outputs={"arn": ec2_arn("dhcp-options"), "ownerId": account, "region": region, "tagsAll": tags_all},
        replaces=("domainName", "domainNameServers", "ntpServers", "netbiosNameServers", "netbiosNodeType"),
    ),
}

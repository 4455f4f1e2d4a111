"""What every concern of the simulated AWS uses: ids, ARNs, addresses, tags."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Final

from sandbox.provider import ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.definition import Compute, Making, Need

VPC: Final = "aws:ec2/vpc:Vpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
ROUTE_TABLE: Final = "aws:ec2/routeTable:RouteTable"
INTERNET_GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
NAT_GATEWAY: Final = "aws:ec2/natGateway:NatGateway"
EIP: Final = "aws:ec2/eip:Eip"
INSTANCE: Final = "aws:ec2/instance:Instance"
VOLUME: Final = "aws:ebs/volume:Volume"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP: Final = "aws:autoscaling/group:Group"
LOAD_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
TARGET_GROUP: Final = "aws:lb/targetGroup:TargetGroup"
LISTENER: Final = "aws:lb/listener:Listener"
ROLE: Final = "aws:iam/role:Role"
POLICY: Final = "aws:iam/policy:Policy"
INSTANCE_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"
USER: Final = "aws:iam/user:User"
ZONE: Final = "aws:route53/zone:Zone"
KEY: Final = "aws:kms/key:Key"
SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105  a type token
BUCKET: Final = "aws:s3/bucket:Bucket"
CERTIFICATE: Final = "aws:acm/certificate:Certificate"
WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"

CREATED: Final = "2026-01-01T00:00:00Z"
"""When everything in the simulated cloud was made."""
SANDBOX_ACCOUNT: Final = "123456789012"

_IN_USE: Final = "DependencyViolation: The {what} '{{id}}' has dependencies and cannot be deleted: {{users}}"


def in_use(what: str) -> str:
    """EC2's refusal to delete something that is needed, as a template."""
    return _IN_USE.format(what=what)


def ec2_id(prefix: str) -> Compute:
    """Ids such as `vpc-0` and 16 hexadecimal digits."""
    return lambda m: issued(f"{prefix}-0{m.hex(12, prefix)}")


def issued(body: str) -> str:
    """An id that the simulated cloud gives out: the last four digits confirm the others."""
    return body + seeds.hexadecimal(4, "issued", body.lower())


def is_issued(id_: str) -> bool:
    """Whether an id was given out by a simulated cloud, this one or another."""
    return id_[-4:].lower() == seeds.hexadecimal(4, "issued", id_[:-4].lower())


def ec2_arn(kind: str) -> Compute:
    return lambda m: arn(m, "ec2", f"{kind}/{m.id}")


def arn(m: Making, service: str, resource: str, *, region: bool = True) -> str:
    """An ARN in the provider's account; global services have no region in theirs."""
    return f"arn:{m.partition}:{service}:{m.region if region else ''}:{m.account}:{resource}"


def service_arn(service: str, resource: Callable[[Making], str], *, region: bool = True) -> Compute:
    return lambda m: arn(m, service, resource(m), region=region)


def account(m: Making) -> str:
    return m.account


def region(m: Making) -> str:
    return m.region


def own_id(m: Making) -> str:
    return m.id


def tags_all(m: Making) -> dict[str, Any]:
    """A resource's tags with the provider's default tags under them."""
    default = (m.config.get("defaultTags") or {}).get("tags") or {}
    return {**default, **m.get("tags", {})}


def named(key: str = "name") -> Compute:
    return lambda m: m[key]


def always(value: Any) -> Compute:
    return lambda _: value


def partition_of(region_name: str) -> str:
    return "aws-cn" if region_name.startswith("cn-") else "aws-us-gov" if region_name.startswith("us-gov-") else "aws"


def dns_suffix(region_name: str) -> str:
    return "amazonaws.com.cn" if region_name.startswith("cn-") else "amazonaws.com"


def internal_domain(region_name: str) -> str:
    """The domain of private DNS names."""
    return "ec2.internal" if region_name == "us-east-1" else f"{region_name}.compute.internal"


def zone_id_of(availability_zone: str) -> str:
    """The zone id behind a zone's name, such as `apne2-az1`."""
    area, direction, rest = [*availability_zone.split("-"), "", ""][:3]
    words = {"northeast": "ne", "southeast": "se", "northwest": "nw", "southwest": "sw", "central": "c"}
    return f"{area}{words.get(direction, direction[:1])}{rest[:-1]}-az{ord(rest[-1:] or 'a') - ord('a') + 1}"


def free_address(m: Making, subnet_id: Any, label: str) -> str:
    """An address of a subnet that nothing in the world has; AWS keeps the first four and the last for itself."""
    block = m.thing(SUBNET, subnet_id).get("cidrBlock")
    if not block or not isinstance(block, str):  # a subnet that was there before: only its owner knows its block
        return str(IPv4Network("10.0.0.0/8")[seeds.number(2**24 - 2, m.id, label) + 1])
    network = IPv4Network(block)
    usable = network.num_addresses - 5
    taken = addresses_in_use(m, subnet_id)
    start = seeds.number(usable, m.id, label)
    for step in range(usable):
        address = str(network[4 + (start + step) % usable])
        if address not in taken:
            return address
    raise ProviderError(
        f"InsufficientFreeAddressesInSubnet: The specified subnet '{subnet_id}' does not have enough free addresses"
    )


def addresses_in_use(m: Making, subnet_id: str) -> set[str]:
    """The private addresses in a subnet that instances and NAT gateways have, other than this one's own."""
    return {
        thing.properties["privateIp"]
        for type_ in (INSTANCE, NAT_GATEWAY)
        for thing in m.world.mentioning(SUBNET, subnet_id, type_)
        if thing.id != m.id and isinstance(thing.properties.get("privateIp"), str)
    }


def contains(block: str, address: str) -> bool:
    return IPv4Address(address) in IPv4Network(block)


VPC_NEED: Final = Need("vpcId", VPC, "InvalidVpcID.NotFound: The vpc ID '{id}' does not exist")
SUBNET_NEED: Final = Need("subnetId", SUBNET, "InvalidSubnetID.NotFound: The subnet ID '{id}' does not exist")


def subnets_need(path: str) -> Need:
    return Need(path, SUBNET, "InvalidSubnetID.NotFound: The subnet ID '{id}' does not exist")


def groups_need(path: str) -> Need:
    return Need(path, SECURITY_GROUP, "InvalidGroup.NotFound: The security group '{id}' does not exist")


def role_need(path: str = "role", *, holds: bool = False) -> Need:
    return Need(path, ROLE, "NoSuchEntity: The role with name {id} cannot be found.", holds=holds)

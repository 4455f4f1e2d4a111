"""Data sources: what the simulated account answers, the same in every run, and resources that are only looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.provider import UNKNOWN, Live, PropertyMap, ProviderError
from sandbox.simulators import sdk, sdk_shapes, seeds
from sandbox.simulators.aws.adoption import adopted, name_servers
from sandbox.simulators.aws.shared import (
    CREATED,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SUBNET,
    VPC,
    ZONE,
    dns_suffix,
    partition_of,
    zone_id_of,
)
from sandbox.simulators.definition import Making

_ZONES: Final = "abcd"
"""Regions have three to six zones; that the fourth is missing here in most of them stands in _THREE_ZONES."""
_THREE_ZONES: Final = frozenset(
    {"eu-central-1", "eu-west-1", "us-east-2", "ap-southeast-1", "ap-southeast-2", "eu-north-1"}
)
_ADOPTED_VPC: Final = "10.0.0.0/16"
_PREFIXES: Final = {VPC: "vpc", SUBNET: "subnet", SECURITY_GROUP: "sg", ROUTE_TABLE: "rtb"}


def zone_names(region: str) -> list[str]:
    """The availability zones of a region in the simulated account."""
    return [region + letter for letter in (_ZONES[:3] if region in _THREE_ZONES else _ZONES)]


def _caller(m: Making) -> PropertyMap:
    user = f"arn:{m.partition}:iam::{m.account}:user/sandbox"
    return {"accountId": m.account, "arn": user, "id": m.account, "userId": "AIDA" + seeds.alphanumeric(17, m.account)}


def _region(m: Making) -> PropertyMap:
    name = str(m.get("region") or m.get("name") or m.region)
    return {"region": name, "name": name, "id": name, "description": name, "endpoint": f"ec2.{name}.{dns_suffix(name)}"}


def _partition(m: Making) -> PropertyMap:
    suffix = dns_suffix(m.region)
    return {
        "partition": m.partition,
        "dnsSuffix": suffix,
        "id": m.partition,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
    }


def _zones(m: Making) -> PropertyMap:
    names = zone_names(m.region)
    excluded = {*m.get("excludeNames", []), *m.get("excludeZoneIds", [])}
    names = [name for name in names if name not in excluded and zone_id_of(name) not in excluded]
    return {
        "names": names,
        "zoneIds": [zone_id_of(n) for n in names],
        "groupNames": [m.region],
        "id": m.region,
        "region": m.region,
    }


def _zone(m: Making) -> PropertyMap:
    name = m.get("name") or next((n for n in zone_names(m.region) if zone_id_of(n) == m.get("zoneId")), f"{m.region}a")
    if name not in zone_names(m.region):
        raise ProviderError(f"InvalidParameterValue: Invalid availability zone: [{name}]")
    return {
        "name": name, "zoneId": zone_id_of(name), "id": name, "nameSuffix": name[-1], "region": m.region, "state": "available",
        "groupName": m.region, "networkBorderGroup": m.region, "optInStatus": "opt-in-not-required", "zoneType": "availability-zone",
        "groupLongName": m.region, "parentZoneId": "", "parentZoneName": "",
    }  # fmt: skip


def _filter_value(m: Making, name: str) -> str:
    for item in m.get("filters", []):
        if item.get("name") == name and item.get("values"):
            return str(item["values"][0])
    return ""


def _ami(m: Making) -> PropertyMap:
    pattern = _filter_value(m, "name") or str(m.get("nameRegex", "")) or "image"
    owner = str(next(iter(m.get("owners", [])), m.account))
    owner_id = owner if owner.isdigit() else m.account if owner == "self" else "137112412989"
    question = repr(sorted((k, str(v)) for k, v in m.inputs.items()))
    image = f"ami-0{seeds.hexadecimal(16, m.account, m.region, question)}"
    name = pattern.replace("*", "20260101")
    return {
        "id": image, "imageId": image, "name": name, "ownerId": owner_id, "architecture": _filter_value(m, "architecture") or "x86_64",
        "arn": f"arn:{m.partition}:ec2:{m.region}::image/{image}", "creationDate": CREATED, "deprecationTime": "2028-01-01T00:00:00Z",
        "description": name, "state": "available", "rootDeviceName": "/dev/sda1", "rootDeviceType": "ebs",
        "rootSnapshotId": f"snap-0{seeds.hexadecimal(16, image)}", "virtualizationType": "hvm", "hypervisor": "xen", "enaSupport": True,
        "bootMode": "uefi-preferred", "imageType": "machine", "imdsSupport": "v2.0", "tags": {}, "region": m.region, "public": owner_id != m.account,
    }  # fmt: skip


def _parameter(m: Making) -> PropertyMap:
    name = m["name"]
    stored = m.world.get("aws:ssm/parameter:Parameter", name)
    kind, value = "String", None
    if stored is not None:
        kind, value = str(stored.properties.get("type", kind)), stored.properties.get("value")
    elif name.startswith("/aws/service/"):
        # AWS's own parameters name images and service data; those that end in an image id are the ones in use.
        value = f"ami-0{seeds.hexadecimal(16, m.region, name)}"
    if value is None:
        raise ProviderError(f"ParameterNotFound: couldn't find resource: {name}")
    arn = f"arn:{m.partition}:ssm:{m.region}:{m.account}:parameter/{name.lstrip('/')}"
    return {
        "name": name,
        "arn": arn,
        "id": name,
        "type": kind,
        "value": value,
        "insecureValue": value,
        "version": 1,
        "region": m.region,
    }


def _vpc(m: Making) -> PropertyMap:
    found = _look_up(m, VPC, str(m.get("id") or ""))
    return {"state": "available", "default": bool(m.get("default", False)), "cidrBlockAssociations": [], **found}


def _subnet(m: Making) -> PropertyMap:
    return {"state": "available", "availableIpAddressCount": 4091, **_look_up(m, SUBNET, str(m.get("id") or ""))}


def _security_group(m: Making) -> PropertyMap:
    return _look_up(m, SECURITY_GROUP, str(m.get("id") or ""))


def _route_table(m: Making) -> PropertyMap:
    id_ = str(m.get("routeTableId") or f"rtb-0{seeds.hexadecimal(16, m.get('subnetId'), m.get('vpcId'))}")
    return {**_look_up(m, ROUTE_TABLE, id_), "routeTableId": id_}


def _hosted_zone(m: Making) -> PropertyMap:
    name = str(m.get("name") or "").rstrip(".")
    known = next((t for t in m.world.of_type(ZONE) if name and str(t.properties.get("name")).rstrip(".") == name), None)
    id_ = known.id if known else str(m.get("zoneId") or "Z" + seeds.alphanumeric(20, m.account, name))
    return {**_look_up(m, ZONE, id_, {"name": name} if name else {}), "zoneId": id_}


def _look_up(m: Making, type_: str, id_: str, facts: Mapping[str, Any] | None = None) -> PropertyMap:
    """A resource that this stack made, or one that the account is taken to have had before."""
    if id_ and (thing := m.world.get(type_, id_)) is not None:
        return {**thing.properties, "id": id_}
    id_ = id_ or f"{_PREFIXES[type_]}-0{seeds.hexadecimal(16, m.account, m.region, type_, str(m.inputs))}"
    live = adopted(m, type_, id_, {**_adopted_facts(m, type_, id_), **(facts or {})})
    if live is None:
        raise ProviderError(f"no matching {type_.rsplit(':', 1)[-1]} found: {id_}")
    return {**live.properties, "id": id_}


def _adopted_facts(m: Making, type_: str, id_: str) -> PropertyMap:
    if type_ == VPC:
        return {
            "cidrBlock": _ADOPTED_VPC, "enableDnsSupport": True, "enableDnsHostnames": True, "instanceTenancy": "default", "tags": {},
            "defaultSecurityGroupId": f"sg-0{seeds.hexadecimal(16, id_)}", "mainRouteTableId": f"rtb-0{seeds.hexadecimal(16, id_)}",
            "arn": f"arn:{m.partition}:ec2:{m.region}:{m.account}:vpc/{id_}",
        }  # fmt: skip
    if type_ == SUBNET:
        place = seeds.number(240, id_)
        zone = zone_names(m.region)[place % 3]
        vpc = m.get("vpcId") or next((t.id for t in m.world.of_type(VPC)), f"vpc-0{seeds.hexadecimal(16, m.account)}")
        return {
            "cidrBlock": f"10.0.{place}.0/24", "availabilityZone": zone, "availabilityZoneId": zone_id_of(zone), "vpcId": vpc, "tags": {},
            "mapPublicIpOnLaunch": False, "arn": f"arn:{m.partition}:ec2:{m.region}:{m.account}:subnet/{id_}",
        }  # fmt: skip
    return {"zoneId": id_, "nameServers": name_servers(id_)} if type_ == ZONE else {"tags": {}}


def read_only(m: Making, id_: str) -> Live | None:
    """What a program reads by its id alone, without having made it; None where there can be no such thing."""
    return adopted(m, m.type, id_, _adopted_facts(m, m.type, id_))


_ANSWERS: Final[dict[str, Callable[[Making], PropertyMap]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getAvailabilityZone:getAvailabilityZone": _zone,
    "aws:ec2/getAmi:getAmi": _ami,
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:ec2/getSubnet:getSubnet": _subnet,
    "aws:ec2/getSecurityGroup:getSecurityGroup": _security_group,
    "aws:ec2/getRouteTable:getRouteTable": _route_table,
    "aws:route53/getZone:getZone": _hosted_zone,
    "aws:ssm/getParameter:getParameter": _parameter,
}


def answer(m: Making, token: str) -> PropertyMap:
    """The result of a data source. Raises ProviderError for wrong arguments and for a function that is not simulated."""
    try:
        failures = sdk_shapes.arguments_of("aws", token).problems(m.inputs)
    except sdk.UnknownTokenError as error:
        raise ProviderError(str(error)) from None
    if failures:
        raise ProviderError(
            f"{token}: " + "; ".join(f"{path}: {reason}" if path else reason for path, reason in failures)
        )
    reply = _ANSWERS.get(token)
    if reply is None:
        raise ProviderError(
            f"the sandbox does not simulate {token}; it answers {', '.join(sorted(t.split(':')[-1] for t in _ANSWERS))}"
        )
    if any(value is UNKNOWN for value in m.inputs.values()):
        raise ProviderError(f"{token}: its arguments are not known yet")
    m.partition = partition_of(m.region)
    return reply(m)

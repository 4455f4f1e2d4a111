"""Resources that the account had before: a stack may be built into a customer's VPC, subnets, zones and certificates.

The simulated cloud cannot know what they are, so it takes any id of the right shape for one of them, unless it is an id
of its own: those it can tell (:func:`is_issued`), and one that is not in the world any more is refused as the real
cloud refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.provider import Live, PropertyMap
from sandbox.simulators import sdk_shapes, seeds
from sandbox.simulators.aws.shared import CERTIFICATE, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC, ZONE, is_issued
from sandbox.simulators.definition import Making
from sandbox.simulators.plausible import plausible_output
from sandbox.simulators.world import Thing

_SHAPES: Final = {
    VPC: re.compile(r"vpc-[0-9a-f]{8,17}"),
    SUBNET: re.compile(r"subnet-[0-9a-f]{8,17}"),
    SECURITY_GROUP: re.compile(r"sg-[0-9a-f]{8,17}"),
    ROUTE_TABLE: re.compile(r"rtb-[0-9a-f]{8,17}"),
    ZONE: re.compile(r"Z[0-9A-Z]{10,32}"),
    CERTIFICATE: re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}"),
}


def adopted(m: Making, type_: str, id_: str, facts: Mapping[str, Any] | None = None) -> Live | None:
    """A resource that the account is taken to have had, now part of the world; None where it cannot have had it.

    `m` gives account and region. What `facts` do not say about it stays plausible but empty.
    """
    shape = _SHAPES.get(type_)
    if shape is not None and (not shape.fullmatch(id_) or is_issued(id_) or not m.world.is_fresh(type_, id_)):
        return None
    making = Making(type_, "", {}, m.world, m.config, m.account, m.region, m.partition, id_)
    properties: PropertyMap = dict(facts or {})
    for name, (hint, always) in sdk_shapes.outputs_of("aws", type_).items():
        if always and name not in properties:
            properties[name] = plausible_output(making, name, hint)
    m.world.put(Thing(type_, id_, "", properties))
    return Live(id_, properties)


def may_be_adopted(m: Making, type_: str, id_: str) -> bool:
    """Whether a reference to something unknown is one to what the account had before; it is part of the world then."""
    return type_ in _SHAPES and adopted(m, type_, id_, {"zoneId": id_} if type_ == ZONE else None) is not None


def name_servers(zone_id: str) -> list[str]:
    """Those of a zone that was there before."""
    tops = ("com", "net", "org", "co.uk")
    return [f"ns-{seeds.number(512, zone_id, n) + 512 * n}.awsdns-{n:02d}.{top}" for n, top in enumerate(tops)]

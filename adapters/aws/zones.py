"""AWS's regions and their availability zones, so that a plan needs no question to the cloud.

Source: AWS's documentation "AWS Regions" and "Availability Zones". Where an account sees only some zones of a region
(us-west-1, ap-northeast-1, ca-central-1), only the letters that new accounts get are listed; others can be named in the
stack file. Regions of other partitions (China, GovCloud) are left out: the issuer's documents need CloudFront there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.network import Network

ZONE_LETTERS: dict[str, str] = {
    "af-south-1": "abc",
    "ap-east-1": "abc",
    "ap-east-2": "abc",
    "ap-northeast-1": "acd",
    "ap-northeast-2": "abcd",
    "ap-northeast-3": "abc",
    "ap-south-1": "abc",
    "ap-south-2": "abc",
    "ap-southeast-1": "abc",
    "ap-southeast-2": "abc",
    "ap-southeast-3": "abc",
    "ap-southeast-4": "abc",
    "ap-southeast-5": "abc",
    "ap-southeast-7": "abc",
    "ca-central-1": "abd",
    "ca-west-1": "abc",
    "eu-central-1": "abc",
    "eu-central-2": "abc",
    "eu-north-1": "abc",
    "eu-south-1": "abc",
    "eu-south-2": "abc",
    "eu-west-1": "abc",
    "eu-west-2": "abc",
    "eu-west-3": "abc",
    "il-central-1": "abc",
    "me-central-1": "abc",
    "me-south-1": "abc",
    "mx-central-1": "abc",
    "sa-east-1": "abc",
    "us-east-1": "abcdef",
    "us-east-2": "abc",
    "us-west-1": "ac",
    "us-west-2": "abcd",
}
"""Region to the letters of its zones."""

_ZONE_LETTER = re.compile("[a-f]")


def region_zones(region: str) -> tuple[str, ...]:
    """The zones of a region in alphabetical order; empty for a region that is not known."""
    return tuple(f"{region}{letter}" for letter in ZONE_LETTERS.get(region, ""))


def is_zone_of(zone: str, region: str) -> bool:
    """Whether `zone` can be an availability zone of `region`: its name and one letter.

    Wider than :func:`region_zones`, because accounts differ in the zones they see. Local and wavelength zones are refused.
    """
    return zone.startswith(region) and _ZONE_LETTER.fullmatch(zone.removeprefix(region)) is not None


def zones_of(network: Network, region: str) -> tuple[str, ...]:
    """The zones that a stack stands in: those it names; else the first so many of the adopted subnets or of the region."""
    if isinstance(network.zones, list):
        return tuple(network.zones)
    if network.adopt is not None:
        return tuple(network.adopt.subnets.private)[: network.zones]
    return region_zones(region)[: network.zones]

"""ExternalDNS, one release for each zone: two owners never write into the same zone."""

from __future__ import annotations

from typing import Final

from adapters.catalogue import Chart, Component
from adapters.records import Capabilities
from config.model import StackConfig

CHART: Final = Chart(
    name="external-dns", version="1.21.1", repository="https://kubernetes-sigs.github.io/external-dns/"
)
"""0.22 (chart 1.22) reads annotations under another prefix; the profiles name the prefix, so that raising this is safe."""


def _public(stack: StackConfig, _capabilities: Capabilities) -> bool:
    return stack.dns.public.mode != "none" and stack.ingress.public.enabled


def _private(stack: StackConfig, _capabilities: Capabilities) -> bool:
    return stack.dns.private.mode != "none"


PUBLIC = Component(
    name="external-dns-public",
    why="writes the names of public Ingresses into the public zone",
    colour="yellow",
    chart=CHART,
    namespace="external-dns",
    licence="Apache-2.0",
    on=_public,
    profiles=lambda _stack: ("external-dns", "external-dns-public"),
    service_account="external-dns-public",
    health=("deployment/external-dns-public",),
)

PRIVATE = Component(
    name="external-dns-private",
    why="writes the names of all Ingresses into the zone that only the network sees",
    colour="yellow",
    chart=CHART,
    namespace="external-dns",
    licence="Apache-2.0",
    on=_private,
    profiles=lambda _stack: ("external-dns", "external-dns-private"),
    service_account="external-dns-private",
    health=("deployment/external-dns-private",),
)

COMPONENTS = (PUBLIC, PRIVATE)

"""Every profile that a stack can select, merged with facts as a run would place them; and the charts' published data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from adapters.aws.adapter import CAPABILITIES
from adapters.aws.catalogue import COMPONENTS as AWS
from adapters.catalogue import Component
from components.platform import values as v
from components.platform.facts import PublicFact
from components.platform.selection import selected
from config.model import StackConfig
from tests.support.stacks import stack_with

ROOT = Path(__file__).parents[2]
CHARTS = ROOT.parent / "shared" / "charts"
NO_CHARTS = "the charts' published data is not beside the checkout (../shared/charts)"

FACTS = {
    name: PublicFact(name, f"fact-of-{name}")
    for name in (
        *("region", "cluster.id", "domain", "stack.name", "customer", "tls.cluster_issuer", "ingress.admin_class"),
        *("storage.class", "storage.replicated_is_default", "acme.email", "dns.public_zone_id", "dns.private_zone_id"),
        *("backups.bucket", "backups.region", "backups.endpoint", "ingress.public.address", "ingress.internal.address"),
        *("kms.disks", "kms.vault", "kms.backups", "kms.secrets", "identity.csi", "identity.cert-manager"),
        *("identity.external-dns-public", "identity.external-dns-private", "identity.vault", "identity.vault-init"),
    )
} | {
    "network.cidr": PublicFact("network.cidr", "10.0.0.0/16"),
    "cluster.pod_cidr": PublicFact("cluster.pod_cidr", "10.42.0.0/16"),
    "ingress.public.allow_list": PublicFact("ingress.public.allow_list", ("203.0.113.0/24",)),
    "ingress.internal.allow_list": PublicFact("ingress.internal.allow_list", ("10.0.0.0/16",)),
}

CHOICES: dict[str, tuple[dict[str, Any], ...]] = {
    "engine": ({}, {"ingress__engine": "ingress-nginx"}),
    "public": ({}, {"ingress__public": {"front": "l4"}}),
    "internal": ({}, {"ingress__internal": {"front": "l7"}}),
    "delegated": ({}, {"dns__public": {"delegated": True}, "dns__acmeEmail": "ops@acme.example"}),
    "size": ({"platform__size": "small"}, {}, {"platform__size": "large"}),
    "protection": ({}, {"protection": "off"}),
}


def stacks() -> Iterator[StackConfig]:
    """Every combination of the choices that change a profile."""
    for combination in product(*CHOICES.values()):
        yield stack_with(**{key: value for edits in combination for key, value in edits.items()})


def merged(name: str, **edits: Any) -> Any:
    """The values of one component in one stack."""
    stack = stack_with(**edits)
    component = next(c for c in selected(stack, CAPABILITIES, AWS) if c.name == name)
    return v.values(component, stack, FACTS, ROOT / "stacks")


@lru_cache(maxsize=1)
def all_merged() -> tuple[tuple[Component, str, dict[str, Any]], ...]:
    """Each different result once: component, the stems it is made of, values."""
    found: dict[tuple[str, str], tuple[Component, str, dict[str, Any]]] = {}
    for stack in stacks():
        for component in selected(stack, CAPABILITIES, AWS):
            label = f"{'+'.join(component.stems(stack))}-{stack.platform.size}"
            if (component.name, label) not in found:
                found[component.name, label] = (component, label, v.values(component, stack, FACTS, ROOT / "stacks"))
    return tuple(found.values())


@lru_cache(maxsize=64)
def published(chart: str, file: str) -> Any:
    """A file of a chart's published data, parsed; None where the chart has none."""
    path = CHARTS / chart / file
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader) if path.is_file() else None

"""Everything in a stack file that can be refused before anything runs: by the CSP, by its capabilities, by the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.platform.selection import STACKS, platform_problems
from config import effective
from config.load import refusal
from config.problems import Problem

if TYPE_CHECKING:
    from adapters.contract import Adapter
    from adapters.records import Capabilities
    from config.model import StackConfig


def problems(stack: StackConfig, adapter: Adapter) -> list[Problem]:
    """All of them; the file's own rules (:mod:`config.rules`) have passed before."""
    found = [*adapter.problems(), *_beyond(stack, adapter.capabilities)]
    return [*found, *platform_problems(stack, adapter.capabilities, adapter.components, STACKS)]


def refuse_problems(stack: StackConfig, stack_name: str, adapter: Adapter) -> None:
    """Raises config.problems.StackFileError with every problem and its line, before the first resource."""
    if found := problems(stack, adapter):
        raise refusal(found, stack_name)


def _beyond(stack: StackConfig, can: Capabilities) -> Iterator[Problem]:
    """What the stack asks for and its CSP does not have."""
    where = stack.cloud.csp.value
    for name, ingress in (("public", stack.ingress.public), ("internal", stack.ingress.internal)):
        if ingress.enabled and ingress.front == "l7" and not can.l7_fronts:
            yield Problem(("ingress", name, "front"), f"{where} has no l7 fronts", "write front: l4")
    if effective.waf(stack).enabled and not can.waf:
        yield Problem(
            ("ingress", "public", "waf"), f"{where} has no web application firewall", "write waf: {enabled: off}"
        )
    if stack.network.private_endpoints and not can.private_endpoints:
        yield Problem(
            ("network", "privateEndpoints"), f"{where} has no private endpoints", "write privateEndpoints: false"
        )
    if effective.zone_count(stack) > can.zones_max:
        yield Problem(
            ("network", "zones"),
            f"{where} has at most {can.zones_max} zones in a region",
            f"write zones: {can.zones_max}",
        )
    for name, pool in stack.cluster.pools.items():
        if pool.spot and not can.spot:
            yield Problem(
                ("cluster", "pools", name, "spot"), f"{where} has no interruptible machines", "take `spot` out"
            )
        if pool.gpu and not can.gpu:
            yield Problem(("cluster", "pools", name, "gpu"), f"{where} has no GPU machines", "take the pool out")
    if effective.storage_default(stack) == "block" and not can.block_storage:
        yield Problem(("storage", "default"), f"{where} has no block storage of its own", "write default: replicated")

"""What a stack means where it says nothing: defaults that depend on more than one value, and sums over the cluster.

Pure functions of the model. A default that is always the same stands in the model itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from config.cluster import Taint
from config.services import Waf

if TYPE_CHECKING:
    from config.cluster import Pool
    from config.model import StackConfig

POOL_LABEL = "unifiedmeta.io/pool"
"""Label of every agent: the name of its pool."""
GPU_LABEL = "unifiedmeta.io/gpu"
_GPU_TAINT = Taint(key="nvidia.com/gpu", value="present", effect="NoSchedule")

_BLOCKING_EFFECTS = frozenset({"NoSchedule", "NoExecute"})


def delegated(stack: StackConfig) -> bool:
    """Whether the public zone answers for its names on the internet.

    Without a word in the stack file: not yet for a created zone, yes for an adopted one. Never without a public zone.
    """
    public = stack.dns.public
    if public.mode == "none":
        return False
    return public.mode == "adopt" if public.delegated is None else public.delegated


def waf(stack: StackConfig) -> Waf:
    """The web application firewall as it will be: on with an `l7` public front unless the stack file says otherwise."""
    public = stack.ingress.public
    if not public.enabled or public.front != "l7":
        return Waf(enabled=False)
    return public.waf or Waf()


def storage_default(stack: StackConfig) -> Literal["block", "replicated"]:
    """The default StorageClass: the CSP's volumes where it has them, replicated storage where it has none."""
    if stack.storage.default is not None:
        return stack.storage.default
    return "block" if stack.cloud.csp.has_block_volumes else "replicated"


def zone_count(stack: StackConfig) -> int:
    """How many zones the stack asks for, whether it counts or names them."""
    zones = stack.network.zones
    return zones if isinstance(zones, int) else len(zones)


def server_names(stack: StackConfig) -> tuple[str, ...]:
    """The servers' names, in the order in which they join, beginning with server-0."""
    return tuple(f"server-{index}" for index in range(stack.cluster.servers.count))


def takes_ordinary_pods(pool: Pool) -> bool:
    """Whether pods without tolerations run here. GPU pools are tainted for GPU work."""
    return not pool.gpu and not any(taint.effect in _BLOCKING_EFFECTS for taint in pool.taints)


def pool_labels(name: str, pool: Pool) -> dict[str, str]:
    """The labels that a pool's nodes register with: the pool's own, and what says which pool this is."""
    return {**pool.labels, POOL_LABEL: name, **({GPU_LABEL: "true"} if pool.gpu else {})}


def pool_taints(pool: Pool) -> list[Taint]:
    """The taints that a pool's nodes register with: the pool's own, and the GPU operator's usual one on GPU nodes."""
    keys = {taint.key for taint in pool.taints}
    return [*pool.taints, *([_GPU_TAINT] if pool.gpu and _GPU_TAINT.key not in keys else [])]


def schedulable_nodes(stack: StackConfig) -> int:
    """The smallest number of nodes that ordinary pods can count on: pools at their minimum, servers if schedulable."""
    agents = sum(pool.min for pool in stack.cluster.pools.values() if takes_ordinary_pods(pool))
    return agents + (stack.cluster.servers.count if stack.cluster.servers.schedulable else 0)


def node_limit(stack: StackConfig) -> int:
    """The largest number of nodes that the cluster can grow to."""
    return stack.cluster.servers.count + sum(pool.max for pool in stack.cluster.pools.values())

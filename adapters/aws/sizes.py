"""T-shirt sizes as EC2 instance types, and what a stack may name in their place.

Types of one size have the same vCPUs and memory, so that the autoscaler's arithmetic holds whichever of them a pool gets; the first is preferred.
All are x86-64 (the images are) and Nitro (the etcd disk is found by its NVMe name). Source of families and shapes: AWS's "Amazon EC2 instance
types" and "Instances built on the AWS Nitro System".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.problems import Problem
from config.scalars import Size

if TYPE_CHECKING:
    from config.cluster import Pool, Servers
    from config.model import StackConfig
    from config.problems import Path

INSTANCE_TYPES: dict[Size, tuple[str, ...]] = {
    Size.SMALL: ("m7i.large", "m6i.large", "m5.large"),
    Size.MEDIUM: ("m7i.xlarge", "m6i.xlarge", "m5.xlarge"),
    Size.LARGE: ("m7i.2xlarge", "m6i.2xlarge", "m5.2xlarge"),
    Size.XLARGE: ("m7i.4xlarge", "m6i.4xlarge", "m5.4xlarge"),
    Size.XXLARGE: ("m7i.8xlarge", "m6i.8xlarge", "m5.8xlarge"),
    Size.GPU_SMALL: ("g6.xlarge", "g5.xlarge"),
    Size.GPU_LARGE: ("g6e.4xlarge",),
}
"""Size to instance types, in the order of preference."""

_SHAPE = re.compile(
    r"(?P<family>[a-z]+\d*[a-z0-9-]*)\.(?:nano|micro|small|medium|large|xlarge|\d{1,3}xlarge|metal(?:-\d+xl)?)"
)
_ARM = re.compile(r"(?:a1|[a-z]+\d+[a-z]*g[a-z]*(?:-[a-z0-9]+)?|p6e-gb200)")
"""Graviton families carry a g after their generation: m7g, c6gn, im4gn, x2gd. A g before it is a GPU: g6."""
_BURSTABLE = re.compile(r"t\d[a-z]*")
_GPU = re.compile(r"(?:g\d|gr\d|p\d)[a-z0-9-]*")
_XEN = frozenset(
    "c1 c3 c4 cc2 cr1 d2 f1 g2 g3 g3s h1 hs1 i2 i3 m1 m2 m3 m4 p2 p3 r3 r4 t1 t2 x1 x1e".split()  # noqa: SIM905
)
"""Families before Nitro: no NVMe names, so the etcd disk would not be found. (i3.metal is Nitro and nobody's node.)"""


def server_type(servers: Servers) -> str:
    """The instance type of every server."""
    return servers.machine_type or INSTANCE_TYPES[servers.size][0]


def pool_types(pool: Pool) -> tuple[str, ...]:
    """The instance types that a pool may run on, the preferred one first. An explicit type stands alone."""
    return (pool.machine_type,) if pool.machine_type else INSTANCE_TYPES[pool.size]


def problems(stack: StackConfig) -> list[Problem]:
    """Every machine type in the stack file that cannot be a node here. Whether a zone offers it, only AWS knows."""
    servers = stack.cluster.servers
    found = _of_type(servers.machine_type, ("cluster", "servers", "machineType"))
    name = server_type(servers)
    if _BURSTABLE.fullmatch(_family(name)):
        found.append(
            Problem(
                ("cluster", "servers", "machineType"),
                f"{name} is burstable: a server out of CPU credits loses its etcd leader elections",
                "take a type with steady CPU, such as m7i.xlarge, or remove machineType and set size: medium",
            )
        )
    for pool_name, pool in stack.cluster.pools.items():
        path: Path = ("cluster", "pools", pool_name, "machineType")
        found += _of_type(pool.machine_type, path)
        if pool.machine_type and pool.gpu != bool(_GPU.fullmatch(_family(pool.machine_type))):
            found.append(_gpu_mismatch(pool, path))
    return found


def _family(instance_type: str) -> str:
    return instance_type.partition(".")[0]


def _of_type(name: str | None, path: Path) -> list[Problem]:
    if name is None:
        return []
    if not _SHAPE.fullmatch(name):
        return [Problem(path, f"{name!r} is not an EC2 instance type", "write one such as m7i.2xlarge, or use size")]
    family = _family(name)
    if _ARM.fullmatch(family):
        return [
            Problem(path, f"{name} is an ARM machine; the node images are x86-64", "take its x86 twin, such as m7i")
        ]
    if family in _XEN:
        why = "is older than the Nitro system: its disks have no stable NVMe names"
        return [Problem(path, f"{name} {why}", "take a current generation, such as m7i or r7i")]
    return []


def _gpu_mismatch(pool: Pool, path: Path) -> Problem:
    if pool.gpu:
        return Problem(
            path, f"{pool.machine_type} has no GPU, but the pool says gpu: true", "take g6.xlarge, or set gpu: false"
        )
    return Problem(
        path,
        f"{pool.machine_type} has GPUs, but the pool does not say so",
        "set gpu: true, so that the nodes are labelled and tainted",
    )

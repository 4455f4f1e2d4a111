"""Section `cluster`: the RKE2 servers, the agent pools, and who may reach the API."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from config.scalars import (
    Cidr,
    Flag,
    Fqdn,
    GiB,
    Identifier,
    LabelKey,
    LabelValue,
    NodePoolName,
    Rke2Version,
    Section,
    Size,
)


class Taint(Section):
    """A Kubernetes taint."""

    key: LabelKey
    """The taint's key, which tolerations name."""
    value: LabelValue = ""
    """The taint's value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"
    """What happens to pods that do not tolerate it."""


class Servers(Section):
    """The control plane: single named machines, each with its own etcd disk."""

    count: Literal[1, 3, 5] = 3
    """An odd number, so that etcd keeps its quorum."""
    size: Size = Size.MEDIUM
    """vCPU/GiB of memory: small 2/8, medium 4/16, large 8/32, xlarge 16/64, 2xlarge 32/128."""
    machine_type: Identifier | None = None
    """The CSP's own machine type, in place of `size`."""
    root_disk_gib: GiB = 50
    """The operating system and the container images, in GiB."""
    etcd_disk_gib: GiB = 20
    """The etcd data disk, which outlives its server, in GiB."""
    schedulable: Flag = False
    """Whether ordinary pods may run on servers."""


class Pool(Section):
    """A pool of agents that are alike."""

    size: Size = Size.LARGE
    """vCPU/GiB of memory: small 2/8, medium 4/16, large 8/32, xlarge 16/64, 2xlarge 32/128; gpu-small, gpu-large."""
    machine_type: Identifier | None = None
    """The CSP's own machine type, in place of `size`."""
    min: Annotated[int, Field(strict=True, ge=0, le=500)] = 3
    """The fewest nodes, and how many there are at first."""
    max: Annotated[int, Field(strict=True, ge=1, le=500)] = 6
    """The most nodes that the autoscaler may add up to."""
    disk_gib: GiB = 100
    """Each node's disk, in GiB."""
    labels: dict[LabelKey, LabelValue] = {}
    """Kubernetes labels of the pool's nodes."""
    taints: list[Taint] = []
    """Kubernetes taints of the pool's nodes."""
    gpu: Flag = False
    """GPU nodes: labelled and tainted for it. A gpu-* size demands it."""
    spot: Flag = False
    """Interruptible capacity."""


class ApiAccess(Section):
    """Who may reach the Kubernetes API."""

    access: Literal["public", "private"] = "private"
    """`public`: from `allowList` only. `private`: from the network only, and through `um tunnel`."""
    allow_list: list[Cidr] = []
    """With `public`: the ranges that may connect. Must not be empty, must not be the whole world."""


class Cluster(Section):
    """RKE2: version, servers, pools."""

    version: Rke2Version = "v1.35.7+rke2r1"
    """The RKE2 release; pinned, so that a new node runs what its neighbours run."""
    servers: Servers = Servers()
    """The control plane."""
    pools: dict[NodePoolName, Pool] = {"general": Pool()}
    """Agent pools by name."""
    cni: Literal["canal", "cilium", "calico"] = "canal"
    """The network plugin; cannot be changed in a running cluster."""
    pod_cidr: Cidr = IPv4Network("10.42.0.0/16")
    """Pod addresses; every node takes a /24 of them."""
    service_cidr: Cidr = IPv4Network("10.43.0.0/16")
    """Service addresses; the cluster's DNS is the tenth."""
    cis_profile: Flag = True
    """RKE2's `profile: cis`: Pod Security `restricted`, kernel settings, file permissions."""
    api: ApiAccess = ApiAccess()
    """Who may reach the Kubernetes API."""
    tls_sans: list[Fqdn] = []
    """More names for the API server's certificate."""
    replace: Identifier | None = None
    """The one server to replace in this run, such as server-1; take it out again afterwards."""

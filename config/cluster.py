"""Section `cluster`: the RKE2 servers, the agent pools, and who may reach the API."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from config.scalars import Cidr, Fqdn, GiB, LabelKey, LabelValue, NodePoolName, Rke2Version, Section, Size


class Taint(Section):
    """A Kubernetes taint."""

    key: LabelKey
    value: LabelValue = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


class Servers(Section):
    """The control plane: single named machines, each with its own etcd disk."""

    count: Literal[1, 3, 5] = 3
    """An odd number, so that etcd keeps its quorum."""
    size: Size = Size.MEDIUM
    machine_type: str | None = None
    """The CSP's own machine type, in place of `size`."""
    root_disk_gib: GiB = 50
    etcd_disk_gib: GiB = 20
    """The etcd data disk, which outlives its server."""
    schedulable: bool = False
    """Whether ordinary pods may run on servers."""


class Pool(Section):
    """A pool of agents that are alike."""

    size: Size = Size.LARGE
    machine_type: str | None = None
    """The CSP's own machine type, in place of `size`."""
    min: Annotated[int, Field(ge=0, le=500)] = 3
    max: Annotated[int, Field(ge=1, le=500)] = 6
    disk_gib: GiB = 100
    labels: dict[LabelKey, LabelValue] = {}
    taints: list[Taint] = []
    gpu: bool = False
    """GPU nodes: labelled and tainted for it. A gpu-* size demands it."""
    spot: bool = False
    """Interruptible capacity."""


class ApiAccess(Section):
    """Who may reach the Kubernetes API."""

    access: Literal["public", "private"] = "private"
    allow_list: list[Cidr] = []
    """With `public`: the ranges that may connect. Must not be empty, must not be the whole world."""


class Cluster(Section):
    """RKE2: version, servers, pools."""

    version: Rke2Version = "v1.35.7+rke2r1"
    servers: Servers = Servers()
    pools: dict[NodePoolName, Pool] = {"general": Pool()}
    cni: Literal["canal", "cilium", "calico"] = "canal"
    pod_cidr: Cidr = IPv4Network("10.42.0.0/16")
    service_cidr: Cidr = IPv4Network("10.43.0.0/16")
    cis_profile: bool = True
    """RKE2's `profile: cis`: Pod Security `restricted`, kernel settings, file permissions."""
    api: ApiAccess = ApiAccess()
    tls_sans: list[Fqdn] = []
    """More names for the API server's certificate."""
    replace: str | None = None
    """The one server to replace in this run, such as server-1; take it out again afterwards."""

"""Rules of servers, pools, pod addresses and access to the API."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import IPv4Network, collapse_addresses

from config import effective
from config.cluster import Pool, Servers
from config.model import StackConfig
from config.problems import Path, Problem
from config.rules.rule import rule

NODE_PREFIX = 24
"""Every node takes a /24 of the pods' range (kube-controller-manager's node-cidr-mask-size)."""
SERVICES_LARGEST, SERVICES_SMALLEST = 12, 24
"""kube-apiserver takes at most 20 bits of service addresses; the platform has more than a /25 holds."""
REPLICAS = 3
"""Replicas of a Longhorn volume, each on a node of its own."""
_WORLD = IPv4Network("0.0.0.0/0")
_KUBERNETES_DOMAINS = ("kubernetes.io", "k8s.io")
_KUBELET_MAY_SET = ("kubelet.kubernetes.io", "node.kubernetes.io")
"""The only prefixes below kubernetes.io whose labels a kubelet may set on itself (plugin NodeRestriction)."""


@rule("cluster.pools")
def a_pool_starts_within_its_limits(stack: StackConfig) -> Iterator[Problem]:
    for name, pool in stack.cluster.pools.items():
        if pool.min > pool.max:
            yield Problem(
                ("cluster", "pools", name, "min"),
                f"min {pool.min} is more than max {pool.max}",
                f"write min: {pool.max} or less, or max: {pool.min} or more",
            )


@rule("cluster.pools")
def a_gpu_pool_is_one_in_size_and_in_name(stack: StackConfig) -> Iterator[Problem]:
    for name, pool in stack.cluster.pools.items():
        path = ("cluster", "pools", name)
        if pool.size.has_gpu and not pool.gpu:
            fault = f"size {pool.size.value} has GPUs, but the pool is not marked as a GPU pool"
            yield Problem((*path, "size"), fault, f"add gpu: true below {name}")
        if pool.gpu and not pool.size.has_gpu and pool.machine_type is None:
            fault = f"size {pool.size.value} has no GPU"
            yield Problem((*path, "gpu"), fault, "write size: gpu-small or gpu-large, or a machineType with GPUs")


@rule("cluster.servers.size")
def servers_have_no_gpu(stack: StackConfig) -> Iterator[Problem]:
    if stack.cluster.servers.size.has_gpu:
        yield Problem(
            ("cluster", "servers", "size"),
            "servers run no GPU work",
            "write size: medium; GPUs belong into a pool with gpu: true",
        )


@rule("cluster.pools", "cluster.servers")
def a_machine_type_takes_the_place_of_a_size(stack: StackConfig) -> Iterator[Problem]:
    groups: dict[Path, Servers | Pool] = {("cluster", "servers"): stack.cluster.servers}
    groups |= {("cluster", "pools", name): pool for name, pool in stack.cluster.pools.items()}
    for path, group in groups.items():
        if group.machine_type is not None and "size" in group.model_fields_set:
            yield Problem((*path, "machineType"), "stands beside size, which it replaces", "keep one of the two")


@rule("cluster.pools")
def labels_are_ones_that_a_node_may_set(stack: StackConfig) -> Iterator[Problem]:
    for name, pool in stack.cluster.pools.items():
        for label in pool.labels:
            domain = label.rpartition("/")[0]
            if _under(domain, _KUBERNETES_DOMAINS) and not _under(domain, _KUBELET_MAY_SET):
                yield Problem(
                    ("cluster", "pools", name, "labels", label),
                    "no node may give itself a label of Kubernetes's own: its kubelet would not start",
                    f"use a domain of your own, or node.kubernetes.io/{label.rpartition('/')[2]}",
                )


def _under(domain: str, parents: tuple[str, ...]) -> bool:
    return any(domain == parent or domain.endswith(f".{parent}") for parent in parents)


@rule("cluster.api")
def a_public_api_is_for_a_list_of_ranges(stack: StackConfig) -> Iterator[Problem]:
    api = stack.cluster.api
    path = ("cluster", "api", "allowList")
    if api.access == "private":
        if api.allow_list:
            yield Problem(path, "is for a public API, and this one is private", "remove it, or write access: public")
    elif not api.allow_list:
        yield Problem(
            ("cluster", "api", "access"),
            "a public API without allowList",
            "add allowList with the ranges that may connect, such as 203.0.113.0/24; or write access: private",
        )
    elif _WORLD in collapse_addresses(api.allow_list):
        fault = "lets the whole world reach the Kubernetes API"
        yield Problem(
            path, fault, "name the ranges that you connect from; or write access: private and use `um tunnel`"
        )


@rule("cluster.replace", "cluster.servers.count")
def the_server_to_replace_exists(stack: StackConfig) -> Iterator[Problem]:
    names = effective.server_names(stack)
    wanted = stack.cluster.replace
    if wanted is not None and wanted not in names:
        near = get_close_matches(wanted, names, n=1)
        remedy = f"did you mean '{near[0]}'?" if near else f"write one of: {', '.join(names)}"
        yield Problem(("cluster", "replace"), f"there is no server {wanted!r}", remedy)


@rule("cluster.pools", "cluster.servers")
def ordinary_pods_find_a_node(stack: StackConfig) -> Iterator[Problem]:
    if effective.schedulable_nodes(stack) == 0:
        yield Problem(
            ("cluster", "pools"),
            "no node takes ordinary pods: pools are empty, tainted, for GPUs, or have min 0",
            "give one untainted pool min: 1 or more; or write cluster.servers.schedulable: true",
        )


@rule("cluster.pools", "cluster.servers", "storage", "cloud.csp")
def replicated_storage_has_three_nodes(stack: StackConfig) -> Iterator[Problem]:
    nodes = effective.schedulable_nodes(stack)
    if effective.storage_default(stack) == "replicated" and 0 < nodes < REPLICAS:
        yield Problem(
            ("storage", "default"),
            f"replicated storage keeps {REPLICAS} copies on {REPLICAS} nodes, and {nodes} "
            f"{'is' if nodes == 1 else 'are'} sure to take pods",
            f"raise min of an untainted pool so that there are {REPLICAS}; or write default: block",
        )


@rule("cluster.podCidr", "cluster.pools", "cluster.servers.count")
def every_node_gets_pod_addresses(stack: StackConfig) -> Iterator[Problem]:
    prefix = stack.cluster.pod_cidr.prefixlen
    room = 2 ** max(0, NODE_PREFIX - prefix) if prefix <= NODE_PREFIX else 0
    if (needed := effective.node_limit(stack)) > room:
        yield Problem(
            ("cluster", "podCidr"),
            f"{stack.cluster.pod_cidr} has room for {room} nodes of a /{NODE_PREFIX} each, and the cluster can grow to {needed}",
            f"write a /{NODE_PREFIX - (needed - 1).bit_length()} or larger, or lower the pools' max",
        )


@rule("cluster.serviceCidr")
def services_have_a_workable_range(stack: StackConfig) -> Iterator[Problem]:
    prefix = stack.cluster.service_cidr.prefixlen
    if not SERVICES_LARGEST <= prefix <= SERVICES_SMALLEST:
        yield Problem(
            ("cluster", "serviceCidr"),
            f"a /{prefix} is too {'large' if prefix < SERVICES_LARGEST else 'small'} for services",
            f"write a /{SERVICES_LARGEST} to a /{SERVICES_SMALLEST}, such as 10.43.0.0/16",
        )


RULES = (
    a_pool_starts_within_its_limits,
    a_gpu_pool_is_one_in_size_and_in_name,
    servers_have_no_gpu,
    a_machine_type_takes_the_place_of_a_size,
    labels_are_ones_that_a_node_may_set,
    a_public_api_is_for_a_list_of_ranges,
    the_server_to_replace_exists,
    ordinary_pods_find_a_node,
    replicated_storage_has_three_nodes,
    every_node_gets_pod_addresses,
    services_have_a_workable_range,
)

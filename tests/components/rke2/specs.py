"""Inputs of cloud-init for tests: a server and an agent, as a stack of three servers has them."""

from __future__ import annotations

import dataclasses
from typing import Any

from components.rke2 import node_config
from components.rke2.cloud_init import NodeSpec
from tests.support.stacks import stack_with

VERSION = "v1.35.7+rke2r1"
REGISTRATION = "join.acme.internal"
FACTS = node_config.ClusterFacts(
    registration_address=REGISTRATION,
    endpoint="api.acme.example",
    issuer_url="https://issuer.acme.example",
    external_cloud_controller=True,
    cloud_config={"node-name-from-cloud-provider-metadata": True},
    cloud_server_config={"etcd-s3": True, "etcd-s3-bucket": "backups", "etcd-s3-folder": "etcd"},
)


def node(**changes: Any) -> NodeSpec:
    """server-0 of three, with changes."""
    stack = stack_with()
    spec = NodeSpec(
        stack_name="acme-dev",
        role="server",
        name="server-0",
        servers=3,
        cluster_id="um-abc12345",
        ca_hash="c" * 64,
        version=VERSION,
        registration_address=REGISTRATION,
        peers=(),
        secret="rke2-server-join",
        etcd_device="/dev/disk/by-id/etcd",
        cis=True,
        airgap=False,
        config=node_config.server_config(stack, FACTS),
        registries=None,
        hook_functions="cloud_secret() { false; }\n",
        packages=(),
    )
    return dataclasses.replace(spec, **changes)


def agent(**changes: Any) -> NodeSpec:
    """An agent of the pool `general`, with changes."""
    stack = stack_with()
    config = node_config.agent_config(stack, FACTS, "general", stack.cluster.pools["general"])
    role = {"role": "agent", "name": "general", "secret": "rke2-agent-join", "etcd_device": "", "config": config}
    return node(**role | changes)

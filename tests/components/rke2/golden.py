"""Writes the golden files of this folder anew: `.venv/bin/python -m tests.components.rke2.golden`. Then read the difference."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import yaml

from adapters.records import BootstrapChart
from components.rke2 import cloud_init, node_config
from tests.components.rke2.specs import FACTS, node
from tests.support.stacks import stack_with

FOLDER = Path(__file__).parent / "golden"
CHART = BootstrapChart(
    name="cloud-controller",
    namespace="kube-system",
    repository="https://charts.acme.example",
    chart="cloud-controller-manager",
    version="1.2.3",
    values="",
)
BARE = dataclasses.replace(FACTS, external_cloud_controller=False, cloud_config={}, cloud_server_config={})


def rendered() -> dict[str, str]:
    """File name to what it should contain."""
    stack = stack_with()
    plain = stack_with(
        cluster__cisProfile=False,
        cluster__cni="cilium",
        cluster__servers={"count": 1, "schedulable": True},
        cluster__tlsSans=["kube.acme.example"],
        cluster__serviceCidr="10.96.0.0/16",
        backup__etcd={"schedule": "0 * * * *", "retention": 48},
        identity__issuerUrl="https://id.acme.example",
    )
    airgapped = stack_with(registry={"mirror": "mirror.acme.example:5000", "airgap": True})
    special = stack_with(
        cluster__pools={
            "gpu": {
                "size": "gpu-small",
                "gpu": True,
                "labels": {"acme.example/team": "vision"},
                "taints": [{"key": "dedicated", "value": "vision", "effect": "NoExecute"}],
            }
        }
    )
    pools = stack.cluster.pools
    documents = {
        "server.yaml": node_config.server_config(stack, FACTS),
        "server-plain.yaml": node_config.server_config(plain, BARE),
        "server-airgapped.yaml": node_config.server_config(airgapped, FACTS),
        "agent.yaml": node_config.agent_config(stack, FACTS, "general", pools["general"]),
        "agent-gpu.yaml": node_config.agent_config(special, FACTS, "gpu", special.cluster.pools["gpu"]),
        "agent-airgapped.yaml": node_config.agent_config(airgapped, FACTS, "general", pools["general"]),
        "registries.yaml": node_config.registries(airgapped, with_credentials=False),
        "audit-policy.yaml": node_config.audit_policy(),
    }
    files = yaml.safe_load(cloud_init.render(node(peers=("10.0.0.11",))))["write_files"]
    environment = next(file["content"] for file in files if file["path"].endswith("node.env"))
    return {
        **{name: cloud_init.to_yaml(document or {}) for name, document in documents.items()},
        "helm-chart.yaml": cloud_init.helm_chart(CHART, "hostNetworking: true\nreplicas: 2\n"),
        "node.env": environment,
    }


def write() -> None:
    """All of them."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in rendered().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    write()

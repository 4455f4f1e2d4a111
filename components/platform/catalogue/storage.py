"""Replicated storage. The CSP's own volumes come from its CSI driver, which the adapter adds."""

from __future__ import annotations

from adapters.catalogue import Chart, Component
from config.model import StackConfig


def _longhorn_profiles(stack: StackConfig) -> tuple[str, ...]:
    return ("longhorn",) if stack.protection else ("longhorn", "longhorn-unprotected")


LONGHORN = Component(
    name="longhorn",
    why="replicated volumes on the nodes' own disks, with backups outside of the cluster",
    colour="yellow",
    chart=Chart(name="longhorn", version="1.12.1", repository="https://charts.longhorn.io", first_minor=25),
    namespace="longhorn-system",
    pod_security="privileged",
    licence="Apache-2.0",
    profiles=_longhorn_profiles,
    provides="replicated-storage",
    replicas=3,
    secrets=("longhorn-backup",),
    health=("daemonset/longhorn-manager", "deployment/longhorn-driver-deployer", "deployment/longhorn-ui"),
    timeout_minutes=15,
)

COMPONENTS = (LONGHORN,)

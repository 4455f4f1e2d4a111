"""The Kubernetes objects that every chart may rely on, as plain data: namespaces, priority classes, the storage class of volumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.catalogue import PodSecurity

MANAGED: Final[dict[str, str]] = {"app.kubernetes.io/managed-by": "unifiedmeta"}
SYSTEM_NAMESPACES: Final = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Made by Kubernetes; RKE2's `profile: cis` exempts kube-system from Pod Security itself."""
_RANK: Final[dict[PodSecurity, int]] = {"restricted": 0, "baseline": 1, "privileged": 2}


@dataclass(frozen=True, slots=True)
class NamespaceSpec:
    """A namespace, and the Pod Security Standard that it enforces."""

    name: str
    pod_security: PodSecurity

    @property
    def labels(self) -> dict[str, str]:
        """Enforce what the charts need; warn about and record everything that is not `restricted`."""
        prefix = "pod-security.kubernetes.io"
        return {
            **MANAGED,
            f"{prefix}/enforce": self.pod_security,
            f"{prefix}/enforce-version": "latest",
            f"{prefix}/audit": "restricted",
            f"{prefix}/warn": "restricted",
        }


def namespaces(wanted: Mapping[str, set[PodSecurity]]) -> tuple[NamespaceSpec, ...]:
    """One namespace for each name, as open as the least restricted of what is to live in it. System namespaces are left out."""
    return tuple(
        NamespaceSpec(name, max(levels, key=lambda level: _RANK[level]))
        for name, levels in sorted(wanted.items())
        if name not in SYSTEM_NAMESPACES
    )


@dataclass(frozen=True, slots=True)
class PriorityClassSpec:
    """A priority class; `value` decides who is evicted last."""

    name: str
    value: int
    description: str


PRIORITY_CLASSES: Final = (
    PriorityClassSpec(
        "unifiedmeta-platform", 1_000_000, "Ingress, certificates, DNS, secrets: nothing works without them."
    ),
    PriorityClassSpec("unifiedmeta-application", 100_000, "The AI application itself."),
)
"""Below the system's own classes (2 000 000 000), above what names no class (0)."""


def storage_class(csp: Mapping[str, object], *, default: bool) -> dict[str, object]:
    """The StorageClass `unifiedmeta-block`, from the adapter's `provisioner` and `parameters`.

    Volumes are made in the zone of the pod that uses them, can grow, and go with their claim.
    Errors: KeyError when the adapter's part names no provisioner.
    """
    return {
        "provisioner": csp["provisioner"],
        "parameters": csp.get("parameters", {}),
        "allow_volume_expansion": True,
        "reclaim_policy": "Delete",
        "volume_binding_mode": "WaitForFirstConsumer",
        "metadata": {
            "name": "unifiedmeta-block",
            "labels": MANAGED,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true" if default else "false"},
        },
    }

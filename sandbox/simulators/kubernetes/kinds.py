"""Facts about kinds: which have no namespace, and which of their fields no update can change.

Scopes: the Kubernetes API reference, and those of the operators this platform installs. Immutable fields: the
provider's own table of properties that force a replacement.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_SELECTOR: Final = ("spec.selector",)
_POD_SOURCES: Final = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker", "gcePersistentDisk",
    "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos",
    "vsphereVolume",
)  # fmt: skip

_IMMUTABLE: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "StatefulSet"): (
        *_SELECTOR,
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("batch", "Job"): (*_SELECTOR, "spec.completions", "spec.parallelism", "spec.template"),
    ("core", "ConfigMap"): ("data", "binaryData"),
    ("core", "Secret"): ("type", "data", "stringData"),
    ("core", "Service"): ("spec.clusterIP",),
    ("core", "PersistentVolumeClaim"): ("spec",),
    ("core", "PersistentVolume"): tuple(f"spec.{source}" for source in _POD_SOURCES),
    ("core", "Pod"): ("spec",),
    ("core", "ResourceQuota"): ("spec.scopes",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("scheduling.k8s.io", "PriorityClass"): ("value", "preemptionPolicy"),
}

_WITHOUT_NAMESPACE: Final = frozenset(
    {
        "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "ClusterTrustBundle",
        "CustomResourceDefinition", "DeviceClass", "FlowSchema", "GatewayClass", "IngressClass", "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume", "PriorityClass",
        "PriorityLevelConfiguration", "RuntimeClass", "ServiceCIDR", "StorageClass", "StorageVersionMigration", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment", "VolumeAttributesClass",
        "VolumeSnapshotClass", "VolumeSnapshotContent",
    }
)  # fmt: skip


@cache
def split(type_: str) -> tuple[str, str, str]:
    """(group, version, kind) of a type token; the core group is `core`."""
    _, version, kind = type_.split(":")
    group, _, version = version.rpartition("/")
    return group or "core", version, kind


@cache
def is_namespaced(type_: str) -> bool:
    """Whether objects of a type live in a namespace. Custom kinds named Cluster… do not, by convention."""
    group, _, kind = split(type_)
    kind = kind.removesuffix("Patch")
    if kind in _WITHOUT_NAMESPACE:
        return False
    custom = "." in group and not group.endswith(".k8s.io")
    return not (custom and kind.startswith("Cluster") and kind != "Cluster")


@cache
def immutable(type_: str) -> tuple[str, ...]:
    """Paths whose change replaces the object: its name, its namespace, and what its kind adds."""
    group, _, kind = split(type_)
    return ("metadata.name", "metadata.namespace", "kind", *_IMMUTABLE.get((group, kind.removesuffix("Patch")), ()))

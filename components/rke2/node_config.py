"""What RKE2 is told on every node: config.yaml, registries.yaml, the audit policy. Pure functions of the stack and of frozen facts.

Keys are those of RKE2's "Server Configuration Reference" and "Agent Configuration Reference". All servers get the same config.yaml, because
RKE2 refuses a joining server whose critical values differ; who starts the cluster and who joins is decided at boot (scripts/node.sh).
The join token, the `server:` to join through and the node's name are in files of config.yaml.d, which the scripts write.

There is no `pod-security-admission-config-file`: with `profile: cis` RKE2 makes its own (`restricted` everywhere but in kube-system), and namespaces
that need more say so by their labels (components/bootstrap), where it can be read. Anonymous requests are off in RKE2 by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from components.rke2 import oidc
from config import effective

if TYPE_CHECKING:
    from config.cluster import Pool
    from config.model import StackConfig

Config = dict[str, Any]

AUDIT_POLICY_FILE = "/etc/rancher/rke2/audit-policy.yaml"
DEFAULT_ISSUER = "https://kubernetes.default.svc.cluster.local"
"""RKE2's own issuer: tokens that name it stay accepted."""
_DEFAULT_AUDIENCE = "rke2"

_NO_INGRESS = ["rke2-ingress-nginx", "rke2-traefik", "rke2-traefik-crd"]
"""`ingress-controller: none` is the right key from 1.33 to 1.36; naming the charts too keeps a host's port 80 free on every release."""

_SECRET_KEYS = frozenset({"token", "agent-token", "etcd-s3-access-key", "etcd-s3-secret-key", "etcd-s3-session-token"})
"""What may not stand in user data: it comes with the node's secret."""

_KUBELET_ARGS = [
    "eviction-hard=memory.available<256Mi,nodefs.available<10%,nodefs.inodesFree<5%,imagefs.available<15%",
    "kube-reserved=cpu=100m,memory=256Mi,ephemeral-storage=1Gi",
    "system-reserved=cpu=100m,memory=256Mi,ephemeral-storage=1Gi",
]
"""So that pods cannot starve the kubelet, containerd and the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterFacts:
    """What is known of the cluster once its foundation stands."""

    registration_address: str
    endpoint: str
    """Host at which operators reach the API."""
    issuer_url: str
    external_cloud_controller: bool
    """Whether a cloud controller comes with the bootstrap charts; without one no node may wait for it."""
    cloud_config: Mapping[str, Any] = field(default_factory=dict)
    """config.yaml entries that the cloud adds on every node."""
    cloud_server_config: Mapping[str, Any] = field(default_factory=dict)
    """config.yaml entries that the cloud adds on servers, such as etcd-s3-*."""


def server_config(stack: StackConfig, facts: ClusterFacts) -> Config:
    """config.yaml of every server."""
    cluster = stack.cluster
    config: Config = {
        "write-kubeconfig-mode": "0600",
        "tls-san": _unique([facts.registration_address, facts.endpoint, *cluster.tls_sans]),
        "cni": cluster.cni,
        "cluster-cidr": str(cluster.pod_cidr),
        "service-cidr": str(cluster.service_cidr),
        "cluster-dns": str(cluster.service_cidr.network_address + 10),
        "ingress-controller": "none",
        "disable": list(_NO_INGRESS),
        "etcd-snapshot-schedule-cron": stack.backup.etcd.schedule,
        "etcd-snapshot-retention": stack.backup.etcd.retention,
        "etcd-snapshot-compress": True,
        "etcd-expose-metrics": True,
        "audit-policy-file": AUDIT_POLICY_FILE,
        "kube-apiserver-arg": _issuer_arguments(facts.issuer_url),
        # RKE2 binds both to loopback; their metrics port asks for a token and is open to nodes only (the flow table).
        "kube-controller-manager-arg": ["bind-address=0.0.0.0"],
        "kube-scheduler-arg": ["bind-address=0.0.0.0"],
        **_every_node(stack, facts),
    }
    if not cluster.servers.schedulable:
        config["node-taint"] = ["CriticalAddonsOnly=true:NoExecute"]
    if facts.external_cloud_controller:
        config["disable-cloud-controller"] = True
    if stack.registry.airgap and stack.registry.mirror:
        config["system-default-registry"] = stack.registry.mirror
    return {**config, **_public(facts.cloud_server_config)}


def agent_config(stack: StackConfig, facts: ClusterFacts, pool_name: str, pool: Pool) -> Config:
    """config.yaml of a pool's agents."""
    config = _every_node(stack, facts)
    config["node-label"] = [f"{key}={value}" for key, value in effective.pool_labels(pool_name, pool).items()]
    taints = effective.pool_taints(pool)
    if taints:
        config["node-taint"] = [f"{taint.key}={taint.value}:{taint.effect}" for taint in taints]
    return config


def _every_node(stack: StackConfig, facts: ClusterFacts) -> Config:
    config: Config = {"kubelet-arg": list(_KUBELET_ARGS)}
    if stack.cluster.cis_profile:
        config["profile"] = "cis"
    if facts.external_cloud_controller:
        config["cloud-provider-name"] = "external"
    if stack.registry.airgap:
        config["disable-default-registry-endpoint"] = True
    return {**config, **_public(facts.cloud_config)}


def _public(entries: Mapping[str, Any]) -> Mapping[str, Any]:
    """`entries`. Errors: ValueError when one of them is a secret."""
    secret = sorted(_SECRET_KEYS & entries.keys())
    if secret:
        raise ValueError(f"{', '.join(secret)} would be readable in user data: hand it over in the node's secret")
    return entries


def _issuer_arguments(issuer_url: str) -> list[str]:
    """The first issuer signs, further ones stay accepted; repeated arguments keep their order (K3s, pkg/util/args.go)."""
    issuers = _unique([issuer_url, DEFAULT_ISSUER])
    return [
        *(f"service-account-issuer={issuer}" for issuer in issuers),
        f"service-account-jwks-uri={oidc.key_set_url(issuer_url)}",
        f"api-audiences={','.join([*issuers, _DEFAULT_AUDIENCE])}",
    ]


def has_registry_credentials(stack: StackConfig) -> bool:
    """Whether registries.yaml is secret, and so has to come with the node's secret instead of its user data."""
    registry = stack.registry
    return bool(registry.mirror and registry.username and registry.password)


def registries(stack: StackConfig, *, with_credentials: bool) -> Config | None:
    """registries.yaml, or None where images come from where they are published."""
    registry = stack.registry
    if not registry.mirror:
        return None
    config: Config = {"mirrors": {"*": {"endpoint": [f"https://{registry.mirror}"]}}}
    if with_credentials and registry.username and registry.password:
        login = {"username": registry.username, "password": registry.password.get_secret_value()}
        config["configs"] = {registry.mirror: {"auth": login}}
    return config


def audit_policy() -> Config:
    """Who changed what, without the contents of secrets and tokens, and without the noise of watches and health probes."""
    quiet_users = ["system:kube-proxy", "system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi/*"]},
            {"level": "None", "users": quiet_users, "verbs": ["get", "list", "watch"]},
            {"level": "None", "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}]},
            {"level": "None", "resources": [{"group": "", "resources": ["events"]}]},
            {
                "level": "Metadata",
                "resources": [
                    {"group": "", "resources": ["secrets", "configmaps", "serviceaccounts/token"]},
                    {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
                ],
            },
            {"level": "None", "verbs": ["get", "list", "watch"]},
            {"level": "Request", "resources": [{"group": "rbac.authorization.k8s.io"}]},
            {"level": "Metadata"},
        ],
    }


def _unique(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))

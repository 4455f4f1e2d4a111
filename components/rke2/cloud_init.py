"""User data: the #cloud-config of a node, from frozen input. Pure functions; nothing in it is secret.

cloud-init only puts files down and enables one unit. All that happens on the node is in scripts/, is run again at every boot, and is tested
with a fake PATH.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from components.rke2 import node_config

if TYPE_CHECKING:
    from adapters.records import BootstrapChart
    from adapters.specs import NodeRole

_SCRIPTS = Path(__file__).parent / "scripts"
_PROGRAMS = ("node.sh", "started.sh")
_PARTS = ("lib.sh", "disk.sh", "install.sh", "secrets.sh", "join.sh", "claim.sh", "unpack.py", "credentials.py")
_LIBEXEC = "/opt/unifiedmeta"
_MANIFESTS = "/var/lib/rancher/rke2/server/manifests"
_UNIT = "unifiedmeta-node.service"

NODE_PACKAGES = ("nfs-common", "open-iscsi")
"""What replicated storage needs on every node (Longhorn documentation, "Installation Requirements"); golden images have them."""

_SYSCTL = "fs.inotify.max_user_instances=8192\nfs.inotify.max_user_watches=524288\n"
"""Operators that watch many files run out of the defaults (RKE2 documentation, "Known Issues")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """One server, or the agents of one pool."""

    stack_name: str
    role: NodeRole
    name: str
    """server-0, server-1, …, or the pool's name."""
    servers: int
    """How many servers the cluster has."""
    cluster_id: str
    ca_hash: str
    """SHA-256 of server-ca.crt: whoever answers with another CA is not joined."""
    version: str
    registration_address: str
    peers: tuple[str, ...]
    """Fixed addresses of (other) servers, tried after the registration address."""
    secret: str
    """Name of the secret with this role's bundle."""
    etcd_device: str
    """Path of the etcd disk; empty for agents, and where there is none."""
    cis: bool
    airgap: bool
    config: Mapping[str, Any]
    """config.yaml, see :mod:`components.rke2.node_config`."""
    registries: Mapping[str, Any] | None
    """registries.yaml; None if there is none, or if it is secret and comes with the bundle."""
    hook_functions: str
    """Shell functions that speak to the cloud, see adapters.records.NodeHooks."""
    packages: tuple[str, ...]
    """Packages to install at the first boot; empty on a golden image."""
    manifests: Mapping[str, str] = field(default_factory=dict)
    """File name to contents, for RKE2's manifests directory."""


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]  # libyaml's, 20 times as fast, where PyYAML has it
    """Texts of several lines as blocks, so that people can read user data and gzip can pack it."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(document: Mapping[str, Any]) -> str:
    """YAML in the order of `document`'s keys."""
    return yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)


def helm_chart(chart: BootstrapChart, values: str) -> str:
    """The HelmChart manifest of a bootstrap chart.

    `bootstrap: true` lets its job run on a node that is neither ready nor initialised, which is what it is there to change (RKE2
    documentation, "Helm Integration").
    """
    if chart.repository.startswith("oci://"):
        source = {"chart": f"{chart.repository}/{chart.chart}"}
    else:
        source = {"chart": chart.chart, "repo": chart.repository}
    spec = {
        "bootstrap": True,
        **source,
        "version": chart.version,
        "targetNamespace": chart.namespace,
        "createNamespace": True,
        "valuesContent": values,
    }
    metadata = {"name": chart.name, "namespace": "kube-system"}
    return to_yaml({"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": metadata, "spec": spec})


def render(node: NodeSpec) -> str:
    """The #cloud-config of a node. The same input gives the same text."""
    document: dict[str, Any] = {
        "ssh_pwauth": False,
        "disable_root": True,
        "write_files": _files(node),
        "runcmd": [
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", _UNIT],
            # cloud-init is not kept waiting: the unit waits for disks, secrets and peers, and starts again by itself.
            ["systemctl", "start", "--no-block", _UNIT],
        ],
    }
    if node.packages:
        document = {"package_update": True, "packages": sorted(node.packages), **document}
    return "#cloud-config\n" + to_yaml(document)


def _files(node: NodeSpec) -> list[dict[str, Any]]:
    etc, systemd = "/etc/unifiedmeta", "/etc/systemd/system"
    files = [
        _file(f"{etc}/node.env", _environment(node)),
        _file(f"{etc}/cloud.sh", node.hook_functions),
        *(_file(f"{_LIBEXEC}/{name}", _script(name), "0755") for name in _PROGRAMS),
        *(_file(f"{_LIBEXEC}/{name}", _script(name)) for name in _PARTS),
        _file(f"{systemd}/{_UNIT}", _script(_UNIT)),
        _file(f"{systemd}/rke2-{node.role}.service.d/10-unifiedmeta.conf", _script("rke2-dropin.conf")),
        _file("/etc/sysctl.d/90-unifiedmeta.conf", _SYSCTL),
        _file("/etc/rancher/rke2/config.yaml", to_yaml(node.config), "0600"),
    ]
    if node.registries is not None:
        files.append(_file("/etc/rancher/rke2/registries.yaml", to_yaml(node.registries), "0600"))
    if node.role == "server":
        files.append(_file(node_config.AUDIT_POLICY_FILE, to_yaml(node_config.audit_policy()), "0600"))
        files.extend(_file(f"{_MANIFESTS}/{name}", text, "0600") for name, text in node.manifests.items())
    return files


def _file(path: str, content: str, permissions: str = "0644") -> dict[str, Any]:
    return {"path": path, "permissions": permissions, "content": content}


def _environment(node: NodeSpec) -> str:
    """What the scripts know of this node, as shell assignments."""
    values = {
        "STACK": node.stack_name,
        "ROLE": node.role,
        "NODE": node.name,
        "SERVERS": str(node.servers),
        "CLUSTER_ID": node.cluster_id,
        "CA_HASH": node.ca_hash,
        "RKE2_VERSION": node.version,
        "REGISTRATION_ADDRESS": node.registration_address,
        "PEERS": " ".join(node.peers),
        "SECRET_NAME": node.secret,
        "ETCD_DEVICE": node.etcd_device,
        "CIS": _yes(node.cis),
        "AIRGAP": _yes(node.airgap),
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _yes(value: bool) -> str:  # noqa: FBT001
    return "yes" if value else "no"


@cache
def _script(name: str) -> str:
    return (_SCRIPTS / name).read_text()

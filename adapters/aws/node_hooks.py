"""How a node speaks to AWS at boot (node_hooks.sh), and what RKE2 is told of it.

RKE2's `node-name-from-cloud-provider-metadata` is not used: where the metadata service does not answer at once, it falls back to the host's name
without a word, and the node would come back under another name. The boot scripts ask :func:`cloud_node_name` until it answers instead, and say the
name outright.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from adapters.aws.secret_store import secret_name
from adapters.records import NodeHooks

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.specs import HooksSpec

FUNCTIONS = Path(__file__).with_suffix(".sh")
ETCD_FOLDER = "etcd"


def node_hooks(adapter: AwsAdapter, spec: HooksSpec) -> NodeHooks:
    """The functions with this stack's names before them. Snapshots are RKE2's own work: it speaks S3."""
    body = FUNCTIONS.read_text(encoding="utf-8")
    known = pulumi.Output.all(
        AWS_HOOKS_REGION=adapter.region,
        AWS_HOOKS_SECRETS_URL=f"https://secretsmanager.{adapter.region}.amazonaws.com/",
        AWS_HOOKS_SECRETS=secret_name(adapter.stack_name, "").rstrip("/"),
        AWS_HOOKS_CLAIM=pulumi.Output.concat(
            "https://", spec.backups.name, ".", spec.backups.endpoint, "/cluster/", spec.cluster_id, "/claim"
        ),
    )
    return NodeHooks(
        functions=known.apply(lambda names: f"{settings(names)}{body}"),
        packages=("curl",),
        rke2_config={},
        rke2_server_config=snapshot_config(adapter, spec),
    )


def settings(names: dict[str, str]) -> str:
    """Shell assignments, quoted."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in names.items())


def snapshot_config(adapter: AwsAdapter, spec: HooksSpec) -> pulumi.Output[dict[str, object]]:
    """RKE2's `etcd-s3-*`: no keys in it, so that the machine's own role is used.

    Source: k3s, pkg/etcd/s3/s3.go (static keys, then a credentials file, then the instance's role), and RKE2's validation of release 1.33
    with a role alone (rancher/rke2#8292).
    """
    return pulumi.Output.all(bucket=spec.backups.name, endpoint=spec.backups.endpoint, cluster=spec.cluster_id).apply(
        lambda known: {
            "etcd-s3": True,
            "etcd-s3-endpoint": known["endpoint"],
            "etcd-s3-region": spec.backups.region,
            "etcd-s3-bucket": known["bucket"],
            "etcd-s3-folder": f"{ETCD_FOLDER}/{known['cluster']}",
            "etcd-s3-retention": adapter.stack.backup.etcd.retention,
        }
    )

"""The cloud controller: which one, and its Helm values. Pure functions; imports no SDK.

It has to be there before anything that waits for a node: nodes stay tainted until it has initialised them. So it is a bootstrap chart, on the
host's network (no pod network, no DNS of the cluster), on servers (whose role it uses), and tolerates every taint.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from config.problems import Problem

if TYPE_CHECKING:
    from config.model import StackConfig

CHART_VERSION = "0.0.11"
IMAGES = {"1.35": "v1.35.0", "1.36": "v1.36.1"}
"""Kubernetes minor to the cloud controller's image, which must not be newer than the API server. Before 1.35 it made NLBs without security groups."""
CONFIG_ANNOTATION = "unifiedmeta.io/cloud-config"
CONFIG_FOLDER = "/etc/aws-cloud-controller"
SERVER_LABEL = {"node-role.kubernetes.io/control-plane": "true"}
"""RKE2 gives the label the value "true"; the chart's own selector, with an empty value, matches nothing."""


def values(rke2_version: str, cluster_id: str) -> str:
    """Helm values of the cloud controller, as YAML.

    The chart has no place for a cloud configuration. It stands in an annotation of the pod and is mounted from there, so that a change of it
    starts the controller anew, and no further object has to exist before the first chart.
    """
    given: dict[str, Any] = {
        "image": {"tag": IMAGES[minor(rke2_version)]},
        "hostNetworking": True,
        "nodeSelector": SERVER_LABEL,
        "tolerations": [{"operator": "Exists"}],
        "args": [
            "--v=2",
            "--cloud-provider=aws",
            f"--cloud-config={CONFIG_FOLDER}/cloud.conf",
            # The CNI routes between pods; the controller would fill the VPC's route tables.
            "--configure-cloud-routes=false",
        ],
        "podAnnotations": {CONFIG_ANNOTATION: cloud_config(cluster_id)},
        "extraVolumes": [
            {
                "name": "cloud-config",
                "downwardAPI": {
                    "items": [
                        {
                            "path": "cloud.conf",
                            "fieldRef": {"fieldPath": f"metadata.annotations['{CONFIG_ANNOTATION}']"},
                        }
                    ]
                },
            }
        ],
        "extraVolumeMounts": [{"name": "cloud-config", "mountPath": CONFIG_FOLDER, "readOnly": True}],
    }
    return yaml.safe_dump(given, sort_keys=False)


def cloud_config(cluster_id: str) -> str:
    """The cloud controller's configuration.

    Managed: an NLB that it makes has a security group from its first day; one that was made without can never get one.
    """
    return f"[Global]\nKubernetesClusterID = {cluster_id}\nNLBSecurityGroupMode = Managed\n"


def minor(version: str) -> str:
    """`1.35` of `v1.35.7+rke2r1`."""
    return ".".join(re.findall(r"\d+", version)[:2])


def problems(stack: StackConfig) -> list[Problem]:
    """A Kubernetes minor for which no cloud controller is known."""
    version = stack.cluster.version
    if minor(version) in IMAGES:
        return []
    known = ", ".join(IMAGES)
    return [
        Problem(
            ("cluster", "version"),
            f"no AWS cloud controller is known for Kubernetes {minor(version)}, only for {known}",
            "name an RKE2 release of one of these minors, such as v1.35.7+rke2r1",
        )
    ]

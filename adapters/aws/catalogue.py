"""Platform components that only AWS has; see :mod:`adapters.catalogue`."""

from __future__ import annotations

from adapters.catalogue import Chart, Component

EBS_CSI_DRIVER = Component(
    name="aws-ebs-csi-driver",
    why="makes, attaches and grows the EBS volumes of the StorageClass unifiedmeta-block",
    colour="red",
    layer="foundation",
    chart=Chart(
        name="aws-ebs-csi-driver",
        version="2.64.0",
        repository="https://kubernetes-sigs.github.io/aws-ebs-csi-driver",
    ),
    namespace="kube-system",
    pod_security="privileged",
    licence="Apache-2.0",
    provides="block-storage",
    health=("deployment/ebs-csi-controller", "daemonset/ebs-csi-node"),
)

COMPONENTS = (EBS_CSI_DRIVER,)

"""What the cluster needs of AWS: the cloud controller, the storage class, and facts for AWS's values profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from adapters.aws import cloud_controller
from adapters.records import BootstrapChart, CloudIntegration

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.specs import IntegrationSpec

CSI_COMPONENT = "aws-ebs-csi-driver"


def integration(adapter: AwsAdapter, spec: IntegrationSpec) -> CloudIntegration:
    """The cloud controller's values name the cluster; everything else is known before anything exists."""
    version = adapter.stack.cluster.version
    controller = BootstrapChart(
        name="aws-cloud-controller-manager",
        namespace="kube-system",
        repository="https://kubernetes.github.io/cloud-provider-aws",
        chart="aws-cloud-controller-manager",
        version=cloud_controller.CHART_VERSION,
        values=spec.cluster_id.apply(lambda cluster: cloud_controller.values(version, cluster)),
    )
    return CloudIntegration(
        bootstrap_charts=(controller,),
        csi_component=CSI_COMPONENT,
        storage_class=storage_class(spec.disk_key.arn),
        facts={
            "aws.account": adapter.account,
            "aws.region": adapter.region,
            "aws.vpc": spec.network.id,
            "aws.disk_key": spec.disk_key.arn,
            **({} if spec.csi_identity is None else {"identity.csi": spec.csi_identity}),
        },
    )


def storage_class(disk_key: pulumi.Input[str]) -> dict[str, object]:
    """`unifiedmeta-block`: encrypted gp3 volumes, in the zone of the pod that first uses them."""
    return {
        "provisioner": "ebs.csi.aws.com",
        "parameters": {
            "type": "gp3",
            "encrypted": "true",
            "kmsKeyId": disk_key,
            "csi.storage.k8s.io/fstype": "ext4",
        },
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
        "reclaimPolicy": "Delete",
    }

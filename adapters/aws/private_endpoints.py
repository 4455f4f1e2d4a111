"""Interface endpoints: AWS's own services inside the network, so that nodes start and stay managed without NAT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import ec2

from adapters.flows import Party
from adapters.options import child

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.records import FirewallRecord, NetworkRecord

SERVICES = (
    "autoscaling",
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "elasticloadbalancing",
    "kms",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
)
"""What nodes, the cloud controller, the CSI driver and Vault ask. S3 has its gateway endpoint: :mod:`adapters.aws.network`."""


class PrivateEndpoints(pulumi.ComponentResource):
    """See :class:`adapters.contract.PrivateEndpoints`."""

    def __init__(self, adapter: AwsAdapter, network: NetworkRecord, firewall: FirewallRecord) -> None:
        super().__init__("unifiedmeta:aws:PrivateEndpoints", "private-endpoints")
        subnets = network.data or network.private
        self._endpoints = tuple(
            ec2.VpcEndpoint(
                service,
                vpc_id=network.id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{adapter.region}.{service}",
                subnet_ids=[subnet.id for subnet in subnets],
                security_group_ids=[firewall.groups[Party.ENDPOINTS]],
                private_dns_enabled=True,
                tags=adapter.tags("private-endpoints", service),
                opts=child(self, adapter.provider),
            )
            for service in SERVICES
        )
        self.register_outputs({})

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        return self._endpoints

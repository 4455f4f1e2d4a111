"""Servers one by one, each with an etcd volume of its own; agents in Auto Scaling groups.

A server is never replaced by accident: its image and user data are those it was made with, whatever the program says later. It is replaced when
`cluster.replace` names it, and then exactly once: the name puts a tag on the machine, and the appearance of that tag is what replaces it.
Taking the name out again takes the tag away, in place. See docs/decisions/0011-replacing-one-server.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import ebs, ec2

from adapters.aws import pools, sizes
from adapters.aws.addresses import server_address
from adapters.aws.user_data import pack
from adapters.flows import Party
from adapters.options import child, stateful
from adapters.records import NodeFacts, PoolRecord, ServerRecord, SubnetRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.specs import ComputeSpec, PoolSpec, ServerSpec

REPLACE_TAG = "replace"
"""Stands on a server while `cluster.replace` names it."""
ETCD_DEVICE_NAME = "/dev/sdf"
"""What EC2 wants to be told. On Nitro the guest sees an NVMe name instead, which is why nothing relies on this one."""
GP3_IOPS, GP3_THROUGHPUT = 3000, 125
"""What gp3 gives without extra charge; throughput in MiB/s."""


class Compute(pulumi.ComponentResource):
    """Machines; see :class:`adapters.contract.Compute`."""

    def __init__(self, adapter: AwsAdapter, spec: ComputeSpec) -> None:
        super().__init__("unifiedmeta:aws:Compute", "compute")
        self._adapter = adapter
        self._spec = spec
        self._cluster_tags = adapter.cluster_tags(spec.cluster_id)
        self.register_outputs({})

    def server(self, spec: ServerSpec) -> ServerRecord:
        """One server: its etcd volume first, because the machine is told the volume's id; then the machine, then both joined."""
        subnet = self._subnet(spec.zone)
        volume = self._etcd_volume(spec)
        user_data = spec.user_data(NodeFacts(etcd_device=volume.id.apply(etcd_device)))
        instance = ec2.Instance(
            spec.name,
            **self._machine(spec, subnet),
            user_data_base64=user_data.apply(lambda text: pack(text, spec.name)),
            opts=self._server_options(spec),
        )
        attachment = ec2.VolumeAttachment(
            spec.name,
            instance_id=instance.id,
            volume_id=volume.id,
            device_name=ETCD_DEVICE_NAME,
            # A volume cannot be taken from under a running etcd: EC2 would wait for the unmount, for ever.
            stop_instance_before_detaching=True,
            opts=child(self, self._adapter.provider, delete_before_replace=True),
        )
        return ServerRecord(
            name=spec.name, zone=spec.zone, id=instance.id, address=instance.private_ip, resource=attachment
        )

    def pool(self, spec: PoolSpec) -> PoolRecord:
        return pools.make(self, self._adapter, self._spec, spec)

    def _machine(self, spec: ServerSpec, subnet: SubnetRecord) -> dict[str, Any]:
        servers = self._adapter.stack.cluster.servers
        node = self._spec
        return {
            "ami": node.image.id,
            "instance_type": sizes.server_type(servers),
            "subnet_id": subnet.id,
            "private_ip": str(server_address(subnet.cidr, spec.index)) if subnet.cidr else None,
            "associate_public_ip_address": False,
            "vpc_security_group_ids": [node.firewall.groups[Party.SERVER]],
            "iam_instance_profile": node.identities["server"].name,
            # Hop limit 1: a packet from a pod is one hop further, so no ordinary pod gets the node's role.
            "metadata_options": {
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
                "instance_metadata_tags": "disabled",
            },
            "private_dns_name_options": {"hostname_type": "resource-name", "enable_resource_name_dns_a_record": True},
            "root_block_device": {
                "volume_type": "gp3",
                "volume_size": servers.root_disk_gib,
                "encrypted": True,
                "kms_key_id": node.disk_key.arn,
                "delete_on_termination": True,
                "tags": self._adapter.tags("compute", f"{spec.name}-root"),
            },
            "monitoring": True,
            # Against a slip in the console. The program itself may still end the machine that it was told to replace.
            "disable_api_termination": self._adapter.stack.protection,
            "force_destroy": self._adapter.stack.protection,
            "tags": self._server_tags(spec),
        }

    def _server_tags(self, spec: ServerSpec) -> pulumi.Output[dict[str, str]]:
        own = {**self._adapter.tags("compute", spec.name), "role": "server"}
        if self._is_named(spec):
            own[REPLACE_TAG] = "requested"
        return self._cluster_tags.apply(lambda cluster: {**own, **cluster})

    def _server_options(self, spec: ServerSpec) -> pulumi.ResourceOptions:
        named = self._is_named(spec)
        return child(
            self,
            self._adapter.provider,
            depends_on=pools.before_a_node(self._spec, "server", spec.depends_on),
            ignore_changes=() if named else ("ami", "userDataBase64"),
            # The provider replaces on a changed image by itself; changed user data it would only store, and stop the machine for it.
            replace_on_changes=(f"tags.{REPLACE_TAG}", "userDataBase64") if named else (),
            # The new one needs the old one's address and volume.
            delete_before_replace=True,
        )

    def _is_named(self, spec: ServerSpec) -> bool:
        return self._adapter.stack.cluster.replace == spec.name

    def _etcd_volume(self, spec: ServerSpec) -> ebs.Volume:
        name = f"{spec.name}-etcd"
        options = child(self, self._adapter.provider, depends_on=self._spec.disk_key.ready)
        return ebs.Volume(
            name,
            availability_zone=spec.zone,
            size=self._adapter.stack.cluster.servers.etcd_disk_gib,
            type="gp3",
            iops=GP3_IOPS,
            throughput=GP3_THROUGHPUT,
            encrypted=True,
            kms_key_id=self._spec.disk_key.arn,
            tags=self._adapter.tags("compute", name),
            opts=stateful(self._adapter.stack, options),
        )

    def _subnet(self, zone: str) -> SubnetRecord:
        for subnet in self._spec.network.private:
            if subnet.zone == zone:
                return subnet
        known = ", ".join(subnet.zone for subnet in self._spec.network.private)
        raise ValueError(f"there is no private subnet in zone {zone}; there are subnets in {known}")


def etcd_device(volume_id: str) -> str:
    """Where a Nitro machine finds an EBS volume: by its id without the hyphen. nvme1n1 and the like change places between boots."""
    return f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{volume_id.replace('-', '')}"

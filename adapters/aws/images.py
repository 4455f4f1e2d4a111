"""The nodes' AMI: an exact one, the golden one (by SSM parameter or by tags), or a pinned Ubuntu.

Servers keep the image that they were made with (:mod:`adapters.aws.compute`), agents get what the look-up says when they are made. The pinned
Ubuntu is one dated build. Every look-up names the owner, because anybody may publish an image under any name.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import ec2, ssm

from adapters.records import ImageRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.records import KeyRecord

CANONICAL = "099720109477"
"""AWS account of Canonical, who makes Ubuntu. Source: https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/."""
UBUNTU = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260714"
"""Ubuntu 24.04 LTS of 2026-07-14. `images/aws` builds the golden image on the same one."""


class Images(pulumi.ComponentResource):
    """See :class:`adapters.contract.Images`."""

    def __init__(self, adapter: AwsAdapter, disk_key: KeyRecord) -> None:
        """`disk_key` is not needed here: each machine encrypts its root disk when it is made, whatever its image's encryption."""
        super().__init__("unifiedmeta:aws:Images", "images")
        del disk_key
        self._adapter = adapter
        self.register_outputs({})

    def image(self, *, gpu: bool) -> ImageRecord:
        """The same for GPU nodes: the GPU operator brings the driver."""
        del gpu
        return self._image

    @cached_property
    def _image(self) -> ImageRecord:
        wanted = self._adapter.stack.image
        if wanted.id:
            return ImageRecord(id=pulumi.Output.from_input(wanted.id), source="exact", golden=wanted.golden is not None)
        if wanted.golden:
            return ImageRecord(id=self._golden(wanted.golden), source="golden", golden=True)
        return ImageRecord(
            id=self._look_up(CANONICAL, [_filter("name", UBUNTU)], newest=False), source="pinned", golden=False
        )

    def _golden(self, name: str) -> pulumi.Output[str]:
        """By the SSM parameter's path, which begins with a slash; else the family's newest AMI of the stack's RKE2 version.

        Family and version stand in the tags that `images/aws` writes; only AMIs of this account are looked at.
        """
        if name.startswith("/"):
            return ssm.get_parameter_output(name=name, with_decryption=False, opts=self._options()).insecure_value
        version = self._adapter.stack.cluster.version
        tags = [_filter("tag:image-family", name), _filter("tag:rke2-version", version)]
        return self._look_up("self", tags, newest=True)

    def _look_up(self, owner: str, filters: list[dict[str, Any]], *, newest: bool) -> pulumi.Output[str]:
        found = ec2.get_ami_output(
            owners=[owner],
            filters=[*filters, _filter("architecture", "x86_64"), _filter("virtualization-type", "hvm")],
            # Of a pinned name there is one; two would be a surprise, and an error.
            most_recent=newest,
            # A build is marked as deprecated when a newer one comes. It can be launched all the same, and a pin must not stop working.
            include_deprecated=True,
            opts=self._options(),
        )
        return found.id

    def _options(self) -> pulumi.InvokeOutputOptions:
        return pulumi.InvokeOutputOptions(parent=self, provider=self._adapter.provider)


def _filter(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "values": [value]}

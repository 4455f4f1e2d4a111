"""Agent pools: a launch template and an Auto Scaling group over all zones.

A new template version never rolls a running node: there is no instance refresh, which would end nodes without draining them. New nodes come from
the new version, the oldest ones leave first when the group shrinks, and whoever wants all of them new drains and ends them one by one
(docs/decisions/0012-pools-do-not-roll-by-themselves.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import autoscaling, ec2

from adapters.aws import sizes
from adapters.aws.autoscaler_tags import AUTOSCALER, node_template_tags
from adapters.aws.user_data import pack
from adapters.flows import Party
from adapters.options import child
from adapters.records import PoolRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.specs import ComputeSpec, NodeRole, PoolSpec
    from config.cluster import Pool

ROOT_DEVICE_NAME = "/dev/sda1"
"""The root device of Ubuntu's images, and of ours, which are made from them."""
HEALTH_GRACE_SECONDS = 300


def before_a_node(compute: ComputeSpec, role: NodeRole, more: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
    """What must exist before a node boots, and outlive it: its way out, the firewall's rules, its identity, its disks' key."""
    identity = compute.identities[role]
    return [
        *compute.network.egress,
        *compute.firewall.rules[Party(role)],
        *identity.ready,
        *compute.disk_key.ready,
        *more,
    ]


def make(parent: pulumi.Resource, adapter: AwsAdapter, compute: ComputeSpec, spec: PoolSpec) -> PoolRecord:
    """Template and group of one pool."""
    template = _template(parent, adapter, compute, spec)
    group = _group(parent, adapter, compute, spec, template)
    return PoolRecord(name=spec.name, id=group.name, resource=group)


def _template(parent: pulumi.Resource, adapter: AwsAdapter, compute: ComputeSpec, spec: PoolSpec) -> ec2.LaunchTemplate:
    name = f"pool-{spec.name}"
    return ec2.LaunchTemplate(
        name,
        image_id=compute.image.id,
        instance_type=sizes.pool_types(spec.pool)[0],
        user_data=spec.user_data.apply(lambda text: pack(text, name)),
        iam_instance_profile={"name": compute.identities["agent"].name},
        update_default_version=True,
        metadata_options={
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "disabled",
        },
        private_dns_name_options={"hostname_type": "resource-name", "enable_resource_name_dns_a_record": True},
        network_interfaces=[
            {
                "device_index": 0,
                "associate_public_ip_address": "false",
                "delete_on_termination": "true",
                "security_groups": [compute.firewall.groups[Party.AGENT]],
            }
        ],
        block_device_mappings=[{"device_name": ROOT_DEVICE_NAME, "ebs": _root_disk(compute, spec.pool)}],
        monitoring={"enabled": True},
        tag_specifications=_tag_specifications(adapter, compute, name),
        tags=adapter.tags("compute", name),
        opts=child(parent, adapter.provider),
    )


def _root_disk(compute: ComputeSpec, pool: Pool) -> dict[str, Any]:
    return {
        "volume_type": "gp3",
        "volume_size": pool.disk_gib,
        "encrypted": "true",
        "kms_key_id": compute.disk_key.arn,
        "delete_on_termination": "true",
    }


def _tag_specifications(adapter: AwsAdapter, compute: ComputeSpec, name: str) -> list[dict[str, Any]]:
    """The only way to tag the volumes and network interfaces of a group's machines: nothing is inherited."""
    own = {**adapter.tags("compute", name), "role": "agent"}
    machine = adapter.cluster_tags(compute.cluster_id).apply(lambda cluster: {**own, **cluster})
    return [
        {"resource_type": "instance", "tags": machine},
        {"resource_type": "volume", "tags": own},
        {"resource_type": "network-interface", "tags": own},
    ]


def _group(
    parent: pulumi.Resource,
    adapter: AwsAdapter,
    compute: ComputeSpec,
    spec: PoolSpec,
    template: ec2.LaunchTemplate,
) -> autoscaling.Group:
    pool = spec.pool
    return autoscaling.Group(
        f"pool-{spec.name}",
        min_size=pool.min,
        max_size=pool.max,
        vpc_zone_identifiers=[subnet.id for subnet in compute.network.private],
        mixed_instances_policy=_mixed_instances(pool, template),
        # Not ELB: an ingress engine that is down would have all of its nodes ended.
        health_check_type="EC2",
        health_check_grace_period=HEALTH_GRACE_SECONDS,
        # A node that is about to be interrupted is replaced before it goes.
        capacity_rebalance=pool.spot,
        termination_policies=["OldestLaunchTemplate", "OldestInstance"],
        # Rebalancing ends nodes without draining them; the cluster autoscaler keeps the zones even.
        suspended_processes=["AZRebalance"],
        tags=_group_tags(adapter, compute, spec),
        opts=child(
            parent,
            adapter.provider,
            depends_on=before_a_node(compute, "agent", spec.depends_on),
            # The autoscaler's business: a run of the program must not undo what it decided.
            ignore_changes=("desiredCapacity",),
        ),
    )


def _mixed_instances(pool: Pool, template: ec2.LaunchTemplate) -> dict[str, Any]:
    return {
        "launch_template": {
            "launch_template_specification": {
                "launch_template_id": template.id,
                # The number and not $Latest, so that a plan shows which groups get new nodes of another kind.
                "version": template.latest_version.apply(str),
            },
            "overrides": [{"instance_type": name} for name in sizes.pool_types(pool)],
        },
        "instances_distribution": {
            "on_demand_base_capacity": 0,
            "on_demand_percentage_above_base_capacity": 0 if pool.spot else 100,
            "on_demand_allocation_strategy": "prioritized",
            "spot_allocation_strategy": "price-capacity-optimized",
        },
    }


def _group_tags(adapter: AwsAdapter, compute: ComputeSpec, spec: PoolSpec) -> list[dict[str, Any]]:
    """On the group, and from there on its machines; what only the autoscaler reads stays on the group."""
    cluster = compute.cluster_id
    machine: list[tuple[pulumi.Input[str], str]] = [
        *adapter.tags("compute", f"pool-{spec.name}").items(),
        ("role", "agent"),
        (pulumi.Output.concat("kubernetes.io/cluster/", cluster), "owned"),
    ]
    group: list[tuple[pulumi.Input[str], str]] = [
        (f"{AUTOSCALER}/enabled", "true"),
        (pulumi.Output.concat(f"{AUTOSCALER}/", cluster), "owned"),
        *node_template_tags(spec.name, spec.pool).items(),
    ]
    return [
        *({"key": key, "value": value, "propagate_at_launch": True} for key, value in machine),
        *({"key": key, "value": value, "propagate_at_launch": False} for key, value in group),
    ]

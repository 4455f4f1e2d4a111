"""Agent pools: launch templates and Auto Scaling groups."""

from __future__ import annotations

import base64
import gzip
from typing import Any

from adapters.aws.autoscaler_tags import TAGS_MAX, node_template_tags, problems
from adapters.specs import PoolSpec
from config.cluster import Pool
from tests.adapters.aws import parts
from tests.support.recording import Recorded, Recording, record, value_of

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"


def pool(text: str = "#cloud-config\n", **settings: Any) -> Recording:
    def program() -> None:
        from adapters.aws.compute import Compute

        compute = Compute(parts.adapter(), parts.compute_spec())
        record_ = compute.pool(PoolSpec(name="general", pool=Pool(**settings), user_data=parts.out(text)))
        ids.append(record_.id)

    ids: list[Any] = []
    recording = record(program, lambda type_, *_: {"latestVersion": 7} if type_ == TEMPLATE else {})
    assert value_of(ids[0]) == "pool-general"
    return recording


def template(**settings: Any) -> dict[str, Any]:
    return pool(**settings).one(TEMPLATE, "pool-general").inputs


def group(**settings: Any) -> Recorded:
    return pool(**settings).one(GROUP, "pool-general")


def tags(found: Recorded) -> dict[str, tuple[str, bool]]:
    listed = found.inputs["tags"]
    assert len({t["key"] for t in listed}) == len(listed), "the same key twice: AWS refuses it"
    return {t["key"]: (t["value"], t["propagateAtLaunch"]) for t in listed}


def test_a_pool_stands_in_all_zones() -> None:
    assert group().inputs["vpcZoneIdentifiers"] == [f"subnet-private-{zone}" for zone in parts.ZONES]


def test_agents_have_no_public_address_even_where_an_adopted_subnet_would_give_one() -> None:
    (interface,) = template()["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert interface["securityGroups"] == ["sg-agent"]


def test_agents_metadata_wants_a_token_and_is_one_hop_away() -> None:
    options = template()["metadataOptions"]
    assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_agents_are_named_by_their_instance_id() -> None:
    assert template()["privateDnsNameOptions"]["hostnameType"] == "resource-name"


def test_an_agents_disk_is_encrypted_with_our_key_and_has_the_size_of_the_pool() -> None:
    (mapping,) = template(disk_gib=77)["blockDeviceMappings"]
    assert mapping["deviceName"] == "/dev/sda1"
    disk = mapping["ebs"]
    assert (disk["encrypted"], disk["volumeSize"]) == ("true", 77)
    assert disk["kmsKeyId"] == "arn:aws:kms:ap-northeast-2:123456789012:key/disks"


def test_user_data_is_gzipped_and_in_base64() -> None:
    assert (
        gzip.decompress(base64.b64decode(template(text="#cloud-config\nx: 1\n")["userData"]))
        == b"#cloud-config\nx: 1\n"
    )


def test_machines_volumes_and_interfaces_are_tagged_because_nothing_is_inherited() -> None:
    specifications = {s["resourceType"]: s["tags"] for s in template()["tagSpecifications"]}
    assert set(specifications) == {"instance", "volume", "network-interface"}
    assert all(found["customer"] == "acme" for found in specifications.values())
    assert specifications["instance"]["kubernetes.io/cluster/um-7f3a"] == "owned"


def test_the_cluster_tag_reaches_the_machines_through_the_group() -> None:
    assert tags(group())["kubernetes.io/cluster/um-7f3a"] == ("owned", True)


def test_the_autoscaler_finds_the_group_by_tags_that_stay_on_it() -> None:
    found = tags(group())
    assert found["k8s.io/cluster-autoscaler/enabled"] == ("true", False)
    assert found["k8s.io/cluster-autoscaler/um-7f3a"] == ("owned", False)


def test_the_autoscaler_can_start_from_none_because_it_knows_labels_taints_and_disk() -> None:
    found = node_template_tags("gpu", Pool(gpu=True, disk_gib=200, labels={"tier": "batch"}))
    prefix = "k8s.io/cluster-autoscaler/node-template"
    assert found[f"{prefix}/label/tier"] == "batch"
    assert found[f"{prefix}/label/unifiedmeta.io/pool"] == "gpu"
    assert found[f"{prefix}/taint/nvidia.com/gpu"] == "present:NoSchedule"
    assert found[f"{prefix}/resources/ephemeral-storage"] == "200Gi"


def test_a_new_template_version_rolls_no_running_node() -> None:
    assert "instanceRefresh" not in group().inputs


def test_the_group_names_the_template_version_by_number_so_that_a_plan_shows_the_change() -> None:
    specification = group().inputs["mixedInstancesPolicy"]["launchTemplate"]["launchTemplateSpecification"]
    assert specification == {"launchTemplateId": "pool-general-id", "version": "7"}


def test_a_sizes_twins_are_tried_in_order_when_the_first_has_no_capacity() -> None:
    policy = group(size="large").inputs["mixedInstancesPolicy"]
    assert [o["instanceType"] for o in policy["launchTemplate"]["overrides"]] == [
        "m7i.2xlarge",
        "m6i.2xlarge",
        "m5.2xlarge",
    ]
    assert policy["instancesDistribution"]["onDemandAllocationStrategy"] == "prioritized"
    assert policy["instancesDistribution"]["onDemandPercentageAboveBaseCapacity"] == 100


def test_a_spot_pool_has_spot_machines_only_and_replaces_them_before_they_go() -> None:
    found = group(spot=True).inputs
    distribution = found["mixedInstancesPolicy"]["instancesDistribution"]
    assert (distribution["onDemandBaseCapacity"], distribution["onDemandPercentageAboveBaseCapacity"]) == (0, 0)
    assert distribution["spotAllocationStrategy"] == "price-capacity-optimized"
    assert found["capacityRebalance"] is True


def test_the_groups_size_is_the_autoscalers_business() -> None:
    found = group(min=2, max=9).inputs
    assert (found["minSize"], found["maxSize"]) == (2, 9)
    assert "desiredCapacity" not in found


def test_nothing_ends_a_node_behind_kubernetes_back() -> None:
    found = group().inputs
    assert found["suspendedProcesses"] == ["AZRebalance"]
    assert found["healthCheckType"] == "EC2"
    assert "maxInstanceLifetime" not in found


def test_the_deprecated_ways_are_not_used() -> None:
    assert not {"launchConfiguration", "loadBalancers", "targetGroupArns"} & set(group().inputs)


def test_a_gpu_pool_has_gpu_machines() -> None:
    policy = group(gpu=True, size="gpu-small").inputs["mixedInstancesPolicy"]
    assert policy["launchTemplate"]["overrides"][0]["instanceType"] == "g6.xlarge"


def test_a_label_that_makes_too_long_a_tag_for_the_autoscaler_is_refused_before_anything_runs() -> None:
    label = f"a{'b' * 60}.example.com/{'c' * 40}"
    (problem,) = problems(parts.stack(cluster={"pools": {"general": {"labels": {label: "x"}}}}))
    assert problem.key == "cluster.pools.general"
    assert problem.message.startswith(f"{label} makes a tag of 160 characters")
    assert problem.remedy == "shorten it by 32 characters"


def test_more_tags_than_a_group_may_have_are_refused_before_anything_runs() -> None:
    labels = {f"label-{n}": "x" for n in range(40)}
    (problem,) = problems(parts.stack(cluster={"pools": {"general": {"labels": labels}}}))
    assert "AWS takes 50" in problem.message


def test_the_limit_is_counted_on_what_the_group_really_gets() -> None:
    count = len(tags(group()))
    spare = {f"label-{n}": "x" for n in range(TAGS_MAX - count)}
    assert list(problems(parts.stack(cluster={"pools": {"general": {"labels": spare}}}))) == []
    assert len(tags(group(labels=spare))) == TAGS_MAX
    assert len(list(problems(parts.stack(cluster={"pools": {"general": {"labels": spare | {"one": "more"}}}})))) == 1

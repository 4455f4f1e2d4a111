"""T-shirt sizes and explicit machine types."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.aws.sizes import INSTANCE_TYPES, pool_types, problems, server_type
from config.cluster import Pool, Servers
from config.scalars import Size
from tests.adapters.aws.parts import stack


def messages(**cluster: Any) -> list[str]:
    return [f"{p.key}: {p.message}" for p in problems(stack(cluster=cluster))]


def test_every_size_has_a_type() -> None:
    assert set(INSTANCE_TYPES) == set(Size)
    assert all(INSTANCE_TYPES.values())


def test_the_defaults_of_a_stack_have_no_problem() -> None:
    assert messages() == []


def test_every_type_of_every_size_would_be_accepted_if_it_were_written_out() -> None:
    for size, types in INSTANCE_TYPES.items():
        for name in types:
            assert messages(pools={"p": {"machineType": name, "gpu": size.value.startswith("gpu")}}) == [], name


def test_types_of_one_size_have_the_same_shape_so_that_the_autoscaler_computes_right() -> None:
    for types in INSTANCE_TYPES.values():
        assert len({name.partition(".")[2] for name in types}) == 1


def test_an_explicit_type_stands_alone_because_nobody_knows_its_twins() -> None:
    assert pool_types(Pool(machine_type="r7i.2xlarge")) == ("r7i.2xlarge",)
    assert server_type(Servers(machine_type="r7i.xlarge")) == "r7i.xlarge"


@pytest.mark.parametrize("name", ["Standard_D4s_v6", "m7i", "m7i.huge", "n2-standard-4", "M7I.large"])
def test_what_is_no_instance_type_is_refused(name: str) -> None:
    message = messages(servers={"machineType": name})[0]
    assert message == f"cluster.servers.machineType: {name!r} is not an EC2 instance type"


@pytest.mark.parametrize(
    "name",
    ["m7g.large", "c6gn.xlarge", "t4g.medium", "im4gn.large", "x2gd.large", "a1.large", "g5g.xlarge", "hpc7g.4xlarge"],
)
def test_arm_machines_are_refused_because_the_images_are_x86(name: str) -> None:
    assert any("ARM" in m for m in messages(pools={"p": {"machineType": name}}))


@pytest.mark.parametrize(
    "name",
    [
        "m7i.large",
        "c7a.xlarge",
        "r7iz.large",
        "m5zn.large",
        "u7i-12tb.224xlarge",
        "m7i-flex.large",
        "m5.metal",
        "c7i.metal-24xl",
    ],
)
def test_x86_machines_are_accepted(name: str) -> None:
    assert messages(pools={"p": {"machineType": name}}) == []


@pytest.mark.parametrize("name", ["m4.large", "t2.large", "r4.xlarge", "c4.large"])
def test_machines_before_nitro_are_refused_because_the_etcd_disk_has_no_stable_name_there(name: str) -> None:
    assert any("Nitro" in m for m in messages(servers={"machineType": name}))


@pytest.mark.parametrize("name", ["t3.large", "t3a.xlarge"])
def test_servers_are_never_burstable_but_agents_may_be(name: str) -> None:
    assert any("burstable" in m for m in messages(servers={"machineType": name}))
    assert messages(pools={"p": {"machineType": name}}) == []


def test_a_gpu_type_and_the_word_gpu_go_together() -> None:
    assert any("has GPUs" in m for m in messages(pools={"p": {"machineType": "g6.xlarge"}}))
    assert any("has no GPU" in m for m in messages(pools={"p": {"machineType": "m7i.large", "gpu": True}}))
    assert messages(pools={"p": {"machineType": "p5.4xlarge", "gpu": True}}) == []


def test_all_problems_are_found_at_once_each_at_its_own_place() -> None:
    found = messages(
        servers={"machineType": "t2.large"}, pools={"a": {"machineType": "m7g.large"}, "b": {"machineType": "x"}}
    )
    assert [m.split(": ")[0] for m in found] == [
        "cluster.servers.machineType",
        "cluster.servers.machineType",
        "cluster.pools.a.machineType",
        "cluster.pools.b.machineType",
    ]

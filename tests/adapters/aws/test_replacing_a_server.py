"""No server is replaced by accident, and exactly one when it is named: run through the sandbox's engine, run after run over one state."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters import specs
from adapters.aws.adapter import AwsAdapter
from adapters.flows import flows
from adapters.records import ImageRecord
from config import effective
from sandbox.engine.run import Engine
from sandbox.engine.steps import Op, Result, Step
from sandbox.simulators import provider_for
from tests.adapters.aws import parts

INSTANCE = "aws:ec2/instance:Instance"
ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"
TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
VOLUME = "aws:ebs/volume:Volume"


@dataclass
class Cluster:
    """A stack's servers over several runs; attributes are what the next run is told."""

    folder: Path
    image: str = "ami-0123456789abcdef0"
    user_data: str = "#cloud-config\n"
    servers: dict[str, Any] = field(default_factory=lambda: {"count": 3, "size": "medium"})
    replace: str | None = None
    tags: dict[str, str] = field(default_factory=dict)

    def program(self) -> None:
        stack = parts.stack(
            cluster={"servers": self.servers, "replace": self.replace},
            network={"nat": "none", "flowLogs": {"enabled": False}},
            protection="off",
            tags=self.tags,
        )
        adapter = AwsAdapter(stack, "aws-test")
        cluster_id = parts.out("um-7f3a")
        network = adapter.network(cluster_id).record
        firewall = adapter.firewall(network, flows(stack), cluster_id).record
        identity = adapter.identity(cluster_id)
        balancer = adapter.load_balancer()
        balancer.api(specs.ApiSpec(network=network, firewall=firewall))
        compute = adapter.compute(
            specs.ComputeSpec(
                cluster_id=cluster_id,
                network=network,
                firewall=firewall,
                disk_key=adapter.kms().keys["disks"],
                image=ImageRecord(id=parts.out(self.image), source="golden", golden=True),
                identities={"server": identity.node(specs.NodeIdentitySpec(role="server", grants=[]))},
            )
        )
        balancer.attach_servers(
            [
                compute.server(
                    specs.ServerSpec(
                        name=name,
                        index=index,
                        zone=adapter.zones[index % 3],
                        user_data=lambda facts: facts.etcd_device.apply(lambda device: f"{self.user_data}# {device}"),
                    )
                )
                for index, name in enumerate(effective.server_names(stack))
            ]
        )

    def _engine(self) -> Engine:
        return Engine(
            project_dir=self.folder,
            stack_name="aws-test",
            providers=provider_for,
            state_path=self.folder / "state.json",
            program=self.program,
            project="unifiedmeta",
        )

    def up(self) -> list[Step]:
        return changes(self._engine().up())

    def preview(self) -> list[Step]:
        return changes(self._engine().preview())


def changes(result: Result) -> list[Step]:
    assert not result.problems, [str(p) for p in result.problems]
    return [step for step in result.steps if step.op is not Op.SAME]


def said(steps: list[Step]) -> set[tuple[str, str, str]]:
    return {(str(step.op), step.type.rsplit(":", 1)[1], step.name) for step in steps}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a stack that stands, made once: each test goes on from a copy."""
    made = Cluster(tmp_path_factory.mktemp("standing"))
    assert {s.name for s in made.up() if s.type == INSTANCE} == {"server-0", "server-1", "server-2"}
    assert made.up() == []
    return made.folder


@pytest.fixture
def cluster(standing: Path, tmp_path: Path) -> Cluster:
    return Cluster(shutil.copytree(standing, tmp_path / "stack"))


def test_a_new_image_replaces_no_server(cluster: Cluster) -> None:
    cluster.image = "ami-0fedcba9876543210"
    assert cluster.up() == []


def test_an_edited_cloud_init_replaces_no_server_and_does_not_even_stop_one(cluster: Cluster) -> None:
    cluster.user_data = "#cloud-config\npackages: [jq]\n"
    assert cluster.up() == []


def test_another_size_changes_servers_in_place(cluster: Cluster) -> None:
    cluster.servers = {"count": 3, "size": "large"}
    steps = cluster.up()
    assert said(steps) == {("update", "Instance", f"server-{n}") for n in range(3)}
    assert all(step.changed == ("instanceType",) for step in steps)


def test_a_larger_disk_and_another_tag_change_servers_in_place(cluster: Cluster) -> None:
    cluster.servers = {"count": 3, "size": "medium", "rootDiskGib": 80, "etcdDiskGib": 40}
    cluster.tags = {"owner": "somebody"}
    assert {step.op for step in cluster.up() if step.type in {INSTANCE, VOLUME}} == {Op.UPDATE}


def test_more_servers_leave_those_that_are_there_alone(cluster: Cluster) -> None:
    cluster.servers = {"count": 5, "size": "medium"}
    steps = cluster.up()
    assert {step.op for step in steps} == {Op.CREATE}
    assert {step.name for step in steps if step.type == INSTANCE} == {"server-3", "server-4"}


THAT_ONE = {
    ("replace", "Instance", "server-1"),
    ("replace", "VolumeAttachment", "server-1"),
    ("replace", "TargetGroupAttachment", "api-6443-server-1"),
    ("replace", "TargetGroupAttachment", "join-9345-server-1"),
}


def test_a_named_server_is_replaced_with_its_attachments_though_nothing_else_changed_and_its_etcd_volume_stays(
    cluster: Cluster,
) -> None:
    cluster.replace = "server-1"
    assert said(cluster.preview()) == THAT_ONE
    assert said(cluster.up()) == THAT_ONE


def test_the_old_machine_goes_first_because_the_new_one_needs_its_address_and_its_volume(cluster: Cluster) -> None:
    cluster.replace = "server-1"
    (step,) = [s for s in cluster.up() if s.type == INSTANCE]
    assert step.delete_before_replace
    assert step.engine_ops[0] == "delete-replaced"


def test_the_named_server_gets_the_new_image_and_user_data_and_no_other_does(cluster: Cluster) -> None:
    cluster.image, cluster.user_data, cluster.replace = "ami-0fedcba9876543210", "#cloud-config\nx: 1\n", "server-1"
    steps = cluster.up()
    assert said(steps) == THAT_ONE
    (step,) = [s for s in steps if s.type == INSTANCE]
    assert step.new_inputs["ami"] == "ami-0fedcba9876543210"
    assert step.new_inputs["userDataBase64"] != step.old_inputs["userDataBase64"]


def test_a_name_that_is_left_in_the_stack_file_replaces_nothing_twice(cluster: Cluster) -> None:
    cluster.replace = "server-1"
    cluster.up()
    assert cluster.up() == []


def test_taking_the_name_out_again_takes_the_tag_away_in_place(cluster: Cluster) -> None:
    cluster.replace = "server-1"
    cluster.image = "ami-0fedcba9876543210"
    cluster.up()
    cluster.replace = None
    (step,) = cluster.up()
    assert (step.op, step.name, step.changed) == (Op.UPDATE, "server-1", ("tags.replace",))
    assert cluster.up() == []


def test_a_server_can_be_replaced_again_after_the_name_was_taken_out(cluster: Cluster) -> None:
    for name in ("server-1", None, "server-1"):
        cluster.replace = name
        steps = cluster.up()
    assert said(steps) == THAT_ONE


def test_naming_the_next_server_replaces_that_one_and_leaves_the_first_running(cluster: Cluster) -> None:
    cluster.replace = "server-1"
    cluster.up()
    cluster.replace = "server-2"
    replaced = {s.name for s in cluster.up() if s.op is Op.REPLACE and s.type == INSTANCE}
    assert replaced == {"server-2"}


def test_a_name_that_is_there_from_the_first_run_replaces_nothing(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, replace="server-0")
    assert {s.op for s in cluster.up()} == {Op.CREATE}
    assert cluster.up() == []

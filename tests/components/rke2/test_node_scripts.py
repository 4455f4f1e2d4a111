"""What a node does at boot, in every situation that a cluster gets into. The programs it calls only pretend (machine.py)."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from tests.components.rke2.machine import CA, CA_HASH, OTHER_CA, SERVER_BUNDLE, Machine
from tests.components.rke2.specs import REGISTRATION, VERSION, agent, node

PEERS = ("10.0.0.11", "10.0.0.12")
THROUGH_THE_LOAD_BALANCER = f"https://{REGISTRATION}:9345"
DB = "var/lib/rancher/rke2/server/db"


@pytest.fixture
def first(tmp_path: Path) -> Machine:
    return Machine(tmp_path, node(peers=PEERS))


@pytest.fixture
def second(tmp_path: Path) -> Machine:
    return Machine(tmp_path, node(name="server-1", peers=PEERS))


@pytest.fixture
def pool_member(tmp_path: Path) -> Machine:
    return Machine(tmp_path, agent(peers=PEERS))


def claimed_by(machine: Machine, uuid: str, ca: str = CA_HASH) -> None:
    machine.tell("claim", f"ca={ca}\nuuid={uuid}\n")


def recreated(machine: Machine, place: Path, *, name: str = "node-b") -> Machine:
    """The same server on a new machine: the etcd disk and the cloud stay, the root disk and what identifies the machine are new."""
    machine.tell("provider-id", "cloud:///zone/machine-b\n")
    machine.tell("node-name", f"{name}\n")
    return Machine(place / "new", machine.spec, machine.fake)


def with_another_disk(machine: Machine) -> None:
    machine.tell("next-uuid", "22222222-bbbb\n")
    for name in ("uuid", "label"):
        (machine.fake / name).unlink()
    (machine.fake / "disk").rename(machine.fake / "old-disk")


def test_the_first_server_claims_the_cluster_and_starts_it_while_its_peers_do_not_exist_yet(first: Machine) -> None:
    run = first.boot()
    assert run.code == 0
    assert run.started_rke2
    assert first.joins is None
    assert first.claim == {"ca": CA_HASH, "uuid": "11111111-aaaa"}
    assert run.status["state"] == "prepared"
    assert not [call for call in run.called("curl") if "9345" in call], (
        "silence of peers decides nothing, so nobody is asked"
    )


def test_the_first_server_places_the_ca_set_and_the_token_for_root_only(first: Machine) -> None:
    first.boot()
    directory = first.path("var/lib/rancher/rke2/server/tls")
    for name, text in SERVER_BUNDLE["tls"].items():
        assert (directory / name).read_text() == text
        assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600
    token = first.path("etc/rancher/rke2/config.yaml.d/50-token.yaml")
    assert yaml.safe_load(token.read_text()) == SERVER_BUNDLE["config"]
    assert stat.S_IMODE(token.stat().st_mode) == 0o600


def test_a_further_server_waits_for_the_first_one_and_joins_through_the_load_balancer(second: Machine) -> None:
    second.later(120, f'mkdir -p "$FAKE/hosts/{REGISTRATION}"; printf %s "{CA}" >"$FAKE/hosts/{REGISTRATION}/cacerts"')
    run = second.boot()
    assert run.code == 0
    assert second.joins == THROUGH_THE_LOAD_BALANCER
    assert run.started_rke2
    assert not second.path("var/lib/rancher/rke2/server/tls").exists(), "the authorities come with joining"
    assert not (second.fake / "claim").exists(), "only server-0 may claim"


def test_a_further_server_never_starts_a_cluster_when_nobody_answers(second: Machine) -> None:
    run = second.boot()
    assert run.code != 0
    assert not run.started_rke2
    assert "no server of cluster um-abc12345 answers" in run.status["message"]
    assert "Is server-0 running?" in run.status["message"]


def test_a_server_restarts_after_a_reboot_with_its_own_data_though_every_store_is_down(first: Machine) -> None:
    first.boot()
    first.rke2_comes_up()
    before = first.files()
    for name in ("secrets-down", "objects-down"):
        first.tell(name, "")
    run = first.boot()
    assert run.code == 0
    assert run.started_rke2
    assert not run.called("curl")
    assert not run.called("mkfs.ext4")
    assert first.files() == before


def test_server_0_on_a_new_disk_joins_its_living_peers(first: Machine, tmp_path: Path) -> None:
    first.boot()
    first.rke2_comes_up()
    with_another_disk(first)
    new = recreated(first, tmp_path)
    new.answers(REGISTRATION)
    run = new.boot()
    assert run.code == 0
    assert new.joins == THROUGH_THE_LOAD_BALANCER
    assert new.claim["uuid"] == "11111111-aaaa", "the claim is what it was"
    assert "started by another disk (11111111-aaaa)" in run.log


def test_server_0_on_a_new_disk_does_not_start_a_second_cluster_while_its_peers_are_stopped(
    first: Machine, tmp_path: Path
) -> None:
    first.boot()
    first.rke2_comes_up()
    with_another_disk(first)
    new = recreated(first, tmp_path)
    run = new.boot()
    assert run.code != 0
    assert not run.started_rke2
    assert "um recover -s acme-dev" in run.status["message"]
    assert "docs/recovery.md" in run.status["message"]


def test_peers_that_are_up_with_rke2_stopped_are_waited_for(first: Machine) -> None:
    claimed_by(first, "99999999-ffff")
    first.later(600, f'mkdir -p "$FAKE/hosts/{PEERS[1]}"; printf %s "{CA}" >"$FAKE/hosts/{PEERS[1]}/cacerts"')
    run = first.boot()
    assert run.code == 0
    assert first.joins == f"https://{PEERS[1]}:9345"


def test_a_replaced_server_with_the_old_disk_sets_the_old_member_aside_and_joins(
    first: Machine, tmp_path: Path
) -> None:
    first.boot()
    first.rke2_comes_up()
    new = recreated(first, tmp_path)
    new.answers(REGISTRATION)
    run = new.boot()
    assert run.code == 0
    assert new.joins == THROUGH_THE_LOAD_BALANCER
    assert not new.path(f"{DB}/etcd").exists()
    assert new.path(f"{DB}/etcd-of-replaced-machine/member/wal").is_dir()


def test_a_replaced_server_keeps_the_old_data_while_no_living_cluster_is_found(first: Machine, tmp_path: Path) -> None:
    first.boot()
    first.rke2_comes_up()
    new = recreated(first, tmp_path)
    new.answers(REGISTRATION, ready=False)  # it answers, but its API has no quorum
    run = new.boot()
    assert run.code != 0
    assert new.path(f"{DB}/etcd/member/wal").is_dir()
    assert "may be the last copy" in run.status["message"]
    assert "um recover -s acme-dev" in run.status["message"]


def test_a_replaced_server_that_is_cut_off_after_setting_its_data_aside_still_only_joins(
    first: Machine, tmp_path: Path
) -> None:
    first.boot()
    first.rke2_comes_up()
    new = recreated(first, tmp_path)
    new.answers(REGISTRATION)
    new.boot()
    new.path("etc/rancher/rke2/config.yaml.d/60-join.yaml").unlink()
    (new.fake / f"hosts/{REGISTRATION}/cacerts").unlink()
    run = new.boot()
    assert run.code != 0, "its claim is on this disk, but the cluster is elsewhere"
    assert not run.started_rke2


def test_a_server_that_died_in_its_first_start_and_was_replaced_does_not_start_again(
    first: Machine, tmp_path: Path
) -> None:
    first.boot()
    first.path(f"{DB}/etcd/member/wal").mkdir(parents=True)  # RKE2 began, and never said that it was ready
    new = recreated(first, tmp_path)
    new.answers(REGISTRATION)
    new.boot()
    (new.fake / f"hosts/{REGISTRATION}/cacerts").unlink()
    run = new.boot()
    assert run.code != 0, "its claim is on this disk, but its data was set aside for the living cluster's"
    assert not run.started_rke2


def test_a_replaced_server_of_the_same_name_goes_on_as_the_same_member(first: Machine, tmp_path: Path) -> None:
    first.boot()
    first.rke2_comes_up()
    new = recreated(first, tmp_path, name="node-a")
    run = new.boot()
    assert run.code == 0
    assert new.path(f"{DB}/etcd/member/wal").is_dir()
    assert "with the etcd data on this disk" in run.log


def test_the_only_server_on_a_new_machine_goes_on_with_its_data(tmp_path: Path) -> None:
    only = Machine(tmp_path, node(servers=1))
    only.boot()
    only.rke2_comes_up()
    new = recreated(only, tmp_path)
    run = new.boot()
    assert run.code == 0
    assert new.joins is None
    assert new.path(f"{DB}/etcd/member/wal").is_dir()


def test_a_disk_that_has_carried_the_cluster_never_starts_one_again(first: Machine) -> None:
    first.boot()
    first.rke2_comes_up()
    (first.fake / "disk/etcd").rename(first.fake / "disk/etcd-backup")  # as RKE2 does when the member was removed
    run = first.boot()
    assert run.code != 0
    assert not run.started_rke2
    assert "um recover" in run.status["message"]


def test_a_claim_that_was_written_before_the_first_start_crashed_is_this_disks_own(first: Machine) -> None:
    first.tell("secrets-down", "")
    claimed_by(first, "11111111-aaaa")
    assert first.boot().code != 0
    (first.fake / "secrets-down").unlink()
    run = first.boot()
    assert run.code == 0
    assert first.joins is None
    assert run.started_rke2


def test_a_first_start_that_crashed_with_its_authorities_in_place_is_run_again(first: Machine) -> None:
    first.boot()
    run = first.boot()
    assert run.code == 0
    assert first.joins is None
    assert run.started_rke2


def test_of_two_claimants_at_once_the_second_joins(first: Machine) -> None:
    first.tell("rival-claim", f"ca={CA_HASH}\nuuid=33333333-cccc\n")
    first.answers(REGISTRATION)
    run = first.boot()
    assert run.code == 0
    assert first.joins == THROUGH_THE_LOAD_BALANCER
    assert first.claim["uuid"] == "33333333-cccc"
    assert not first.path("var/lib/rancher/rke2/server/tls").exists()


def test_a_claim_whose_answer_was_lost_is_read_back_as_ones_own(first: Machine) -> None:
    first.tell("claim-answer-lost", "")
    run = first.boot()
    assert run.code == 0
    assert first.joins is None
    assert run.started_rke2


def test_no_cluster_is_started_while_the_object_store_is_unreachable(first: Machine) -> None:
    first.tell("objects-down", "")
    run = first.boot()
    assert run.code != 0
    assert not run.started_rke2
    assert "does this network reach the object store" in run.status["message"]


def test_the_object_store_is_waited_for(first: Machine) -> None:
    first.tell("objects-down", "")
    first.later(300, 'rm -f "$FAKE/objects-down"')
    assert first.boot().code == 0
    assert first.claim["uuid"] == "11111111-aaaa"


def test_a_claim_made_with_another_ca_is_refused(first: Machine) -> None:
    claimed_by(first, "11111111-aaaa", ca="0" * 64)
    run = first.boot()
    assert run.code != 0
    assert not run.started_rke2
    assert "claimed with another CA" in run.status["message"]


def test_a_claim_that_cannot_be_read_is_no_claim_and_not_its_absence(first: Machine) -> None:
    first.tell("claim", "<html>gateway error</html>\n")
    run = first.boot()
    assert run.code != 0
    assert not run.started_rke2


def test_a_slow_secret_store_is_waited_for(first: Machine) -> None:
    first.tell("secrets-down", "")
    first.later(400, 'rm -f "$FAKE/secrets-down"')
    run = first.boot()
    assert run.code == 0
    assert run.started_rke2


def test_a_secret_that_never_comes_ends_with_what_to_look_at(first: Machine) -> None:
    (first.fake / "secrets/rke2-server-join").unlink()
    run = first.boot()
    assert run.code != 0
    assert "rke2-server-join cannot be read after 1800 seconds" in run.status["message"]


def test_half_a_secret_is_not_unpacked(first: Machine) -> None:
    whole = (first.fake / "secrets/rke2-server-join").read_text()
    first.tell("secrets/rke2-server-join", whole[: len(whole) // 2])
    run = first.boot()
    assert run.code != 0
    assert not first.path("etc/rancher/rke2/config.yaml.d/50-token.yaml").exists()


def test_authorities_of_another_cluster_are_not_overwritten(first: Machine) -> None:
    key = first.path("var/lib/rancher/rke2/server/tls/server-ca.key")
    key.parent.mkdir(parents=True)
    key.write_text("another cluster's")
    run = first.boot()
    assert run.code != 0
    assert key.read_text() == "another cluster's"
    assert "other authorities than the secret's" in run.log
    assert not run.called("sleep"), "waiting would not help"


@pytest.mark.parametrize("kind", ["second", "pool_member"])
def test_while_the_load_balancer_is_silent_a_peer_is_joined(kind: str, request: pytest.FixtureRequest) -> None:
    machine = request.getfixturevalue(kind)
    machine.answers(PEERS[0])
    run = machine.boot()
    assert run.code == 0
    assert machine.joins == f"https://{PEERS[0]}:9345"


@pytest.mark.parametrize("kind", ["second", "pool_member"])
def test_a_server_with_another_ca_is_not_joined(kind: str, request: pytest.FixtureRequest) -> None:
    machine = request.getfixturevalue(kind)
    machine.answers(REGISTRATION, OTHER_CA)
    run = machine.boot()
    assert run.code != 0
    assert not run.started_rke2
    assert machine.joins is None
    assert f"only servers with another CA answer at {REGISTRATION}" in run.status["message"]


def test_a_server_with_another_ca_is_passed_over_for_one_with_ours(second: Machine) -> None:
    second.answers(REGISTRATION, OTHER_CA)
    second.answers(PEERS[1])
    assert second.boot().code == 0
    assert second.joins == f"https://{PEERS[1]}:9345"


def test_an_agent_joins_and_gets_no_authorities(pool_member: Machine) -> None:
    pool_member.answers(REGISTRATION)
    run = pool_member.boot()
    assert run.code == 0
    assert "systemctl start --no-block rke2-agent.service" in run.calls
    assert pool_member.joins == THROUGH_THE_LOAD_BALANCER
    assert not pool_member.path("var/lib/rancher/rke2/server").exists()
    assert not run.called("useradd"), "only servers run etcd"


def test_an_agent_restarts_after_a_reboot_while_the_load_balancer_is_silent(pool_member: Machine) -> None:
    pool_member.answers(REGISTRATION)
    pool_member.boot()
    member = pool_member.path("var/lib/rancher/rke2/agent/kubelet.kubeconfig")
    member.parent.mkdir(parents=True)
    member.write_text("apiVersion: v1\n")
    (pool_member.fake / f"hosts/{REGISTRATION}/cacerts").unlink()
    run = pool_member.boot()
    assert run.code == 0
    assert run.started_rke2


def test_after_the_first_start_server_0_would_rejoin_instead_of_beginning_again(first: Machine) -> None:
    first.boot()
    run = first.rke2_comes_up()
    assert run.code == 0
    assert first.joins == THROUGH_THE_LOAD_BALANCER
    assert run.status["state"] == "running"


def test_the_only_server_has_nobody_to_rejoin(tmp_path: Path) -> None:
    only = Machine(tmp_path, node(servers=1))
    only.boot()
    only.rke2_comes_up()
    assert only.joins is None


def test_the_machines_name_and_provider_id_come_from_its_cloud(first: Machine) -> None:
    first.boot()
    told = yaml.safe_load(first.text("etc/rancher/rke2/config.yaml.d/40-node.yaml"))
    assert told == {"node-name": "node-a", "kubelet-arg+": ["provider-id=cloud:///zone/machine-a"]}


def test_a_cloud_without_names_leaves_them_to_the_system(first: Machine) -> None:
    first.tell("node-name", "")
    first.tell("provider-id", "")
    assert first.boot().code == 0
    assert yaml.safe_load(first.text("etc/rancher/rke2/config.yaml.d/40-node.yaml")) is None


def test_what_the_cis_profile_demands_is_there_before_rke2_starts(first: Machine) -> None:
    run = first.boot()
    assert first.text("etc/sysctl.d/60-rke2-cis.conf") == "kernel.panic=10\n"
    programs = [call.split()[0] + (" start" if "start" in call else "") for call in run.calls]
    assert programs.index("useradd") < programs.index("systemctl start")
    assert programs.index("sysctl") < programs.index("systemctl start")


def test_without_the_cis_profile_nothing_of_it_is_done(tmp_path: Path) -> None:
    run = Machine(tmp_path, node(cis=False)).boot()
    assert not run.called("useradd")
    assert not run.called("sysctl")


def test_a_golden_image_with_this_version_is_not_installed_over(first: Machine) -> None:
    first.boot()
    (first.fake / "release").rename(first.fake / "no-release")
    assert not [call for call in first.boot().called("curl") if VERSION.split("+")[0] in call]


def test_a_tarball_that_is_not_the_releases_own_is_not_installed(first: Machine) -> None:
    for tarball in (first.fake / "release").glob("*.tar.gz"):
        tarball.write_bytes(tarball.read_bytes() + b"tampered")
    run = first.boot()
    assert run.code != 0
    assert not first.path("usr/local/bin/rke2").exists()
    assert "is not installed" in run.status["message"]


def test_exactly_the_pinned_release_is_fetched(first: Machine) -> None:
    fetched = [call.split()[-1] for call in first.boot().called("curl") if "releases" in call]
    assert len(fetched) == 2
    assert all("/releases/download/v1.35.7%2Brke2r1/" in url for url in fetched)


def test_without_internet_rke2_must_be_in_the_image(tmp_path: Path) -> None:
    run = Machine(tmp_path, node(airgap=True)).boot()
    assert run.code != 0
    assert "build the golden image with this version" in run.status["message"]
    assert not run.called("curl")


def test_without_internet_rke2_can_come_from_a_directory(tmp_path: Path) -> None:
    machine = Machine(tmp_path, node(airgap=True))
    (machine.fake / "release").rename(machine.path("opt/unifiedmeta/artifacts"))
    run = machine.boot()
    assert run.code == 0
    assert not run.called("curl")


def test_a_disk_that_is_attached_late_is_waited_for(first: Machine) -> None:
    first.detach_disk()
    first.later(60, f'ln -sf "$FAKE/device" "$ROOT{first.spec.etcd_device}"')
    assert first.boot().code == 0


def test_a_disk_that_never_comes_is_named(first: Machine) -> None:
    first.detach_disk()
    run = first.boot()
    assert run.code != 0
    assert "/dev/disk/by-id/etcd did not appear in 900 seconds" in run.status["message"]


def test_a_disk_with_a_file_system_is_never_formatted_again(first: Machine) -> None:
    first.boot()
    run = first.boot()
    assert not run.called("mkfs.ext4")
    assert any("LABEL=um-etcd" in call for call in run.called("mount"))


@pytest.mark.parametrize("label", ["somebody-elses\n", "\n"])
def test_somebody_elses_disk_is_left_untouched(first: Machine, label: str) -> None:
    first.tell("uuid", "44444444-dddd\n")
    first.tell("label", label)
    run = first.boot()
    assert run.code != 0
    assert not run.called("mkfs.ext4")
    assert "left untouched" in run.status["message"]


def test_a_disk_that_nobody_can_tell_about_is_left_untouched(first: Machine) -> None:
    first.tell("blkid-code", "8")  # "ambivalent probing result"
    run = first.boot()
    assert run.code != 0
    assert not run.called("mkfs.ext4")


def test_a_machine_without_an_etcd_disk_claims_with_an_identity_of_its_own(tmp_path: Path) -> None:
    machine = Machine(tmp_path, node(etcd_device=""))
    assert machine.boot().code == 0
    assert machine.claim["uuid"] == machine.text(f"{DB}/.unifiedmeta-uuid").strip()
    assert not machine.boot().called("mkfs.ext4")


def test_rke2_is_not_started_before_this_boots_preparation(first: Machine) -> None:
    unit = first.text("etc/systemd/system/rke2-server.service.d/10-unifiedmeta.conf")
    assert "ConditionPathExists=/run/unifiedmeta/ready" in unit
    first.tell("objects-down", "")
    first.boot()
    assert not first.path("run/unifiedmeta/ready").exists()
    (first.fake / "objects-down").unlink()
    first.boot()
    assert first.path("run/unifiedmeta/ready").exists()

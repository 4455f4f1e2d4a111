"""RKE2's configuration per role, as golden files and as the rules that they follow."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.rke2 import node_config
from tests.components.rke2 import golden
from tests.components.rke2.specs import FACTS
from tests.support.stacks import stack_with


def server(**edits: Any) -> dict[str, Any]:
    return node_config.server_config(stack_with(**edits), FACTS)


def agent(pool: dict[str, Any] | None = None) -> dict[str, Any]:
    stack = stack_with(cluster__pools={"work": pool or {}})
    return node_config.agent_config(stack, FACTS, "work", stack.cluster.pools["work"])


@pytest.mark.parametrize("name", sorted(golden.rendered()))
def test_what_is_rendered_is_the_golden_file(name: str) -> None:
    assert golden.rendered()[name] == (golden.FOLDER / name).read_text(), "python -m tests.components.rke2.golden"


def test_there_is_no_golden_file_that_nothing_renders() -> None:
    assert {file.name for file in golden.FOLDER.iterdir()} == set(golden.rendered())


def test_no_bundled_ingress_takes_the_hosts_ports_on_any_release() -> None:
    assert server()["ingress-controller"] == "none"
    assert {"rke2-ingress-nginx", "rke2-traefik"} <= set(server()["disable"])


def test_nodes_wait_for_a_cloud_controller_only_where_one_comes() -> None:
    with_one, without = server(), node_config.server_config(stack_with(), golden.BARE)
    assert (with_one["cloud-provider-name"], with_one["disable-cloud-controller"]) == ("external", True)
    assert not {"cloud-provider-name", "disable-cloud-controller"} & without.keys()
    assert agent()["cloud-provider-name"] == "external"
    assert "disable-cloud-controller" not in agent(), "agents do not know that key"


def test_a_fixed_external_address_is_never_set_beside_a_cloud_provider() -> None:
    assert "node-external-ip" not in {**server(), **agent()}, "RKE2 ends with a fatal error"


def test_our_issuer_signs_and_rke2s_own_stays_accepted() -> None:
    arguments = server()["kube-apiserver-arg"]
    issuers = [a.partition("=")[2] for a in arguments if a.startswith("service-account-issuer=")]
    assert issuers == [FACTS.issuer_url, node_config.DEFAULT_ISSUER], "the first one signs"
    (audiences,) = [a.partition("=")[2].split(",") for a in arguments if a.startswith("api-audiences=")]
    assert audiences == [*issuers, "rke2"]


def test_both_addresses_are_in_the_servers_certificate_once() -> None:
    same = dataclasses.replace(FACTS, endpoint=FACTS.registration_address)
    assert server(cluster__tlsSans=["kube.acme.example"])["tls-san"] == [
        FACTS.registration_address,
        FACTS.endpoint,
        "kube.acme.example",
    ]
    assert node_config.server_config(stack_with(), same)["tls-san"] == [FACTS.registration_address]


def test_servers_are_kept_free_of_ordinary_pods_unless_they_are_schedulable() -> None:
    assert server()["node-taint"] == ["CriticalAddonsOnly=true:NoExecute"]
    assert "node-taint" not in server(cluster__servers={"schedulable": True})


def test_etcd_snapshots_follow_the_stack_and_go_where_the_cloud_says() -> None:
    config = server(backup__etcd={"schedule": "5 * * * *", "retention": 3})
    assert config["etcd-snapshot-schedule-cron"] == "5 * * * *"
    assert config["etcd-snapshot-retention"] == 3
    assert config["etcd-s3-bucket"] == "backups"
    assert not [key for key in agent() if key.startswith("etcd-")]


@pytest.mark.parametrize("key", ["etcd-s3-secret-key", "etcd-s3-access-key", "token"])
def test_a_secret_key_is_refused_where_user_data_would_show_it(key: str) -> None:
    facts = dataclasses.replace(FACTS, cloud_server_config={key: "secret"})
    with pytest.raises(ValueError, match=f"{key} would be readable in user data"):
        node_config.server_config(stack_with(), facts)


def test_a_pools_labels_and_taints_reach_its_nodes() -> None:
    config = agent({"labels": {"team": "a"}, "taints": [{"key": "dedicated", "effect": "NoExecute"}]})
    assert set(config["node-label"]) == {"team=a", "unifiedmeta.io/pool=work"}
    assert config["node-taint"] == ["dedicated=:NoExecute"]


def test_agents_carry_nothing_that_only_servers_understand() -> None:
    # RKE2's "Agent Configuration Reference".
    known = {
        "kubelet-arg", "profile", "cloud-provider-name", "node-label", "node-taint", "disable-default-registry-endpoint",
        "node-name-from-cloud-provider-metadata",
    }  # fmt: skip
    assert set(agent({"taints": [{"key": "a"}]})) <= known


def test_without_the_cis_profile_nothing_is_enforced() -> None:
    assert server()["profile"] == agent()["profile"] == "cis"
    assert "profile" not in server(cluster__cisProfile=False)


def test_an_airgapped_cluster_asks_its_mirror_only() -> None:
    config = server(registry={"mirror": "mirror.acme.example", "airgap": True})
    assert config["system-default-registry"] == "mirror.acme.example"
    assert config["disable-default-registry-endpoint"] is True
    mirrored = stack_with(registry={"mirror": "mirror.acme.example"})
    assert "system-default-registry" not in node_config.server_config(mirrored, FACTS)
    assert node_config.registries(mirrored, with_credentials=False) == {
        "mirrors": {"*": {"endpoint": ["https://mirror.acme.example"]}}
    }
    assert node_config.registries(stack_with(), with_credentials=False) is None


def test_the_audit_log_never_holds_a_secrets_contents() -> None:
    rules = node_config.audit_policy()["rules"]
    secret = next(rule for rule in rules if any("secrets" in r.get("resources", []) for r in rule.get("resources", [])))
    assert secret["level"] == "Metadata"
    before = rules[: rules.index(secret)]
    assert all(rule["level"] == "None" for rule in before)
    assert not [rule for rule in rules if rule["level"] == "RequestResponse"]

"""What a stack installs and in which order, and what the catalogue refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.aws.adapter import CAPABILITIES
from adapters.aws.catalogue import COMPONENTS as AWS
from adapters.catalogue import Chart, Component
from components.platform import selection
from components.platform.selection import catalogue, platform_problems, selected
from config.model import StackConfig
from tests.support.stacks import stack_with


def names(stack: StackConfig) -> list[str]:
    return [c.name for c in selected(stack, CAPABILITIES, AWS)]


def messages(stack: StackConfig, folder: Path | None = None) -> dict[str, str]:
    return {p.key: f"{p.message} → {p.remedy}" for p in platform_problems(stack, CAPABILITIES, AWS, folder)}


def test_a_careful_default_stack_installs_these_and_no_problem_is_found() -> None:
    stack = stack_with()
    assert set(names(stack)) == {
        "aws-ebs-csi-driver",
        "longhorn",
        "cert-manager",
        "internal-ca",
        "external-dns-public",
        "external-dns-private",
        "traefik-public",
        "traefik-internal",
        "vault-base",
        "vault",
        "vault-init",
        "argo-cd",
    }
    assert messages(stack) == {}


def test_everything_comes_after_what_it_needs_and_what_it_follows() -> None:
    order = names(stack_with(dns__public={"delegated": True}, dns__acmeEmail="ops@acme.example"))
    chosen = [catalogue(AWS)[name] for name in order]
    for component in chosen:
        before = selection.predecessors(component, chosen)
        assert all(order.index(b.name) < order.index(component.name) for b in before), component.name
    assert order.index("vault-base") < order.index("vault") < order.index("vault-init")
    assert order.index("aws-ebs-csi-driver") < order.index("vault")
    assert order.index("acme-issuer") < order.index("argo-cd")


def test_the_order_is_the_same_however_often_it_is_asked_for() -> None:
    assert names(stack_with()) == names(stack_with())


def test_a_circle_in_the_catalogue_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = Chart(name="x", version="1")
    loop = [
        Component(name=a, why="", colour="green", chart=chart, namespace="n", licence="MIT", needs=(b,))
        for a, b in (("a", "b"), ("b", "a"))
    ]
    monkeypatch.setattr(selection, "COMPONENTS", tuple(loop))
    with pytest.raises(ValueError, match="a → b → a"):
        selected(stack_with(), CAPABILITIES)


def test_a_component_that_stands_in_the_catalogue_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="aws-ebs-csi-driver twice"):
        catalogue((*AWS, *AWS))


def test_the_foundation_tier_installs_the_csi_driver_and_nothing_else() -> None:
    assert names(stack_with(platform__tier="foundation")) == ["aws-ebs-csi-driver"]


def test_the_acme_issuer_comes_only_with_delegation() -> None:
    assert "acme-issuer" not in names(stack_with())
    assert "acme-issuer" in names(stack_with(dns__public={"delegated": True}, dns__acmeEmail="ops@acme.example"))
    assert "acme-issuer" not in names(stack_with(dns__public={"mode": "none"}))


@pytest.mark.parametrize(
    ("edits", "gone"),
    [
        ({"ingress__public": {"enabled": False}}, {"traefik-public", "external-dns-public"}),
        ({"ingress__internal": {"enabled": False}}, {"traefik-internal"}),
        ({"dns__public": {"mode": "none"}}, {"external-dns-public"}),
        ({"dns__private": {"mode": "none"}}, {"external-dns-private"}),
        ({"platform__components": {"longhorn": False}}, {"longhorn"}),
    ],
)
def test_what_a_stack_does_not_have_is_not_installed(edits: dict, gone: set[str]) -> None:
    assert set(names(stack_with())) - set(names(stack_with(**edits))) == gone


def test_the_engine_is_a_choice_and_only_one_is_installed() -> None:
    chosen = names(stack_with(ingress__engine="ingress-nginx"))
    assert {"ingress-nginx-public", "ingress-nginx-internal"} < set(chosen)
    assert not {"traefik-public", "traefik-internal"} & set(chosen)


def test_an_unknown_component_is_refused_with_the_nearest_name() -> None:
    found = messages(stack_with(platform__components={"cert-manger": True}, platform__values={"Vault": "v.yaml"}))
    assert "did you mean cert-manager?" in found["platform.components.cert-manger"]
    assert "did you mean vault?" in found["platform.values.Vault"]


def test_a_missing_dependency_is_refused_and_both_ways_out_are_named() -> None:
    found = messages(stack_with(platform__components={"vault-base": False}))
    assert found["platform.components.vault-base"] == (
        "vault needs vault-base, which is off → "
        "set platform.components.vault-base: true, or platform.components.vault: false"
    )


def test_every_problem_is_reported_at_once() -> None:
    stack = stack_with(
        platform__components={"cert-manager": False, "nonsense": True},
        cluster__pools={"general": {"min": 1, "max": 2}},
    )
    problems = platform_problems(stack, CAPABILITIES, AWS)
    text = " ".join(p.message for p in problems)
    assert "no component nonsense" in text
    assert "internal-ca needs cert-manager" in text
    assert "vault keeps 3 replicas" in text
    assert "longhorn keeps 3 replicas" in text


def test_two_engines_for_one_class_are_refused() -> None:
    found = messages(stack_with(platform__components={"ingress-nginx-public": True}))
    assert (
        "traefik-public and ingress-nginx-public both provide ingress-public"
        in found["platform.components.ingress-nginx-public"]
    )


@pytest.mark.parametrize(
    ("pools", "schedulable", "refused"),
    [
        ({"general": {"min": 2, "max": 6}}, False, True),
        ({"general": {"min": 3, "max": 6}}, False, False),
        ({"general": {"min": 0, "max": 6}}, True, False),
        ({"gpu": {"min": 3, "max": 6, "gpu": True, "size": "gpu-small"}}, False, True),
        ({"own": {"min": 3, "max": 6, "taints": [{"key": "own", "effect": "NoSchedule"}]}}, False, True),
    ],
)
def test_longhorn_and_vault_are_refused_where_fewer_than_three_schedulable_nodes_are_planned(
    pools: dict,
    *,
    schedulable: bool,
    refused: bool,
) -> None:
    found = messages(stack_with(cluster__pools=pools, cluster__servers={"schedulable": schedulable}))
    assert ("platform.components.vault" in found) is refused
    assert ("platform.components.longhorn" in found) is refused


def test_replicated_storage_cannot_be_the_default_without_a_component_that_provides_it() -> None:
    edits = {"storage__default": "replicated"}
    assert messages(stack_with(**edits)) == {}
    assert (
        "no component provides it"
        in messages(stack_with(**edits, platform__components={"longhorn": False}))["storage.default"]
    )


def test_the_end_of_ingress_nginx_is_the_end_of_newer_kubernetes_with_it() -> None:
    edits = {"cluster__version": "v1.36.4+rke2r1"}
    assert messages(stack_with(**edits)) == {}
    assert (
        "1.21 to 1.35, and this is 1.36"
        in messages(stack_with(**edits, ingress__engine="ingress-nginx"))["cluster.version"]
    )


def test_an_overlay_that_is_not_there_or_has_no_effect_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vault.yaml").write_text("ui: {enabled: true}\n")
    stack = stack_with(platform__values={"vault": "vault.yaml", "argo-cd": "no.yaml", "acme-issuer": "vault.yaml"})
    found = messages(stack, tmp_path)
    assert "platform.values.vault" not in found
    assert "there is no file" in found["platform.values.argo-cd"]
    assert "acme-issuer is not installed" in found["platform.values.acme-issuer"]

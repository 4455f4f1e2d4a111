"""Every known trap of the charts that we install, one test each. Where a trap is told of: docs/decisions/0020-platform-catalogue.md."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from adapters import specs
from adapters.aws.adapter import CAPABILITIES
from adapters.aws.catalogue import COMPONENTS as AWS
from components.bootstrap.objects import storage_class
from components.platform.selection import selected
from tests.support.stacks import stack_with
from tests.values.matrix import ROOT, all_merged, merged, stacks

DELEGATED = {"dns__public": {"delegated": True}, "dns__acmeEmail": "ops@acme.example"}
L4_PUBLIC = {"ingress__public": {"front": "l4"}}
L7_INTERNAL = {"ingress__internal": {"front": "l7"}}
NGINX = {"ingress__engine": "ingress-nginx"}
NLB = "service.beta.kubernetes.io/aws-load-balancer-"


# ExternalDNS
@pytest.mark.parametrize("name", ["external-dns-public", "external-dns-private"])
def test_external_dns_names_its_annotation_prefix_so_that_an_upgrade_deletes_no_records(name: str) -> None:
    assert merged(name)["annotationPrefix"] == "external-dns.alpha.kubernetes.io/"


@pytest.mark.parametrize("name", ["external-dns-public", "external-dns-private"])
def test_external_dns_names_its_policy_and_owns_only_what_its_registry_knows(name: str) -> None:
    values = merged(name)
    assert (values["policy"], values["registry"]) == ("sync", "txt")
    assert isinstance(values["provider"], dict), "the plain string is deprecated"
    assert "secretConfiguration" not in values


def test_two_external_dns_releases_have_two_owners_and_two_zones() -> None:
    public, private = merged("external-dns-public"), merged("external-dns-private")
    assert public["txtOwnerId"] != private["txtOwnerId"]
    assert all("cluster.id" in values["txtOwnerId"] for values in (public, private))
    assert (public["extraArgs"]["aws-zone-type"], private["extraArgs"]["aws-zone-type"]) == ("public", "private")
    assert public["extraArgs"]["zone-id-filter"] != private["extraArgs"]["zone-id-filter"]
    assert public["serviceAccount"]["name"] != private["serviceAccount"]["name"]


def test_internal_addresses_never_get_into_the_public_zone() -> None:
    public = merged("external-dns-public")
    assert public["extraArgs"]["ingress-class"] == ["public"]
    assert public["sources"] == ["ingress"], "a Service has no class that could keep it out"
    assert "internal" in public["annotationFilter"]


def test_public_names_exist_inside_the_network_too_because_the_private_zone_hides_the_public_one() -> None:
    assert set(merged("external-dns-private")["extraArgs"]["ingress-class"]) == {"internal", "public"}


# Ingress engines
@pytest.mark.parametrize("engine", [{}, NGINX])
def test_class_names_do_not_depend_on_the_engine_and_none_is_the_default(engine: dict[str, Any]) -> None:
    names = {}
    for side in ("public", "internal"):
        values = merged(f"{engine.get('ingress__engine', 'traefik')}-{side}", **engine)
        found = values["ingressClass"] if not engine else values["controller"]["ingressClassResource"]
        names[side] = found["name"]
        assert found["isDefaultClass" if not engine else "default"] is False
    assert names == {"public": "public", "internal": "internal"}


def test_a_traefik_release_serves_its_own_class_only() -> None:
    for side in ("public", "internal"):
        providers = merged(f"traefik-{side}")["providers"]
        assert providers["kubernetesIngress"]["ingressClass"] == providers["kubernetesCRD"]["ingressClass"] == side


def test_two_ingress_nginx_releases_differ_in_all_four_places() -> None:
    public, internal = (merged(f"ingress-nginx-{side}", **NGINX)["controller"] for side in ("public", "internal"))
    for read in (
        lambda c: c["ingressClassResource"]["name"],
        lambda c: c["ingressClassResource"]["controllerValue"],
        lambda c: c["ingressClass"],
        lambda c: c["electionID"],
    ):
        assert read(public) != read(internal)
    assert public["ingressClassByName"] is internal["ingressClassByName"] is True
    assert public["allowSnippetAnnotations"] is False


@pytest.mark.parametrize("side", ["public", "internal"])
@pytest.mark.parametrize("engine", [{}, NGINX])
def test_behind_an_l7_front_the_service_is_a_node_port_where_the_front_looks_for_it(
    side: str, engine: dict[str, Any]
) -> None:
    plain = {"public": specs.HTTP_NODE_PORT, "internal": specs.INTERNAL_HTTP_NODE_PORT}[side]
    health = {"public": specs.HEALTH_NODE_PORT, "internal": specs.INTERNAL_HEALTH_NODE_PORT}[side]
    values = merged(f"{engine.get('ingress__engine', 'traefik')}-{side}", **L7_INTERNAL, **engine)
    if engine:
        controller = values["controller"]
        service, metrics = controller["service"], controller["metrics"]["service"]
        assert (service["type"], service["nodePorts"]["http"], service["enableHttps"]) == ("NodePort", plain, False)
        assert (metrics["type"], metrics["nodePort"]) == ("NodePort", health)
        assert controller["extraArgs"]["publish-status-address"] == f"fact-of-ingress.{side}.address"
        assert controller["publishService"]["enabled"] is False
    else:
        assert values["service"]["spec"]["type"] == "NodePort"
        assert values["ports"]["web"]["nodePort"] == plain
        assert values["ports"]["traefik"] == {"expose": {"default": True}, "nodePort": health}
        assert values["ports"]["websecure"]["expose"]["default"] is False
        ingress = values["providers"]["kubernetesIngress"]
        assert ingress["ingressEndpoint"]["hostname"] == f"fact-of-ingress.{side}.address"
        assert ingress["publishedService"]["enabled"] is False


def test_what_the_health_port_of_traefik_answers_is_neither_dashboard_nor_api() -> None:
    values = merged("traefik-public")
    assert values["api"]["dashboard"] is False
    assert values["ingressRoute"]["dashboard"]["enabled"] is False
    assert "insecure" not in values["api"]


@pytest.mark.parametrize("engine", [{}, NGINX])
def test_who_the_client_is_is_only_believed_to_the_front_and_the_nodes(engine: dict[str, Any]) -> None:
    values = merged(f"{engine.get('ingress__engine', 'traefik')}-public", **engine)
    if engine:
        trusted = values["controller"]["config"]["proxy-real-ip-cidr"].split(",")
    else:
        trusted = values["ports"]["web"]["forwardedHeaders"]["trustedIPs"]
        assert "insecure" not in values["ports"]["web"]["forwardedHeaders"]
    assert trusted == ["10.0.0.0/16", "10.42.0.0/16"]


def annotations(side: str, **edits: Any) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
    """Annotations, service and all values of an l4 engine."""
    engine = edits.get("ingress__engine", "traefik")
    values = merged(f"{engine}-{side}", **edits)
    service = values["service"] if engine == "traefik" else values["controller"]["service"]
    return service["annotations"], service, values


@pytest.mark.parametrize("engine", [{}, NGINX])
def test_an_l4_service_uses_the_cloud_controllers_own_annotations_and_none_of_the_other_controller(
    engine: dict[str, Any],
) -> None:
    for side in ("public", "internal"):
        found, _, _ = annotations(side, **L4_PUBLIC, **engine)
        assert found[f"{NLB}type"] == "nlb"
        assert f"{NLB}nlb-target-type" not in found
        assert f"{NLB}scheme" not in found
        assert (found.get(f"{NLB}internal") == "true") is (side == "internal")
        assert found[f"{NLB}cross-zone-load-balancing-enabled"] == "true"


def test_a_node_that_is_sent_back_to_itself_does_not_hang_and_the_client_is_still_known() -> None:
    both = "preserve_client_ip.enabled=false,proxy_protocol_v2.enabled=true"
    found, _, traefik = annotations("internal")
    assert found[f"{NLB}target-group-attributes"] == both
    for port in ("web", "websecure"):
        assert traefik["ports"][port]["proxyProtocol"]["trustedIPs"] == ["10.0.0.0/16"]
    found, _, nginx = annotations("internal", **NGINX)
    assert found[f"{NLB}target-group-attributes"] == both
    assert nginx["controller"]["config"]["use-proxy-protocol"] == "true", "both or neither"


@pytest.mark.parametrize(("side", "ranges"), [("public", ["203.0.113.0/24"]), ("internal", ["10.0.0.0/16"])])
def test_an_l4_service_lets_in_whom_the_stack_file_lets_in(side: str, ranges: list[str]) -> None:
    _, service, _ = annotations(side, **L4_PUBLIC)
    assert service["spec"]["loadBalancerSourceRanges"] == ranges
    _, service, _ = annotations(side, **L4_PUBLIC, **NGINX)
    assert service["loadBalancerSourceRanges"] == ranges


def test_an_l4_engine_sends_plain_http_to_https() -> None:
    redirection = merged("traefik-public", **L4_PUBLIC)["ports"]["web"]["http"]["redirections"]["entryPoint"]
    assert (redirection["to"], redirection["scheme"]) == ("websecure", "https")


# Longhorn
def test_longhorns_backup_target_ends_in_a_slash() -> None:
    assert re.fullmatch(r"s3://[^@/]+@[^/]+/longhorn/", merged("longhorn")["defaultBackupStore"]["backupTarget"])


def test_longhorns_secret_is_named_and_not_contained() -> None:
    assert merged("longhorn")["defaultBackupStore"]["backupTargetCredentialSecret"] == "longhorn-backup"


def test_longhorn_neither_makes_a_class_of_its_own_nor_checks_before_upgrades() -> None:
    values = merged("longhorn")
    assert values["persistence"] == {"createStorageClass": False, "defaultClass": False}
    assert values["preUpgradeChecker"]["jobEnabled"] is False
    assert values["csi"]["kubeletRootDir"] == "/var/lib/kubelet"


def test_longhorn_may_be_uninstalled_only_where_nothing_is_protected() -> None:
    assert merged("longhorn", protection="off")["defaultSettings"]["deletingConfirmationFlag"] is True
    assert "deletingConfirmationFlag" not in merged("longhorn")["defaultSettings"]


@pytest.mark.parametrize("default", ["block", "replicated"])
def test_exactly_one_storage_class_is_the_default(default: str) -> None:
    from components.platform.facts import public_facts
    from tests.components.platform.world import foundation, integration
    from tests.support.recording import record

    marks: dict[str, str] = {}

    def program() -> None:
        facts = public_facts(foundation(storage__default=default), integration(), {})
        marks["replicated"] = str(facts["storage.replicated_is_default"].value)

    record(program)
    block: Any = storage_class({"provisioner": "x"}, default=default == "block")["metadata"]
    marks["block"] = block["annotations"]["storageclass.kubernetes.io/is-default-class"]
    assert [name for name, mark in marks.items() if mark == "true"] == [default]
    (replicated,) = merged("longhorn")["extraObjects"]
    annotation = replicated["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"]
    assert annotation == "fact-of-storage.replicated_is_default"
    assert replicated["metadata"]["name"] == "unifiedmeta-replicated"


# Vault
def test_vaults_servers_find_one_another_by_themselves() -> None:
    server = merged("vault")["server"]
    config = server["ha"]["raft"]["config"]
    replicas = server["ha"]["replicas"]
    assert config.count("retry_join") == replicas == 3
    for index in range(replicas):
        assert f'"https://vault-{index}.vault-internal:8200"' in config


def test_vault_needs_as_many_nodes_as_it_has_replicas_because_its_anti_affinity_is_required() -> None:
    server = merged("vault")["server"]
    component = next(c for c in selected(stack_with(), CAPABILITIES, AWS) if c.name == "vault")
    assert "affinity" not in server, "the chart's own: required, per host"
    assert component.replicas == server["ha"]["replicas"]
    assert server["ha"]["disruptionBudget"] == {"enabled": True, "maxUnavailable": 1}


def test_vault_speaks_tls_only_and_its_health_check_trusts_the_internal_ca() -> None:
    values = merged("vault")
    assert values["global"]["tlsDisable"] is False
    assert "tls_disable" not in values["server"]["ha"]["raft"]["config"]
    assert values["server"]["extraEnvironmentVars"]["VAULT_CACERT"].endswith("/vault-server-tls/ca.crt")


def test_vaults_seal_has_no_key_in_it_and_is_a_file_of_its_own() -> None:
    seal = merged("vault-base")["objects"]["seal"]
    assert seal["kind"] == "ConfigMap"
    assert 'seal "awskms"' in seal["data"]["seal.hcl"]
    assert not re.search(r"access_key|secret_key|token", seal["data"]["seal.hcl"])
    server = merged("vault")["server"]
    assert server["extraArgs"] == "-config=/vault/userconfig/vault-seal/seal.hcl"
    assert {"type": "configMap", "name": seal["metadata"]["name"]} in server["extraVolumes"]


def test_vaults_certificate_names_every_address_that_it_is_asked_at() -> None:
    spec = merged("vault-base")["objects"]["certificate"]["spec"]
    assert {"vault", "vault.vault.svc", "*.vault-internal", "localhost"} <= set(spec["dnsNames"])
    assert spec["ipAddresses"] == ["127.0.0.1"]
    assert spec["issuerRef"]["name"] == merged("internal-ca")["objects"]["issuer"]["metadata"]["name"]


def test_vault_takes_a_renewed_certificate_without_a_restart() -> None:
    server = merged("vault")["server"]
    (reloader,) = server["extraContainers"]
    assert server["shareProcessNamespace"] is True
    assert "pkill -HUP" in reloader["args"][0]
    assert (
        reloader["image"].split(":")[1]
        == yaml.safe_load((ROOT / "charts/vault-init/values.yaml").read_text())["image"].split(":")[1]
    )


# cert-manager
def test_cert_manager_brings_its_crds_by_the_key_that_is_not_deprecated_and_keeps_them() -> None:
    values = merged("cert-manager")
    assert values["crds"] == {"enabled": True, "keep": True}
    assert "installCRDs" not in values


def test_a_zone_with_an_inside_is_checked_from_the_outside() -> None:
    values = merged("cert-manager", **DELEGATED)
    assert values["dns01RecursiveNameserversOnly"] is True
    assert values["dns01RecursiveNameservers"] == "1.1.1.1:53,8.8.8.8:53"


def test_before_delegation_nothing_speaks_to_a_public_authority() -> None:
    for stack in stacks():
        names = {c.name for c in selected(stack, CAPABILITIES, AWS)}
        assert ("acme-issuer" in names) is bool(stack.dns.public.delegated)
    assert "extraEnv" not in merged("cert-manager")


def test_issuers_are_cluster_issuers_because_only_they_may_use_ambient_credentials() -> None:
    issuer = merged("acme-issuer", **DELEGATED)["objects"]["issuer"]
    assert issuer["kind"] == "ClusterIssuer"
    (solver,) = issuer["spec"]["acme"]["solvers"]
    assert set(solver["dns01"]["route53"]) == {"region", "hostedZoneID"}, "no keys: ambient"


# Argo CD
def test_argo_cd_does_not_redirect_for_ever_behind_an_ingress_that_ends_tls() -> None:
    assert merged("argo-cd")["configs"]["params"]["server.insecure"] is True


def test_argo_cd_keeps_its_network_policies_and_starts_no_sso_that_nobody_configured() -> None:
    values = merged("argo-cd")
    assert values["global"]["networkPolicy"]["create"] is True
    assert values["dex"]["enabled"] is False


def test_tls_is_asked_for_in_the_engine_only_where_the_engine_ends_it() -> None:
    assert merged("argo-cd")["server"]["ingress"]["tls"] is True
    assert "tls" not in merged("argo-cd", **L7_INTERNAL)["server"]["ingress"]


# EBS CSI
def test_the_ebs_driver_asks_the_node_object_because_instance_metadata_is_out_of_reach() -> None:
    values = merged("aws-ebs-csi-driver")
    assert values["node"]["metadataSources"] == "kubernetes"
    assert values["controller"]["region"] == "fact-of-region"


def test_the_ebs_driver_makes_no_storage_class_beside_ours() -> None:
    values = merged("aws-ebs-csi-driver")
    assert values["storageClasses"] == []
    assert values["defaultStorageClass"]["enabled"] is False


# All of them
def test_every_pod_with_a_cloud_identity_takes_it_by_a_projected_token() -> None:
    seen = set()
    for component, _, values in all_merged():
        text = yaml.safe_dump(values)
        if "AWS_ROLE_ARN" in text:
            seen.add(component.name)
            assert "audience: sts.amazonaws.com" in text, component.name
            assert text.count("/var/run/secrets/cloud-identity") >= 2, component.name
    assert seen == {
        "aws-ebs-csi-driver",
        "cert-manager",
        "external-dns-public",
        "external-dns-private",
        "vault",
        "vault-init",
    }


def test_platform_pods_name_the_priority_class_that_the_bootstrap_makes() -> None:
    text = "".join(yaml.safe_dump(values) for _, _, values in all_merged())
    assert set(re.findall(r"priorityClassName: (\S+)", text)) == {"unifiedmeta-platform"}

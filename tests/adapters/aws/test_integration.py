"""The cloud controller, the storage class, and AWS's own facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters import specs
from adapters.aws import cloud_controller
from adapters.aws.cloud_controller import CHART_VERSION, IMAGES, problems
from adapters.aws.integration import integration
from adapters.records import ApiRecord, CloudIntegration
from tests.adapters.aws import parts
from tests.support.recording import record, value_of

CHART = Path(__file__).parents[4] / "shared" / "charts" / "aws-cloud-controller-manager"


def made() -> CloudIntegration:
    def program() -> None:
        api = ApiRecord(registration_address=parts.out("api"), endpoint=parts.out("api"))
        spec = specs.IntegrationSpec(
            cluster_id=parts.out("um-7f3a"),
            network=parts.network(),
            firewall=parts.firewall(),
            disk_key=parts.key(),
            csi_identity=parts.out("arn:aws:iam::123456789012:role/csi"),
            api=api,
        )
        found.append(integration(parts.adapter(), spec))

    found: list[CloudIntegration] = []
    record(program)
    return found[0]


def values() -> dict[str, Any]:
    (chart,) = made().bootstrap_charts
    loaded: dict[str, Any] = yaml.safe_load(str(value_of(chart.values)))  # type: ignore[arg-type]
    return loaded


def test_the_cloud_controller_tolerates_the_taint_that_only_it_removes_and_needs_no_pod_network() -> None:
    assert values()["tolerations"] == [{"operator": "Exists"}]
    assert values()["hostNetworking"] is True


def test_its_node_selector_has_the_value_true_because_rke2s_label_has_and_the_charts_own_matches_nothing() -> None:
    assert values()["nodeSelector"] == {"node-role.kubernetes.io/control-plane": "true"}


def test_an_nlb_of_a_service_has_a_security_group_from_day_one() -> None:
    annotation = values()["podAnnotations"]["unifiedmeta.io/cloud-config"]
    assert annotation == "[Global]\nKubernetesClusterID = um-7f3a\nNLBSecurityGroupMode = Managed\n"


def test_the_configuration_reaches_the_controller_at_the_path_it_is_told() -> None:
    found = values()
    (volume,) = found["extraVolumes"]
    (mount,) = found["extraVolumeMounts"]
    (item,) = volume["downwardAPI"]["items"]
    assert mount["name"] == volume["name"]
    assert f"--cloud-config={mount['mountPath']}/{item['path']}" in found["args"]
    (key,) = found["podAnnotations"]
    assert item["fieldRef"]["fieldPath"] == f"metadata.annotations['{key}']"


def test_the_controller_leaves_the_networks_route_tables_alone() -> None:
    assert "--configure-cloud-routes=false" in values()["args"]


@pytest.mark.parametrize(("version", "tag"), [("v1.35.7+rke2r1", "v1.35.0"), ("v1.36.4+rke2r1", "v1.36.1")])
def test_the_controllers_image_is_of_the_clusters_minor_and_never_newer(version: str, tag: str) -> None:
    assert problems(parts.stack(cluster={"version": version})) == []
    assert IMAGES[".".join(version.removeprefix("v").split(".")[:2])] == tag


@pytest.mark.parametrize("version", ["v1.34.10+rke2r1", "v1.37.0+rke2r1"])
def test_a_minor_without_a_known_controller_is_refused_before_anything_runs(version: str) -> None:
    (problem,) = problems(parts.stack(cluster={"version": version}))
    assert problem.key == "cluster.version"
    assert "only for 1.35, 1.36" in problem.message


def test_volumes_are_encrypted_with_our_key_and_made_where_the_pod_is() -> None:
    found = made().storage_class
    assert found
    parameters: Any = found["parameters"]
    assert found["provisioner"] == "ebs.csi.aws.com"
    assert value_of(parameters["kmsKeyId"]) == "arn:aws:kms:ap-northeast-2:123456789012:key/disks"
    assert (parameters["type"], parameters["encrypted"]) == ("gp3", "true")
    assert found["volumeBindingMode"] == "WaitForFirstConsumer"


def test_every_parameter_of_a_storage_class_is_a_string_because_kubernetes_takes_no_other() -> None:
    found: Any = made().storage_class
    assert {type(v) for k, v in found["parameters"].items() if k != "kmsKeyId"} == {str}


def test_facts_are_named_after_aws_and_public() -> None:
    found = made()
    assert found.csi_component == "aws-ebs-csi-driver"
    assert {k: value_of(parts.out(v)) for k, v in found.facts.items()} == {
        "aws.account": "123456789012",
        "aws.region": "ap-northeast-2",
        "aws.vpc": "vpc-1",
        "aws.disk_key": "arn:aws:kms:ap-northeast-2:123456789012:key/disks",
        "identity.csi": "arn:aws:iam::123456789012:role/csi",
    }


@pytest.mark.charts
@pytest.mark.skipif(not CHART.is_dir(), reason="the charts' published data are not beside the checkout")
def test_the_chart_is_of_the_version_we_pin_and_knows_every_key_that_we_set() -> None:
    assert f"version: {CHART_VERSION}" in (CHART / "Chart.yaml").read_text()
    published = yaml.safe_load((CHART / "values.yaml").read_text())
    ours = set(yaml.safe_load(cloud_controller.values("v1.35.7+rke2r1", "um-1")))
    # Read by the chart's template, but not among its default values.
    assert ours - set(published) == {"hostNetworking"}

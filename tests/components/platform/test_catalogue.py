"""The catalogue itself: complete, pinned, and in one piece."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from adapters.aws.catalogue import COMPONENTS as AWS
from adapters.aws.integration import CSI_COMPONENT
from adapters.catalogue import Component
from components.bootstrap.objects import SYSTEM_NAMESPACES
from components.platform.catalogue import COMPONENTS
from components.platform.identities import GRANTS

ALL = (*AWS, *COMPONENTS)
ROOT = Path(__file__).parents[3]
CHARTS = ROOT.parent / "shared" / "charts"


def ids(component: Component) -> str:
    return component.name


@pytest.mark.parametrize("component", ALL, ids=ids)
def test_every_entry_says_why_it_is_there_and_under_which_licence(component: Component) -> None:
    assert len(component.why) > 20
    assert re.match(r"[A-Z][A-Za-z0-9.-]+(: .+)?$", component.licence)
    assert component.health


@pytest.mark.parametrize("component", ALL, ids=ids)
def test_every_chart_is_pinned_to_one_release_from_a_published_place(component: Component) -> None:
    assert re.fullmatch(r"v?\d+\.\d+\.\d+", component.chart.version)
    assert component.chart.repository == "" or re.match(r"(https|oci)://", component.chart.repository)


@pytest.mark.parametrize("component", ALL, ids=ids)
def test_whatever_is_named_in_needs_and_after_exists(component: Component) -> None:
    known = {c.name for c in ALL} | {c.provides for c in ALL if c.provides}
    assert {*component.needs, *component.after} <= known


@pytest.mark.parametrize("component", ALL, ids=ids)
def test_the_foundations_own_components_need_no_namespace_that_comes_after_them(component: Component) -> None:
    assert component.layer != "foundation" or component.namespace in SYSTEM_NAMESPACES


def test_the_csi_driver_that_the_integration_names_is_an_entry_of_the_same_adapter() -> None:
    assert CSI_COMPONENT in {c.name for c in AWS if c.provides == "block-storage"}


def test_every_service_account_with_a_cloud_identity_has_its_rights_written_down() -> None:
    assert {c.name for c in ALL if c.service_account} == set(GRANTS)


def test_what_has_ended_upstream_says_when_and_what_to_do() -> None:
    ended = [c for c in ALL if c.end_of_life]
    assert {c.chart.name for c in ended} == {"ingress-nginx"}
    assert all(c.end_of_life and "Choose" in c.end_of_life.note for c in ended)


@pytest.mark.parametrize("component", [c for c in ALL if not c.chart.repository], ids=ids)
def test_our_own_charts_have_the_version_that_the_catalogue_says(component: Component) -> None:
    chart = yaml.safe_load((ROOT / "charts" / component.chart.name / "Chart.yaml").read_text())
    assert (chart["name"], chart["version"]) == (component.chart.name, component.chart.version)


@pytest.mark.charts
@pytest.mark.skipif(
    not CHARTS.is_dir(), reason="the charts' published data is not beside the checkout (../shared/charts)"
)
@pytest.mark.parametrize("component", [c for c in ALL if c.chart.repository], ids=ids)
def test_chart_version_and_oldest_kubernetes_are_the_published_ones(component: Component) -> None:
    published = yaml.safe_load((CHARTS / component.chart.name / "Chart.yaml").read_text())
    assert component.chart.version == published["version"]
    wanted = re.search(r"1\.(\d+)", published.get("kubeVersion", ""))
    if wanted:
        assert component.chart.first_minor >= int(wanted[1])

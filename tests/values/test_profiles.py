"""Every combination of profiles against the charts' own schemas and values, and against the rules of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from adapters.aws.catalogue import COMPONENTS as AWS
from adapters.catalogue import Component
from components.platform import values as v
from components.platform.selection import catalogue
from config.csp import Csp
from tests.values.matrix import CHARTS, FACTS, NO_CHARTS, ROOT, all_merged, published, stacks

VALUES = ROOT / "values"
CASES = [pytest.param(c, values, id=f"{c.name}:{label}") for c, label, values in all_merged()]
needs_charts = pytest.mark.skipif(not CHARTS.is_dir(), reason=NO_CHARTS)

FREE = {
    # Maps that a chart leaves empty, or lists as null, and passes on as they are.
    "argo-cd": ("configs.params", "configs.cm"),
    "ingress-nginx": ("controller.config", "controller.extraArgs", "controller.service.annotations"),
    "vault": ("server.extraEnvironmentVars", "server.statefulSet.securityContext"),
    "external-dns": ("extraArgs",),
    "longhorn": (),
}
UNWRITTEN = {
    # Read by the chart's template, and only a comment in its values.yaml.
    "ingress-nginx": {"controller.metrics.service.nodePort"},
    "cert-manager": {f"{part}podDisruptionBudget.minAvailable" for part in ("", "webhook.", "cainjector.")},
}


def unknown_keys(values: Mapping[str, Any], chart: Any, free: tuple[str, ...], path: str = "") -> Iterator[str]:
    """Paths that the chart's own values.yaml does not have."""
    for key, value in values.items():
        here = f"{path}.{key}".lstrip(".")
        if here in free or any(here.startswith(f"{f}.") for f in free) or ".resources." in f".{here}":
            continue
        if not isinstance(chart, Mapping) or key not in chart:
            yield here
        elif isinstance(value, Mapping) and chart[key] not in ({}, None):
            yield from unknown_keys(value, chart[key], free, here)


@pytest.mark.charts
@needs_charts
@pytest.mark.parametrize(("component", "values"), CASES)
def test_values_satisfy_the_charts_own_schema(component: Component, values: dict[str, Any]) -> None:
    chart = component.chart.name
    file = (CHARTS if component.chart.repository else ROOT / "charts") / chart / "values.schema.json"
    if not file.is_file():
        pytest.skip(f"{chart} ships no schema")
    schema = json.loads(file.read_text())
    defaults = yaml.safe_load((file.parent / "values.yaml").read_text())
    validator = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    # Helm checks what results, the chart's defaults included.
    validator(schema).validate(v.merge(defaults, values))


@pytest.mark.charts
@needs_charts
@pytest.mark.parametrize(("component", "values"), [case for case in CASES if case.values[0].chart.repository])
def test_values_name_only_keys_that_the_chart_has(component: Component, values: dict[str, Any]) -> None:
    chart = component.chart.name
    unknown = set(unknown_keys(values, published(chart, "values.yaml"), FREE.get(chart, ())))
    if chart == "traefik":  # its schema is strict, and its service.spec and ports are open
        unknown = {u for u in unknown if not u.startswith(("service.spec.", "ports."))}
    assert unknown <= UNWRITTEN.get(chart, set())


@pytest.mark.charts
@needs_charts
def test_what_only_a_comment_of_the_chart_names_is_still_named_there() -> None:
    for chart, paths in UNWRITTEN.items():
        text = (CHARTS / chart / "values.yaml").read_text()
        for path in paths:
            assert re.search(rf"#\s*{path.rsplit('.', 1)[-1]}\b", text), f"{chart}: {path}"


@pytest.mark.charts
@needs_charts
def test_the_key_check_would_notice_a_misspelt_key() -> None:
    assert list(unknown_keys({"persistence": {"defaultClas": False}}, published("longhorn", "values.yaml"), ())) == [
        "persistence.defaultClas"
    ]


@pytest.mark.parametrize(("component", "values"), CASES)
def test_no_fact_is_left_unplaced_and_no_value_is_null(component: Component, values: dict[str, Any]) -> None:
    def walk(tree: Any) -> Iterator[Any]:
        if isinstance(tree, Mapping):
            for value in tree.values():
                yield from walk(value)
        elif isinstance(tree, list):
            for value in tree:
                yield from walk(value)
        else:
            yield tree

    leaves = list(walk(values))
    assert None not in leaves, component.name  # the release would drop it, `helm -f` would not
    assert not [leaf for leaf in leaves if isinstance(leaf, str) and "${" in leaf]


def files() -> list[Path]:
    return sorted(VALUES.rglob("*.yaml"))


@pytest.mark.parametrize("file", files(), ids=lambda f: f.relative_to(VALUES).as_posix())
def test_every_profile_belongs_to_a_component_and_a_csp_or_size_that_exist(file: Path) -> None:
    stems = {stem for stack in stacks() for c in catalogue(AWS).values() for stem in c.stems(stack)}
    name = file.name.removesuffix(".yaml").removesuffix(".secrets")
    ends = ["-small", "-large"] if file.parent.name == "sizes" else ["", *(f"-{csp.value}" for csp in Csp)]
    assert any(name == f"{stem}{end}" for stem in stems for end in ends)


@pytest.mark.parametrize("file", files(), ids=lambda f: f.relative_to(VALUES).as_posix())
def test_facts_stand_in_facts_files_only(file: Path) -> None:
    names = set(v.used(yaml.safe_load(file.read_text())))
    if file.parent.name != "facts":
        assert not names, "values/*.yaml are plain Helm values, usable by `helm -f` as they are"
    elif not file.name.endswith(".secrets.yaml"):
        assert names <= set(FACTS)


SECRET_KEY = re.compile(r"(password|passwd|secret_?key|access_?key|token|private_?key|credential)s?$", re.IGNORECASE)
REFERENCES = re.compile(r"(Secret|secretName|SecretRef|CredentialSecret|existingSecret|WEB_IDENTITY_TOKEN_FILE)")
LOOKS_SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|hvs\.[A-Za-z0-9]{20}|-----BEGIN [A-Z ]*PRIVATE KEY|eyJ[A-Za-z0-9_-]{20,}\."
)


@pytest.mark.parametrize("file", files(), ids=lambda f: f.relative_to(VALUES).as_posix())
def test_no_values_file_holds_a_secret(file: Path) -> None:
    text = file.read_text()
    assert not LOOKS_SECRET.search(text)
    if file.name.endswith(".secrets.yaml"):
        return
    for line in text.splitlines():
        key, separator, value = line.strip().removeprefix("- ").partition(":")
        if separator and SECRET_KEY.search(key) and not REFERENCES.search(key):
            assert value.strip() in ("", "{}", "[]"), f"{file.name}: {line.strip()}"

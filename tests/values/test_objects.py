"""Objects of our own charts against the CRDs of the charts that define their kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import pytest
import yaml

from tests.values.matrix import CHARTS, NO_CHARTS, all_merged, merged

DELEGATED = {"dns__public": {"delegated": True}, "dns__acmeEmail": "ops@acme.example"}

pytestmark = [pytest.mark.charts, pytest.mark.skipif(not CHARTS.is_dir(), reason=NO_CHARTS)]


def closed(schema: Any) -> Any:
    """The same OpenAPI schema with unknown fields forbidden, as far as it lists what it knows."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    listed = "properties" in inner and "additionalProperties" not in inner
    if listed and not inner.get("x-kubernetes-preserve-unknown-fields"):
        inner["additionalProperties"] = False
    return inner


def definitions(chart: str) -> dict[tuple[str, str], Any]:
    """apiVersion and kind to the schema of the kind."""
    found = {}
    for crd in yaml.load_all((CHARTS / chart / "crds.yaml").read_text(), Loader=yaml.CSafeLoader):
        if crd:
            group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
            for version in crd["spec"]["versions"]:
                schema = closed(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = {"type": "object"}
                found[f"{group}/{version['name']}", kind] = schema
    return found


@pytest.fixture(scope="module")
def kinds() -> dict[tuple[str, str], Any]:
    return definitions("cert-manager")


def objects() -> Iterator[Any]:
    for component, label, values in all_merged():
        if component.chart.name == "objects":
            for name, found in values["objects"].items():
                yield pytest.param(found, id=f"{label}:{name}")


@pytest.mark.parametrize("found", list(objects()))
def test_every_custom_resource_is_valid_and_has_no_unknown_field(found: Any, kinds: dict[tuple[str, str], Any]) -> None:
    key = (found["apiVersion"], found["kind"])
    if key == ("v1", "ConfigMap"):
        assert set(found) <= {"apiVersion", "kind", "metadata", "data"}
        return
    jsonschema.Draft7Validator(kinds[key]).validate(found)


def test_the_check_would_notice_an_unknown_field(kinds: dict[tuple[str, str], Any]) -> None:
    issuer = merged("acme-issuer", **DELEGATED)["objects"]["issuer"]
    issuer = yaml.safe_load(yaml.safe_dump(issuer).replace("hostedZoneID", "hostedZoneId"))
    with pytest.raises(jsonschema.ValidationError, match="hostedZoneId"):
        jsonschema.Draft7Validator(kinds["cert-manager.io/v1", "ClusterIssuer"]).validate(issuer)

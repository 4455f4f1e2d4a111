"""The tables are held against the SDK: a name in them that the SDK does not have is a slip."""

import pytest

from sandbox.simulators import sdk, sdk_shapes
from sandbox.simulators.aws import AwsSimulator
from sandbox.simulators.shapes import ListOf, MapOf, Record
from tests.sandbox.simulators.kit import aws

CATALOGUE = sorted(AwsSimulator.catalogue)


def has_path(shape, path):
    for part in path.split("."):
        while isinstance(shape, ListOf | MapOf):
            shape = shape.item
        if not isinstance(shape, Record) or part not in shape.members.shapes:
            return False
        shape = shape.members.shapes[part]
    return True


@pytest.mark.parametrize("token", CATALOGUE)
def test_every_property_in_the_table_is_one_of_the_sdk(token):
    row = AwsSimulator.catalogue[token]
    inputs = sdk_shapes.inputs_of("aws", token)
    outputs = set(sdk_shapes.outputs_of("aws", token))
    assert set(row.outputs) - outputs == set()
    assert set(row.defaults) - outputs == set()
    assert row.renews | row.secrets <= outputs
    assert row.write_only <= set(inputs.members.shapes)
    assert set(row.satellites) <= outputs
    names = (row.name.property, *row.name.alternatives) if row.name and row.name.auto else ()
    wanted = [*row.replaces, *(need.property for need in row.needs), *names]
    unknown = [path for path in wanted if path not in ("*", "namePrefix") and not has_path(inputs, path)]
    assert [path for path in unknown if path not in outputs] == []


def test_computed_outputs_of_a_type_without_a_row_are_plausible_and_typed():
    live = aws().make("aws:ecr/repository:Repository", "images", name="images")
    assert live.properties["arn"].startswith("arn:aws:ecr:ap-northeast-2:123456789012:")
    assert isinstance(live.properties["repositoryUrl"], str)


def test_the_catalogue_has_what_a_self_managed_platform_uses():
    assert all(sdk.has_resource("aws", token) for token in CATALOGUE)
    assert len(CATALOGUE) > 80

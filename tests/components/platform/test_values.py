"""How values are merged: profiles, size, facts, the customer's overlay. Files made here, data in and data out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from adapters.catalogue import Chart, Component
from components.platform import values as v
from components.platform.facts import PublicFact, SecretFact
from components.platform.values import ValuesError
from tests.support.recording import record, value_of
from tests.support.stacks import stack_with

FACTS = {
    "region": PublicFact("region", "seoul"),
    "list": PublicFact("list", ("10.0.0.0/8", "192.168.0.0/16")),
}
FILE = Path("values/facts/x.yaml")


def component(**changes: Any) -> Component:
    base = {
        "name": "x",
        "why": "",
        "colour": "green",
        "chart": Chart(name="x", version="1.0.0"),
        "namespace": "n",
        "licence": "MIT",
    }
    return Component(**(base | changes))


def write(folder: Path, **files: Any) -> Path:
    for name, content in files.items():
        file = folder / f"{name.replace('__', '/').replace('_', '-')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(content))
    return folder


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ({"a": 2}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
    ],
)
def test_maps_are_merged_and_everything_else_is_replaced_as_helm_does_it(base: dict, over: dict, merged: dict) -> None:
    assert v.merge(base, over) == merged


def test_merging_changes_neither_side() -> None:
    base, over = {"a": {"b": 1}}, {"a": {"c": 2}}
    v.merge(base, over)
    assert (base, over) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_order_is_portable_then_csp_then_size_then_facts_then_overlay(tmp_path: Path) -> None:
    layers = ("x", "x_aws", "sizes__x_small", "facts__x", "facts__x_aws")
    content = {name: {"last": name, name: True} for name in layers}
    folder = write(tmp_path / "values", **content)
    write(tmp_path / "stacks", own={"last": "own", "own": True})
    stack = stack_with(platform__size="small", platform__values={"x": "own.yaml"})
    merged = v.values(component(), stack, FACTS, tmp_path / "stacks", folder)
    assert merged == {"last": "own", "own": True, **dict.fromkeys(layers, True)}
    without = v.values(component(), stack_with(platform__size="small"), FACTS, tmp_path, folder)
    assert without["last"] == "facts__x_aws"
    assert v.plain(component(), stack_with(platform__size="small"), folder)["last"] == "sizes__x_small"
    assert v.plain(component(), stack_with(), folder)["last"] == "x_aws"


def test_general_profiles_come_before_special_ones(tmp_path: Path) -> None:
    folder = write(tmp_path, x={"from": "x", "a": 1}, x_public={"from": "x-public"}, x_aws={"csp": "aws"})
    merged = v.plain(component(profiles=lambda _: ("x", "x-public")), stack_with(), folder)
    assert merged == {"from": "x-public", "a": 1, "csp": "aws"}


def test_a_profile_without_any_file_is_a_misspelt_one(tmp_path: Path) -> None:
    folder = write(tmp_path, x={"a": 1})
    with pytest.raises(ValuesError, match=r"x-pulbic\.yaml"):
        v.plain(component(profiles=lambda _: ("x", "x-pulbic")), stack_with(), folder)


@pytest.mark.parametrize(("text", "why"), [("a: [", "not YAML"), ("- a", "a map, this is a list")])
def test_a_file_that_is_no_values_file_is_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ValuesError, match=why):
        v.plain(component(), stack_with(), tmp_path)


def test_known_facts_leave_plain_values_behind() -> None:
    tree = {"a": ["${region}", 1, True], "b": "in ${region}!", "c": "${list}", "d": "$region {x}"}
    assert v.place(tree, FACTS, FILE) == {
        "a": ["seoul", 1, True],
        "b": "in seoul!",
        "c": ["10.0.0.0/8", "192.168.0.0/16"],
        "d": "$region {x}",
    }


def test_facts_that_only_a_run_knows_become_outputs_alone_and_inside_a_text() -> None:
    placed: dict[str, Any] = {}

    def program() -> None:
        bucket = PublicFact("bucket", pulumi.Output.from_input("um-1"))
        placed.update(
            v.place({"a": "${bucket}", "b": "s3://${bucket}@${region}/x/"}, {**FACTS, "bucket": bucket}, FILE)
        )

    record(program)
    assert value_of(placed["a"]) == "um-1"
    assert value_of(placed["b"]) == "s3://um-1@seoul/x/"


def test_an_unknown_fact_is_an_error_that_names_file_and_fact_and_what_there_is() -> None:
    with pytest.raises(
        ValuesError, match=r"values/facts/x\.yaml: there is no fact regoin here; this stack has list, region"
    ):
        v.place({"a": "${regoin}"}, FACTS, FILE)


def test_a_list_has_no_place_inside_a_text() -> None:
    with pytest.raises(TypeError, match="list is a list"):
        v.place({"a": "x ${list}"}, FACTS, FILE)


def test_used_names_every_fact_of_a_file() -> None:
    assert list(v.used({"a": ["${x} ${y}"], "b": {"c": "${z}"}, "d": 1})) == ["x", "y", "z"]


def test_secrets_are_made_of_secret_facts_and_nothing_else(tmp_path: Path) -> None:
    facts = {"key": SecretFact("key", pulumi.Output.from_input("s"))}
    folder = tmp_path / "facts"
    folder.mkdir()
    file = folder / "x-aws.secrets.yaml"
    file.write_text("x-login: {KEY: '${key}'}\n")
    login = component(secrets=("x-login",))
    assert v.secrets(login, stack_with(), facts, tmp_path)["x-login"]["KEY"] is facts["key"]
    assert v.secret_names(login, stack_with(), tmp_path) == {"key"}
    with pytest.raises(ValuesError, match="differ: x-login"):
        v.secrets(component(), stack_with(), facts, tmp_path)
    for wrong, why in (
        ("prefix-${key}", "must be one secret fact"),
        ("plain", "must be one"),
        ("${kye}", "no secret fact kye"),
    ):
        v.read.cache_clear()
        file.write_text(f"x-login: {{KEY: '{wrong}'}}\n")
        with pytest.raises(ValuesError, match=why):
            v.secrets(login, stack_with(), facts, tmp_path)

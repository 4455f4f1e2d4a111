import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from config import schema
from config.fields import section_names
from tests.config import corpus

ROOT = Path(__file__).parents[2]
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))
SCHEMA = json.loads(schema.SCHEMA_FILE.read_text())


class Yaml12(yaml.SafeLoader):
    """Reads `on` and `off` as text, as editors and Pulumi do."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def faults(text: str) -> list[str]:
    document = yaml.load(text, Yaml12)  # noqa: S506 -- a SafeLoader
    return [
        f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in Draft7Validator(SCHEMA).iter_errors(document)
    ]


def name(file: Path) -> str:
    return file.stem


def test_the_generated_files_are_fresh() -> None:
    assert [file.name for file in schema.stale()] == [], "type: make schema"


def test_a_stale_file_is_found_and_the_command_to_type_is_named(monkeypatch: Any, capsys: Any, tmp_path: Path) -> None:
    monkeypatch.setattr(schema, "ROOT", tmp_path)
    monkeypatch.setattr(schema, "SCHEMA_FILE", tmp_path / "stack.schema.json")
    monkeypatch.setattr(schema, "REFERENCE_FILE", tmp_path / "configuration.md")
    assert schema.main(["--check"]) == 1
    assert "make schema" in capsys.readouterr().err
    assert schema.main([]) == 0
    assert schema.main(["--check"]) == 0
    (tmp_path / "stack.schema.json").write_text("{}")
    assert schema.main(["--check"]) == 1


def test_the_schema_is_a_legal_one() -> None:
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", [*corpus.files("good"), *STACKS], ids=name)
def test_a_good_stack_file_satisfies_the_schema(file: Path) -> None:
    assert faults(file.read_text()) == []


@pytest.mark.parametrize(
    "case",
    [
        "unknown-section",
        "unknown-key-misspelled",
        "unknown-key-in-snake-case",
        "type-account-is-a-number",
        "choice-nat",
        "servers-two",
        "range-zones",
        "slug-customer",
        "cidr-not-an-address",
        "pool-name",
        "tags-illegal",
        "secret-in-clear",
        "provider-of-a-cloud",
        "prefix-missing",
        "key-outside-config",
        "missing-everything",
        "cron-four-fields",
        "version-unpinned",
    ],
)
def test_what_an_editor_can_see_it_marks(case: str) -> None:
    assert faults((corpus.FOLDER / "bad" / f"{case}.yaml").read_text())


def test_every_key_has_a_meaning() -> None:
    silent = [
        f"{section}.{key}"
        for section, definition in SCHEMA["$defs"].items()
        for key, field in definition.get("properties", {}).items()
        if not (field.get("description") or SCHEMA["$defs"].get(field.get("$ref", "")[8:], {}).get("description"))
    ]
    assert silent == []


def test_the_reference_names_every_section() -> None:
    text = schema.REFERENCE_FILE.read_text()
    missing = [
        section for section in section_names() if f"`{section}`" not in text and f"unifiedmeta:{section}`" not in text
    ]
    assert missing == []


@pytest.mark.parametrize("file", STACKS, ids=name)
def test_every_stack_file_names_the_schema_directly_above_config(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert lines[lines.index("config:") - 1] == "# yaml-language-server: $schema=../config/stack.schema.json"


def test_there_are_stack_files() -> None:
    assert STACKS

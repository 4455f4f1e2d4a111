"""Generates config/stack.schema.json, with which editors complete and check stack files, and docs/configuration.md.

    python -m config.schema             write both
    python -m config.schema --check     fail when one of them is stale

The schema describes the whole file as it is written: `config:` with `unifiedmeta:` keys, and what Pulumi itself keeps
beside them. Rules between values are beyond it; `um check` knows those.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from config.csp import PROVIDER_NAMESPACES, CspSections
from config.model import StackConfig
from config.names import NAMESPACE
from config.reference import markdown

ROOT: Final = Path(__file__).parent.parent
SCHEMA_FILE: Final = ROOT / "config" / "stack.schema.json"
REFERENCE_FILE: Final = ROOT / "docs" / "configuration.md"

_MAPS = ("properties", "patternProperties", "$defs")
_NODES = ("items", "additionalProperties", "propertyNames")
_LISTS = ("anyOf", "oneOf", "allOf")
_SECURE: Final = {
    "type": "object",
    "properties": {"secure": {"type": "string", "minLength": 1}},
    "required": ["secure"],
    "additionalProperties": False,
}
"""How Pulumi writes an encrypted value; a secret in clear is refused."""


def stack_schema() -> dict[str, Any]:
    """The JSON schema (draft 7) of a stack file."""
    model = _tidy(StackConfig.model_json_schema(by_alias=True))
    csp_sections = CspSections.model_json_schema(by_alias=True)["properties"]
    names = sorted(model["properties"], key=lambda name: name in csp_sections)  # the portable ones first
    sections = {f"{NAMESPACE}:{name}": _as_saved(model["properties"][name]) for name in names}
    providers = "|".join(sorted(PROVIDER_NAMESPACES))
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "UnifiedMeta stack file",
        "description": model["description"],
        "type": "object",
        "required": ["config"],
        "additionalProperties": False,
        "properties": {
            "config": {
                "type": "object",
                "description": "Everything of UnifiedMeta's stands below this key.",
                "required": [f"{NAMESPACE}:{name}" for name in model["required"]],
                "properties": sections,
                "patternProperties": {f"^(?!{NAMESPACE}:)(?!(?:{providers}):)[^:]+:.+$": {}},
                "additionalProperties": False,
            },
            "secretsprovider": {"type": "string", "description": "Written by Pulumi: who encrypts `secure:` values."},
            "encryptedkey": {"type": "string", "description": "Written by Pulumi."},
            "encryptionsalt": {"type": "string", "description": "Written by Pulumi."},
            "environment": {"description": "Pulumi ESC environments."},
        },
        "$defs": model["$defs"],
    }


def _tidy(node: Any) -> Any:
    """Pydantic's schema without what means nothing in a stack file: titles, nulls, defaults of whole sections."""
    if not isinstance(node, dict):
        return node
    alternatives = [option for option in node.get("anyOf", []) if option != {"type": "null"}]
    if len(alternatives) == 1:
        node = {**alternatives[0], **{key: value for key, value in node.items() if key != "anyOf"}}
    if node.get("writeOnly"):
        return {**_SECURE, "description": node.get("description", "")}
    tidy: dict[str, Any] = {}
    for key, value in node.items():
        if key == "title" or value is None or (key == "default" and "$ref" in node and isinstance(value, dict)):
            continue
        if key in _MAPS:
            tidy[key] = {name: _tidy(schema) for name, schema in value.items()}
        elif key in _LISTS:
            tidy[key] = [_tidy(option) for option in value]
        else:
            tidy[key] = _tidy(value) if key in _NODES else _without_nulls(value)
    if "description" in tidy:
        tidy["description"] = " ".join(tidy["description"].split())
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def _as_saved(schema: dict[str, Any]) -> dict[str, Any]:
    """A section's schema that also takes what Pulumi makes of it: it saves a scalar section as text."""
    choices = [schema["const"]] if "const" in schema else schema.get("enum", [])
    if not choices:
        return schema
    saved = [json.dumps(choice) for choice in choices if not isinstance(choice, str)]
    kept = {key: value for key, value in schema.items() if key not in ("const", "type", "enum")}
    return {**kept, "enum": [*choices, *saved]}


def render() -> dict[Path, str]:
    """The generated files and their text."""
    schema = stack_schema()
    return {
        SCHEMA_FILE: json.dumps(schema, indent=2, ensure_ascii=False) + "\n",
        REFERENCE_FILE: markdown(schema),
    }


def stale() -> list[Path]:
    """The generated files that are not what the model gives."""
    return [file for file, text in render().items() if not file.exists() or file.read_text(encoding="utf-8") != text]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done or fresh, 1 stale."""
    parser = argparse.ArgumentParser(prog="python -m config.schema", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a generated file is stale")
    if not parser.parse_args(arguments).check:
        for file, text in render().items():
            file.write_text(text, encoding="utf-8")
        return 0
    old = [file.relative_to(ROOT) for file in stale()]
    for file in old:
        sys.stderr.write(f"{file}: is not what the model gives\n    → type: make schema\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())

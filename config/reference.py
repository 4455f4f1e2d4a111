"""Renders the reference of every key of a stack file, for people, from its JSON schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from config.names import NAMESPACE

_HEAD = """# What a stack file can say

Generated from the model in `config/` by `make schema`; do not edit. All keys stand below `config:` in
`stacks/Pulumi.<stack>.yaml`, and editors complete and check them through `config/stack.schema.json`. `um check -s <stack>`
also checks the rules between values. A key without a default has to be written.
"""


def markdown(schema: dict[str, Any]) -> str:
    """The reference, one table per section."""
    config = schema["properties"]["config"]
    required = {name.removeprefix(f"{NAMESPACE}:") for name in config["required"]}
    parts = [_HEAD]
    scalars = []
    for key, section in config["properties"].items():
        name = key.removeprefix(f"{NAMESPACE}:")
        target = _resolve(section, schema)
        if "properties" not in target:
            scalars.append(_row(name, section, schema, required=REQUIRED if name in required else ""))
            continue
        needed = "" if name in required else " May be left out."
        description = section.get("description") or target["description"]
        rows = "\n".join(_rows("", target, schema, inside_optional=name not in required))
        parts.append(f"## `{key}`\n\n{description}{needed}\n\n{_TABLE}\n{rows}\n")
    parts.insert(
        1,
        f"## Keys that are no sections\n\nEach with the prefix `{NAMESPACE}:`.\n\n{_TABLE}\n"
        + "\n".join(scalars)
        + "\n",
    )
    return "\n".join(parts)


REQUIRED = "**required**"
_TABLE = "| key | value | default | meaning |\n|---|---|---|---|"


def _rows(prefix: str, section: dict[str, Any], schema: dict[str, Any], *, inside_optional: bool) -> Iterator[str]:
    needed = section.get("required", [])
    for name, field in section["properties"].items():
        target = _resolve(field, schema)
        key, optional = f"{prefix}{name}", inside_optional or name not in needed
        if "properties" in target and "secure" not in target["properties"]:
            yield from _rows(f"{key}.", target, schema, inside_optional=optional)
            continue
        yield _row(
            key, field, schema, required="" if name not in needed else "required there" if inside_optional else REQUIRED
        )
        entries = [*target.get("patternProperties", {}).values(), target.get("items", {})]
        for entry in (_resolve(entry, schema) for entry in entries):
            if "properties" in entry:
                step = "[]." if target.get("type") == "array" else ".*."
                yield from _rows(f"{key}{step}", entry, schema, inside_optional=True)


def _row(key: str, field: dict[str, Any], schema: dict[str, Any], *, required: str) -> str:
    default = field.get("default")
    if isinstance(default, dict) and default:
        shown = f"one named {', '.join(f'`{name}`' for name in default)}"
    else:
        shown = "" if default is None else f"`{json.dumps(default, ensure_ascii=False)}`"
    cells = (f"`{key}`", _kind(_resolve(field, schema)), required or shown, field.get("description", ""))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: dict[str, Any] = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return found


def _kind(field: dict[str, Any]) -> str:
    """The legal values in words."""
    if "oneOf" in field:
        return " or ".join(_kind(option) for option in field["oneOf"])
    if "enum" in field:
        choices = (choice if isinstance(choice, str) else json.dumps(choice) for choice in field["enum"])
        return ", ".join(f"`{choice}`" for choice in dict.fromkeys(choices))
    kind = field.get("type")
    if kind == "array":
        return "list" if "$ref" in field["items"] else f"list of {_kind(field['items'])}"
    if kind == "object":
        return "`secure:` value" if "secure" in field.get("properties", {}) else "name: value"
    example = f" like `{field['examples'][0]}`" if "examples" in field else ""
    words = {"integer": f"number {field.get('minimum')} to {field.get('maximum')}", "boolean": "`true`, `false`"}
    return words.get(str(kind), f"text{example}")

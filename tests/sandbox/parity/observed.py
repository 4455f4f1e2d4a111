"""What is compared between the drivers, as plain data that is the same for every machine and day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sandbox.grpc.values import SIGNATURE

STACK = "parity"
PROJECT = "parity"
RECORDED = Path(__file__).parent / "recorded"
PROGRAMS = sorted(file.stem for file in (Path(__file__).parent / "programs").glob("[a-z]*.py"))

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_RANDOM_ID = re.compile(r"::[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")

Observed = dict[str, Any]


def program(name: str) -> ModuleType:
    """The module of a scenario."""
    return __import__(f"tests.sandbox.parity.programs.{name}", fromlist=["RUNS"])


@dataclass(frozen=True)
class Seen:
    """One step, as either driver has it."""

    urn: str
    ops: tuple[str, ...]
    replaces: tuple[str, ...]
    changed: tuple[str, ...]


def steps(of: Iterable[Seen]) -> dict[str, Any]:
    """By URN: the operations in their order, the properties that forced a replacement, and every path that differs.

    What replaces differs too, also where the engine names only the property: it is in both. A refresh is compared for what
    a cloud can change: not for components and providers.
    """
    found: dict[str, Any] = {}
    for step in of:
        if step.ops[0].startswith("refresh") and not step.urn.split("::")[2].rpartition("$")[2].startswith(
            "fake:index:"
        ):
            continue
        one = found.setdefault(step.urn, {"ops": [], "replaces": [], "changed": []})
        one["ops"] += step.ops
        forcing = {path.replace("[", ".").split(".")[0] for path in step.replaces}
        one["replaces"] = sorted({*one["replaces"], *forcing})
        one["changed"] = sorted({*one["changed"], *step.changed, *forcing})
    return dict(sorted(found.items()))


def values(value: Any) -> Any:
    """A value of an event or of the state, with `[secret]` and `[unknown]` in the place of what they stand for."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return "[secret]"
        return {key: values(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [values(inner) for inner in value]
    return "[unknown]" if value == _UNKNOWN else value


def sorted_keys(value: Any) -> Any:
    """The same value, objects in the order of their keys."""
    if isinstance(value, dict):
        return {key: sorted_keys(inner) for key, inner in sorted(value.items())}
    return [sorted_keys(inner) for inner in value] if isinstance(value, list) else value


def state(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """By URN: everything of the state that the drivers have to agree on. Ids of providers are random: left out."""
    found = {}
    for one in resources:
        custom = bool(one.get("custom"))
        found[one["urn"] + (" (to be deleted)" if one.get("delete") else "")] = {
            "id": one.get("id", "") if custom and not one["type"].startswith("pulumi:providers:") else "",
            "parent": one.get("parent", ""),
            "provider": _RANDOM_ID.sub("", one.get("provider", "")),
            "inputs": values(one.get("inputs") or {}),
            "outputs": values(one.get("outputs") or {}) if custom else {},
            "dependencies": sorted(one.get("dependencies") or []),
            "flags": sorted(flag for flag in ("protect", "external", "retainOnDelete", "taint") if one.get(flag))
            + (["initErrors"] if one.get("initErrors") else []),
        }
    return dict(sorted(found.items()))

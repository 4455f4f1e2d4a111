"""The engine's own record of a run (`--event-log`), read as steps: what happened to which resource, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One step of the engine's plan, or of its work."""

    urn: str
    op: str
    """create, update, same, delete, replace, create-replacement, delete-replaced, read, import, refresh, …"""
    type: str = ""
    replaces: tuple[str, ...] = ()
    """Top-level properties that force the replacement; `provider` stands for another provider."""
    changed: tuple[str, ...] = ()
    """Property paths that differ."""
    found: str = ""
    """Of a refresh: same, update (it drifted) or delete (it is gone)."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something the engine, a provider or the program said."""

    severity: str
    """error, warning, info or info#err."""
    message: str
    urn: str = ""


def events(file: Path) -> Iterator[dict[str, Any]]:
    """Every event that is complete: a run that was killed leaves half of one, and one that never began leaves no file."""
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            return


def steps(of: Iterable[dict[str, Any]]) -> tuple[Step, ...]:
    """The steps in the order in which the engine began them."""
    seen = list(of)
    ended = {
        event["resOutputsEvent"]["metadata"]["urn"]: event["resOutputsEvent"]["metadata"]
        for event in seen
        if "resOutputsEvent" in event
    }
    begun = (event["resourcePreEvent"]["metadata"] for event in seen if "resourcePreEvent" in event)
    return tuple(_step(one, ended.get(one["urn"], {}) if one["op"] == "refresh" else {}) for one in begun)


def failed(of: Iterable[dict[str, Any]]) -> frozenset[str]:
    """URNs of the resources whose step failed."""
    return frozenset(event["resOpFailedEvent"]["metadata"]["urn"] for event in of if "resOpFailedEvent" in event)


def diagnostics(of: Iterable[dict[str, Any]], *severities: str) -> tuple[Diagnostic, ...]:
    """What was said, of these severities; colour marks are taken out."""
    said = (event["diagnosticEvent"] for event in of if "diagnosticEvent" in event)
    return tuple(
        Diagnostic(one["severity"], plain(one["message"]).strip(), one.get("urn", ""))
        for one in said
        if one["severity"] in severities
    )


def summary(of: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many resources each operation concerned, as the engine counts at the end; empty when it came to no end."""
    for event in of:
        if "summaryEvent" in event:
            return dict(event["summaryEvent"]["resourceChanges"] or {})
    return {}


def plain(text: str) -> str:
    """Without the engine's colour marks, `<{%fg 1%}>`."""
    while (start := text.find("<{%")) >= 0 and (end := text.find("%}>", start)) >= 0:
        text = text[:start] + text[end + 3 :]
    return text


def _step(metadata: dict[str, Any], refreshed: dict[str, Any]) -> Step:
    of = refreshed or metadata
    detailed = of.get("detailedDiff") or {}
    forcing = {
        path.replace("[", ".").split(".")[0] for path, one in detailed.items() if one["diffKind"].endswith("-replace")
    }
    return Step(
        urn=metadata["urn"],
        op=metadata["op"],
        type=metadata["type"],
        replaces=tuple(sorted({*(metadata.get("keys") or ()), *forcing})),
        changed=tuple(sorted(detailed or of.get("diffs") or ())),
        found=refreshed.get("op", ""),
    )

"""A plan for machines (JSON) and for pull requests (Markdown)."""

from __future__ import annotations

import json
from typing import Any

from cli.render.view import CHANGING, SYMBOLS, PlanView, StepView, sentence

MARKDOWN_ROWS = 200
"""Rows of single resources before a comment becomes unreadable."""


def step_row(step: StepView) -> dict[str, Any]:
    """One step as plain data."""
    row: dict[str, Any] = {
        "op": step.op,
        "type": step.type,
        "name": step.name,
        "component": step.component,
        "urn": step.urn,
    }
    if step.changed:
        row["changed"] = list(step.changed)
    if step.replaces:
        row["replaces"] = list(step.replaces)
    row["inputs"] = step.inputs
    return row


def to_json(view: PlanView) -> str:
    """`{"stack", "summary", "steps"}`; stable order, so that two plans can be compared as text."""
    document = {
        "stack": view.stack,
        "summary": dict(sorted(view.counts().items())),
        "steps": [step_row(step) for step in sorted(view.steps, key=lambda s: s.urn)],
    }
    return json.dumps(document, indent=2, sort_keys=False, ensure_ascii=False)


def to_markdown(view: PlanView) -> str:
    """A table of components, and the single resources folded below it."""
    lines = [f"### Plan of `{view.stack}`: {sentence(view.counts())}", ""]
    ops = [op for op in (*CHANGING, "same") if view.counts()[op]]
    lines += [f"| component | {' | '.join(ops)} |", f"|---|{'---:|' * len(ops)}"]
    for component, steps in view.by_component().items():
        counts = view.counts(steps)
        lines.append(f"| {component} | {' | '.join(str(counts[op] or '') for op in ops)} |")
    changing = view.changing()
    if changing:
        lines += [
            "",
            f"<details><summary>{len(changing)} resources</summary>",
            "",
            "| | resource | type | why |",
            "|---|---|---|---|",
        ]
        for step in changing[:MARKDOWN_ROWS]:
            why = ", ".join(f"`{path}`" for path in (step.replaces or step.changed))
            lines.append(f"| {SYMBOLS[step.op]} | `{step.name}` | `{step.type}` | {why} |")
        if len(changing) > MARKDOWN_ROWS:
            lines.append(f"| | … and {len(changing) - MARKDOWN_ROWS} more | | |")
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"

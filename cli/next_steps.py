"""What to type next after a run: computed from the outputs, for the sandbox and for a real account alike."""

from __future__ import annotations

from typing import Any


def after_up(stack: str, outputs: dict[str, Any]) -> list[str]:
    """Commands and tasks, most urgent first."""
    lines = []
    delegate = outputs.get("delegate")
    if isinstance(delegate, dict):
        lines.append(f"delegate {delegate['zone']}: its parent zone needs NS records with the name servers above;")
        lines.append("  then set unifiedmeta:dns: {public: {delegated: true}} for certificates and HTTPS")
    lines.append(f"make up STACK={stack}         again: everything is unchanged")
    lines.append(f"make preview STACK={stack}    after an edit of stacks/Pulumi.{stack}.yaml")
    lines.append(f"make destroy STACK={stack}    empties the sandbox")
    return lines


def after_preview(stack: str, *, changes: bool) -> list[str]:
    """After a preview: carry it out, if there is anything to carry out."""
    return [f"make up STACK={stack}         to carry this out"] if changes else []


def after_interrupt(stack: str) -> list[str]:
    """After Ctrl-C or a refusal by the cloud: the state is whole, run again."""
    return [f"make up STACK={stack}         goes on where this run stopped"]

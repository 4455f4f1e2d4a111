"""The commands of `um`, one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.commands import check, migrate, plan, sandbox

if TYPE_CHECKING:
    import typer


def register(app: typer.Typer) -> None:
    """Add every command."""
    app.command("plan")(plan.plan)
    app.command("check")(check.check)
    app.command("migrate")(migrate.migrate)
    app.add_typer(sandbox.app, name="sandbox")

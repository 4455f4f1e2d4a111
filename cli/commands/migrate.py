"""`um migrate`: raise an old stack file to the present layout, comments kept, the difference shown first."""

from __future__ import annotations

import difflib
import sys
from typing import Annotated

import typer

from cli.options import StackName
from cli.project import project_dir, stack_file


def migrate(
    stack: StackName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
) -> None:
    """Raise a stack file to the present apiVersion; the difference is shown before anything is written."""
    from config.migrate import migrate_text
    from sandbox.engine.files import replace_file

    file = stack_file(project_dir(), stack)
    old = file.read_text(encoding="utf-8")
    new, changes = migrate_text(old, str(file))
    if old == new:
        typer.echo(f"{file.name} is up to date")
        return
    typer.echo(
        "".join(difflib.unified_diff(old.splitlines(True), new.splitlines(True), file.name, f"{file.name} (new)"))
    )
    for change in changes:
        typer.echo(f"  {change}")
    if not yes:
        if not sys.stdin.isatty():
            typer.echo("nothing was written; --yes writes it")
            return
        typer.confirm("Write it?", abort=True)
    mode = file.stat().st_mode
    replace_file(file, new.encode())
    file.chmod(mode)
    typer.echo(f"{file.name} is up to date now")

"""`um check`: every problem of a stack file, with no account and no engine."""

from __future__ import annotations

import json

import typer

from cli.errors import EXIT_USAGE
from cli.options import Json, StackName
from cli.project import project_dir, stack_file


def check(stack: StackName, json_: Json = False) -> None:
    """Check a stack file and name every problem in it, with its line and the remedy."""
    from adapters.contract import load_adapter
    from components.checks import problems
    from config.load import load_file
    from config.problems import StackFileError

    file = stack_file(project_dir(), stack)
    try:
        loaded = load_file(file)
        loaded.refuse(problems(loaded.stack, load_adapter(loaded.stack, stack)))
    except StackFileError as error:
        if not json_:
            raise
        rows = [
            {"file": error.file, "line": error.line(p), "key": p.key, "message": p.message, "remedy": p.remedy}
            for p in error.problems
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        raise typer.Exit(EXIT_USAGE) from error
    typer.echo("[]" if json_ else f"{file.name}: no problems")

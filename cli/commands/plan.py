"""`um plan`: everything that a stack consists of, with no state, no account and no engine."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cli.errors import EXIT_FAILED, EXIT_USAGE, UsageError
from cli.options import Json, StackName
from cli.project import project_dir, stack_file


def plan(
    stack: StackName,
    json_: Json = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="For a pull request's comment.")] = False,
) -> None:
    """Print the plan of a stack from nothing. Secrets are never shown."""
    if json_ and markdown:
        raise UsageError("--json and --markdown exclude each other", "choose one")
    from rich.console import Console

    from cli import runs
    from cli.preload import preload
    from cli.render.machine import to_json, to_markdown
    from cli.render.people import print_plan, print_problems
    from config.load import load_file

    project = project_dir()
    file = stack_file(project, stack)
    preload(load_file(file).stack.cloud.csp.value)
    result = runs.engine(project, stack, file, keep=False).preview()
    if result.problems:
        print_problems(Console(stderr=True), result)
        raise typer.Exit(EXIT_USAGE if all(p.kind == "check" for p in result.problems) else EXIT_FAILED)
    view = runs.view(stack, result)
    if json_ or markdown:
        sys.stdout.write(f"{to_json(view)}\n" if json_ else to_markdown(view))
    else:
        print_plan(Console(), view)

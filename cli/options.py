"""Options that more than one command has."""

from __future__ import annotations

from typing import Annotated

import typer

StackName = Annotated[
    str,
    typer.Option(
        "--stack", "-s", metavar="STACK", help="The stack's name: stacks/Pulumi.STACK.yaml.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]

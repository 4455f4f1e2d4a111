"""`um sandbox up|preview|refresh|destroy`: a stack in the built-in sandbox, which needs no account."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.options import Json, StackName

app = typer.Typer(help="Run a stack in the built-in sandbox; no account is needed.", no_args_is_help=True)


class Driver(StrEnum):
    """Who runs the program."""

    AUTO = "auto"
    PULUMI = "pulumi"
    IN_PROCESS = "in-process"


DriverOption = Annotated[
    Driver,
    typer.Option(
        "--driver",
        envvar="UNIFIEDMETA_SANDBOX_DRIVER",
        help="`pulumi`: the real engine, simulators attached. `in-process`: the sandbox's own. `auto`: pulumi if on PATH.",
    ),
]


@app.command()
def up(stack: StackName, json_: Json = False, driver: DriverOption = Driver.AUTO) -> None:
    """Bring a stack up: everything is simulated, and its state is kept in the project's ignored folder."""
    _run("up", stack, driver, json_=json_)


@app.command()
def preview(stack: StackName, json_: Json = False, driver: DriverOption = Driver.AUTO) -> None:
    """Show what `up` would do."""
    _run("preview", stack, driver, json_=json_)


@app.command()
def refresh(stack: StackName, json_: Json = False, driver: DriverOption = Driver.AUTO) -> None:
    """Compare the state with the simulated cloud and adopt what has drifted."""
    _run("refresh", stack, driver, json_=json_)


@app.command()
def destroy(stack: StackName, json_: Json = False, driver: DriverOption = Driver.AUTO) -> None:
    """Delete everything, unless any of it is protected: then say what, and delete nothing."""
    _run("destroy", stack, driver, json_=json_)


def _run(operation: str, stack: str, driver: Driver, *, json_: bool) -> None:
    from cli import drivers

    chosen = drivers.choose(driver.value)
    raise typer.Exit(chosen(operation, stack, json_=json_))

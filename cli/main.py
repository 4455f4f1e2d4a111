"""The entry point of `um`. Commands import what they need when they run, so that `um --help` is instant."""

from __future__ import annotations

import sys

import typer

from cli import commands
from cli.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, UsageError

app = typer.Typer(
    name="um",
    help="UnifiedMeta's own commands: what Pulumi's CLI lacks.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
commands.register(app)


def _report(message: str, remedy: str | None = None) -> None:
    sys.stderr.write(f"error: {message}\n")
    if remedy:
        sys.stderr.write(f"    → {remedy}\n")


def run() -> None:
    """Run `um` and exit: 0 done, 1 failed, 2 wrong use or a wrong stack file, 130 interrupted."""
    try:
        app(standalone_mode=True)
    except UsageError as error:
        _report(str(error), error.remedy)
        sys.exit(EXIT_USAGE)
    except KeyboardInterrupt:
        _report("interrupted; nothing is lost", "run the same command again to go on")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_FAILED)
    except Exception as error:
        # config.problems is imported only here: a command that got this far has loaded it already.
        from config.problems import StackFileError

        if not isinstance(error, StackFileError):
            raise
        sys.stderr.write(
            f"{error}\n\n{len(error.problems)} problem{'s' * (len(error.problems) != 1)}; nothing was changed\n"
        )
        sys.exit(EXIT_USAGE)

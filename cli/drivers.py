"""The two ways to run a stack in the sandbox: the real engine with the simulators attached, and the sandbox's own."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from cli import next_steps, runs
from cli.errors import EXIT_FAILED, EXIT_INTERRUPTED, UsageError
from cli.project import project_dir, sandbox_dir, stack_file

if TYPE_CHECKING:
    from rich.console import Console

    from sandbox.engine.steps import Result

Driver = Callable[..., int]
"""Takes an operation and a stack's name, gives the exit code."""


def choose(name: str) -> Driver:
    """The driver of that name; `auto` takes the real engine where it is on PATH."""
    if name == "auto":
        name = "pulumi" if shutil.which("pulumi") else "in-process"
    return real_engine if name == "pulumi" else in_process


def real_engine(operation: str, stack: str, *, json_: bool) -> int:
    """`pulumi <operation>` against the simulators, on copies: the user's backend, login and secrets are not touched."""
    from rich.console import Console

    from cli.render.people import print_next
    from config.load import load_file
    from sandbox import pulumi_cli
    from sandbox.simulators import PACKAGES, provider_for

    project = project_dir()
    file = stack_file(project, stack)
    load_file(file)
    if not json_:
        Console(stderr=True).print("The real engine is on PATH: running it with the sandbox's simulators attached.")
    providers = {package: lambda package=package: provider_for(package) for package in PACKAGES}
    try:
        outcome = pulumi_cli.run(
            project,
            stack,
            operation,  # type: ignore[arg-type]  # one of its four words: the commands are these four
            folder=sandbox_dir(project) / "engine",
            providers=providers,
            stack_file=file,
            as_json=json_,
        )
    except pulumi_cli.CliError as error:
        message, _, remedy = str(error).partition("\n    → ")
        raise UsageError(message, remedy or "see docs/sandbox.md") from error
    if not json_ and operation == "up" and outcome.exit_code == 0:
        found = pulumi_cli.outputs(project, stack, folder=sandbox_dir(project) / "engine")
        print_next(Console(), next_steps.after_up(stack, found))
    return outcome.exit_code


def in_process(operation: str, stack: str, *, json_: bool) -> int:
    """The same operation in the sandbox's own engine, in this process."""
    from rich.console import Console

    from sandbox.engine.lock import StateInUseError
    from sandbox.engine.state import StateError
    from sandbox.engine.vault import SealError

    console = Console(stderr=json_)
    try:
        result = _InProcess(operation, stack, console).run()
    except (StateInUseError, StateError, SealError) as error:
        raise UsageError(str(error), "see docs/sandbox.md, section State") from error
    if json_:
        sys.stdout.write(json.dumps(_document(operation, stack, result), indent=2, ensure_ascii=False) + "\n")
    return _exit_code(result)


def _exit_code(result: Result) -> int:
    kinds = {problem.kind for problem in result.problems}
    if "interrupted" in kinds:
        return EXIT_INTERRUPTED
    return EXIT_FAILED if kinds else 0


def _document(operation: str, stack: str, result: Result) -> dict[str, Any]:
    from cli.render.machine import step_row
    from sandbox.engine.properties import plain_text

    return {
        "operation": operation,
        "stack": stack,
        "ok": result.ok,
        "summary": dict(result.counts),
        "steps": [step_row(step) for step in runs.view(stack, result).changing()],
        "outputs": plain_text(result.outputs),
        "problems": [
            {"kind": p.kind, "urn": p.urn, "property": p.property, "message": p.message} for p in result.problems
        ],
        "seconds": round(result.durations.total, 3),
    }


class _InProcess:
    """One run for people: every stage says what it does and how long it took."""

    def __init__(self, operation: str, stack: str, console: Console) -> None:
        self.operation = operation
        self.stack = stack
        self.console = console
        self.project: Path = project_dir()
        self.file = stack_file(self.project, stack)

    def run(self) -> Result:
        self._title()
        self._load()
        result = self._plan() if self.operation in {"up", "preview"} else None
        if self.operation == "preview" or (result is not None and result.problems):
            self._end(result)
            return result  # type: ignore[return-value]  # a preview and an up always have a plan
        result = self._work(len(result.changes) if result else 0)
        self._end(result)
        return result

    def _title(self) -> None:
        self.console.print(
            f"[bold]{self.operation} {self.stack}[/bold] in the built-in sandbox: simulated clouds, no account"
        )

    def _stage(self, text: str, begun: float) -> None:
        self.console.print(f"  {text:<38} {perf_counter() - begun:5.1f} s", highlight=False)

    def _load(self) -> None:
        from config.load import load_file

        begun = perf_counter()
        loaded = load_file(self.file)
        self._stage(f"stack file {self.file.name}", begun)
        if self.operation in {"up", "preview"}:
            from cli.preload import preload

            begun = perf_counter()
            preload(loaded.stack.cloud.csp.value)
            self._stage("load the SDKs", begun)

    def _plan(self) -> Result:
        from cli.render.people import print_plan

        begun = perf_counter()
        result = runs.engine(self.project, self.stack, self.file, keep=True).preview()
        self._stage("run the program for its plan", begun)
        if not result.problems:
            self.console.print()
            print_plan(self.console, runs.view(self.stack, result))
        return result

    def _work(self, expected: int) -> Result:
        from cli.render.progress import Progress

        engine = runs.engine(self.project, self.stack, self.file, keep=True)
        begun = perf_counter()
        with Progress(self.console, self.operation, expected) as progress:
            engine.on_event = progress
            result: Result = getattr(engine, self.operation)()
        self.console.print()
        self._stage(f"{self.operation}: {progress.done} operations", begun)
        return result

    def _end(self, result: Result | None) -> None:
        from cli.render.people import print_next, print_outputs, print_plan, print_problems
        from sandbox.engine.properties import plain_text

        if result is None:
            return
        if self.operation in {"refresh", "destroy"} and not result.problems:
            self.console.print()
            print_plan(self.console, runs.view(self.stack, result), done=True)
        print_problems(self.console, result)
        if result.problems:
            interrupted = any(problem.kind == "interrupted" for problem in result.problems)
            print_next(self.console, next_steps.after_interrupt(self.stack) if interrupted else [])
            return
        if self.operation == "up":
            print_outputs(self.console, plain_text(result.outputs))
        print_next(self.console, self._next(result))

    def _next(self, result: Result) -> list[str]:
        if self.operation == "up":
            return next_steps.after_up(self.stack, dict(result.outputs))
        if self.operation == "preview":
            return next_steps.after_preview(self.stack, changes=bool(result.changes))
        return []

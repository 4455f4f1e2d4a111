"""Runs the real Pulumi CLI with the simulators attached: the sandbox's first driver.

The CLI is a process of its own; the simulators answer it from threads of this one. See :mod:`sandbox.pulumi_project`
for what it is given instead of the user's project, state, login and environment.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final, Literal

from sandbox import event_log
from sandbox.grpc.server import serve
from sandbox.grpc.values import SIGNATURE
from sandbox.provider import Live, Provider
from sandbox.pulumi_project import STAND_IN, Lock, SandboxProject

Command = Literal["up", "preview", "refresh", "destroy"]
Providers = Mapping[str, Callable[[], Provider]]
"""Package name to what makes its simulator."""

OLDEST: Final = (3, 260, 0)
"""The oldest version of the CLI that this is tried with."""
_VERSION: Final = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class CliError(Exception):
    """The CLI cannot be used for this; the text says why and what to type next."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    exit_code: int
    events: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def steps(self) -> tuple[event_log.Step, ...]:
        return event_log.steps(self.events)

    @property
    def errors(self) -> tuple[event_log.Diagnostic, ...]:
        return event_log.diagnostics(self.events, "error")


def find() -> str | None:
    """The path of the CLI; None where there is none on PATH."""
    return shutil.which("pulumi")


def check_version(printed: str, path: str) -> None:
    """Refuses what `pulumi version` printed when it is too old; a build of one's own prints nothing and is accepted.

    Errors: CliError.
    """
    match = _VERSION.fullmatch(printed.partition("-")[0].partition("+")[0])
    if match is None and printed:
        raise CliError(f"{path} does not say its version, but {printed!r}\n    → reinstall the Pulumi CLI")
    if match is not None and tuple(map(int, match.groups())) < OLDEST:
        raise CliError(
            f"{path} is version {printed}; the sandbox needs {'.'.join(map(str, OLDEST))} or newer\n"
            "    → update the Pulumi CLI, or take it off PATH: the sandbox then uses its own engine"
        )


def run(
    project: Path,
    stack: str,
    command: Command,
    *,
    folder: Path,
    providers: Providers,
    stack_file: Path | None = None,
    as_json: bool = False,
    preview_first: bool = False,
    extra: Sequence[str] = (),
    output: int | None = None,
    say: Callable[[str], None] = _tell,
) -> Outcome:
    """Runs `pulumi <command>` on a stack of `project`, whose output streams to `output` (default: to ours).

    `folder` is where state and copies live between runs. With `preview_first`, `up` shows what it will do before it does
    it, at the price of one more run of the program; `destroy` always does, because only its preview finds what is protected
    before anything is deleted, and it runs no program. `say` gets what the person should know.
    Errors: CliError when there is no CLI, it is too old, or another run holds the stack.
    """
    cli = _cli()
    place = SandboxProject(
        project.resolve(), stack, (stack_file or _stack_file(project, stack)).resolve(), folder.resolve()
    )
    missing = place.prepare()
    offline = place.environment("")
    check_version(_quietly([cli, "version"], place, offline).strip(), cli)
    _unlock(place, say)
    with tempfile.TemporaryDirectory(dir=place.folder) as scratch:
        log = Path(scratch) / "events.json"
        _initialise(cli, place, offline, missing)
        with serve(providers, _known(_exported(cli, place, offline))) as attached:
            argv = [cli, *_arguments(command, stack, log, preview_first=preview_first), *extra]
            if as_json:
                argv.append("--json")
            if not os.isatty(1 if output is None else output):
                argv += ["--non-interactive", "--color", "never"]
            code = _stream(argv, place.cwd, place.environment(attached), output)
        return Outcome(code, tuple(event_log.events(log)))


def outputs(project: Path, stack: str, *, folder: Path, show_secrets: bool = False) -> dict[str, Any]:
    """The stack's outputs after the last run; secret ones are `[secret]` unless asked for."""
    cli = _cli()
    place = SandboxProject(project.resolve(), stack, _stack_file(project, stack).resolve(), folder.resolve())
    if not place.checkpoint.exists():
        return {}
    argv = [cli, "stack", "output", "--json", "--stack", stack, *(["--show-secrets"] if show_secrets else [])]
    return dict(json.loads(_quietly(argv, place, place.environment(""))))


def _cli() -> str:
    path = find()
    if path is None:
        raise CliError("there is no `pulumi` on PATH\n    → install the Pulumi CLI, or use the sandbox's own engine")
    return path


def _stack_file(project: Path, stack: str) -> Path:
    for candidate in (project / "stacks" / f"Pulumi.{stack}.yaml", project / f"Pulumi.{stack}.yaml"):
        if candidate.exists():
            return candidate
    raise CliError(
        f"there is no stack file for {stack!r} in {project / 'stacks'}\n    → copy one of the files there to that name"
    )


def _arguments(command: Command, stack: str, log: Path, *, preview_first: bool) -> list[str]:
    chosen: list[str] = [command, "--stack", stack, "--event-log", str(log)]
    if command != "preview":
        chosen.append("--yes")
    if command == "refresh" or (command == "up" and not preview_first):
        chosen.append("--skip-preview")
    return chosen


def _unlock(place: SandboxProject, say: Callable[[str], None]) -> None:
    """Removes locks whose run is gone.

    Errors: CliError when one is not.
    """
    locks = place.locks()
    holders = [lock for lock in locks if lock.held]
    if holders:
        raise CliError(_held(place.stack, holders[0]))
    for lock in locks:
        lock.file.unlink(missing_ok=True)
        say(f"removed the lock that process {lock.pid} left on {place.stack} (since {lock.since}); it runs no more")


def _held(stack: str, lock: Lock) -> str:
    return f"another run holds {stack}: process {lock.pid}, since {lock.since}\n    → wait for it, or stop it: kill -INT {lock.pid}"


def _initialise(cli: str, place: SandboxProject, environment: Mapping[str, str], missing: Sequence[str]) -> None:
    """Makes the stack on first use, and encrypts a stand-in for every secret of the stack file that has none yet."""
    if not place.checkpoint.exists():
        _quietly([cli, "stack", "init", place.stack, "--no-select"], place, environment)
    for path in missing:
        argv = [cli, "config", "set", "--stack", place.stack, "--secret", "--path", "--", path, STAND_IN]
        _quietly(argv, place, environment)


def _exported(cli: str, place: SandboxProject, environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """The resources of the state, secrets in clear: what the simulated clouds contain."""
    if b'"urn"' not in place.checkpoint.read_bytes():
        return []
    argv = [cli, "stack", "export", "--show-secrets", "--stack", place.stack]
    return json.loads(_quietly(argv, place, environment))["deployment"].get("resources") or []


def _known(resources: Sequence[dict[str, Any]]) -> Callable[[str], list[tuple[str, str, Live]]]:
    """The state by provider instance."""
    by_provider: dict[str, list[tuple[str, str, Live]]] = {}
    for one in resources:
        if one.get("custom") and one.get("provider") and not one.get("external"):
            owner = one["provider"].rpartition("::")[0]
            live = Live(one.get("id", ""), _in_clear(one.get("outputs") or {}))
            by_provider.setdefault(owner, []).append((one["type"], one["urn"], live))
    return lambda urn: by_provider.get(urn, [])


def _in_clear(value: Any) -> Any:
    """A value of an export: secrets as what they hold."""
    if isinstance(value, dict):
        if value.keys() == {SIGNATURE, "plaintext"}:
            return json.loads(value["plaintext"])
        return {key: _in_clear(inner) for key, inner in value.items()}
    return [_in_clear(inner) for inner in value] if isinstance(value, list) else value


def _quietly(argv: Sequence[str], place: SandboxProject, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        argv, cwd=place.cwd, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        shown = " ".join(["pulumi", *argv[1:3]])
        raise CliError(f"`{shown}` failed: {done.stderr.strip()}\n    → the sandbox's own copies are in {place.folder}")
    return done.stdout


def _stream(argv: Sequence[str], cwd: Path, environment: Mapping[str, str], output: int | None) -> int:
    """Runs the CLI to its end and gives its exit code.

    It has a process group of its own and its signals from us, so that one Ctrl-C is one: the first lets it finish what it
    began, the second stops it.
    """
    child = subprocess.Popen(argv, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=output, process_group=0)
    with _forwarded(child):
        return child.wait()


@contextmanager
def _forwarded(child: subprocess.Popen[Any]) -> Iterator[None]:
    def forward(number: int, _frame: FrameType | None) -> None:
        if child.poll() is None:
            child.send_signal(signal.SIGINT if number == signal.SIGINT else signal.SIGTERM)

    try:
        before = {number: signal.signal(number, forward) for number in _SIGNALS}
    except ValueError:  # not the main thread: whoever owns the signals handles them
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Loads a stack: for the Pulumi program from the engine's configuration, for commands without an engine from the file.

Both say everything that is wrong at once, with file, line and remedy (:class:`config.problems.StackFileError`). A
secret's value is never part of a message.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path as FilePath
from typing import Any, Final, Protocol

from config import fields
from config.judge import judge
from config.model import StackConfig
from config.names import NAMESPACE
from config.problems import Path, Problem, StackFileError
from config.scalars import SENTINEL
from config.source import TOP, UNKNOWN_SECRET, Source, parse
from config.translate import Values, step

STACK_FILE_VARIABLE: Final = "UNIFIEDMETA_STACK_FILE"
"""Environment variable with the path of the file that line numbers are taken from, where it is not the usual one."""
STACKS_FOLDER: Final = "stacks"


class EngineConfig(Protocol):
    """What the loader needs of `pulumi.Config`."""

    def get(self, key: str) -> str | None:
        """The value as text, structured ones as JSON; None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class LoadedStack:
    """A stack that was read from its file; encrypted values are :data:`config.source.UNKNOWN_SECRET`."""

    stack: StackConfig
    name: str
    file: str
    lines: dict[Path, int] = field(repr=False)

    def refuse(self, problems: Sequence[Problem]) -> None:
        """Raises StackFileError with the lines of this file when there are problems."""
        if problems:
            raise StackFileError(problems, self.file, self.lines)


def stack_file(stack_name: str) -> FilePath:
    """Where the stack's file is, relative to the project's folder; it may not exist."""
    elsewhere = os.environ.get(STACK_FILE_VARIABLE)
    return FilePath(elsewhere) if elsewhere else FilePath(STACKS_FOLDER) / f"Pulumi.{stack_name}.yaml"


def stack_name_of(file: FilePath) -> str:
    """The stack that a file belongs to: `aws-dev` for Pulumi.aws-dev.yaml."""
    return file.name.removesuffix(".yaml").removeprefix("Pulumi.")


def load_file(path: str | os.PathLike[str]) -> LoadedStack:
    """The stack of a file, without an engine. Errors: StackFileError with all problems."""
    file = FilePath(path)
    source = _read(file)
    if source is None:
        raise StackFileError([_absent(file)], str(file))
    if source.broken:
        raise StackFileError(source.problems, source.file, source.lines)
    tree = {name: _engine_value(value) for name, value in source.values.items()}
    values = Values(tree, source.raw, hidden=lambda path: _within(path, source.secure))
    name = stack_name_of(file)
    stack, problems = judge(values, name, [*source.problems, *_of_secrets(tree, source, lambda _: False)])
    if stack is None:
        raise StackFileError(problems, source.file, source.lines)
    return LoadedStack(stack, name, source.file, source.lines)


def load_program(config: EngineConfig, stack_name: str) -> StackConfig:
    """The stack of the running Pulumi program: `secure:` values decrypted, `--config` applied.

    The stack's file is read for line numbers and for what only it can tell (keys that Pulumi drops); it may be absent.
    Errors: StackFileError with all problems, of a kind that Pulumi prints without a stack trace.
    """
    source = _read(stack_file(stack_name)) or Source("")
    names = {*fields.section_names(), *_engine_names()}
    found = {name: config.get(name) for name in sorted(names)}
    tree = {name: _engine_value(value) for name, value in found.items() if value is not None}
    values = Values(
        tree,
        source.raw,
        hidden=lambda path: _within(path, source.secure) or (path not in source.lines and _is_secret(str(path[0]))),
    )
    # The engine may have its values from elsewhere than this file, so a file without `config:` is none of our business.
    of_the_file = [problem for problem in source.problems if problem.path != (TOP,)]
    stack, problems = judge(values, stack_name, [*of_the_file, *_of_secrets(tree, source, _is_secret)])
    if stack is None:
        raise refusal(problems, stack_name)
    return stack


def refusal(problems: Sequence[Problem], stack_name: str) -> StackFileError:
    """The error for problems found in the running program, also after loading (adapter, account guard, catalogue).

    It has the lines of the stack's file, and Pulumi prints it without a stack trace.
    """
    source = _read(stack_file(stack_name)) or Source(f"stack {stack_name}")
    return _program_error()(problems, source.file, source.lines)


@cache
def _program_error() -> type[StackFileError]:
    """StackFileError that is also the one error which Pulumi's language host takes for a message to the user."""
    from pulumi import RunError

    class ProgramError(StackFileError, RunError):
        def __str__(self) -> str:
            return f"{len(self.problems)} problem{'s' * (len(self.problems) != 1)} in the stack file\n{self.render()}"

    return ProgramError


def _read(file: FilePath) -> Source | None:
    """The parsed file, None when there is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        source = Source(str(file), broken=True)
        source.problems.append(Problem(("(YAML)",), "is not UTF-8 text", "save it in UTF-8"))
        return source
    return parse(text, str(file))


def _absent(file: FilePath) -> Problem:
    there = sorted(stack_name_of(other) for other in file.parent.glob("Pulumi.*.yaml"))
    remedy = (
        f"choose one of: {', '.join(there)}; or copy one of them to a new name"
        if there
        else "copy a stack file of a fresh checkout"
    )
    return Problem(("(file)",), "there is no such stack file", remedy)


def _engine_value(value: Any) -> Any:
    """A section as the engine hands it over: structured values are JSON, and so are numbers and booleans."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _engine_names() -> Iterator[str]:
    """Names of all our keys that the engine gave to the program, also those that the model does not know."""
    from pulumi.runtime import config as engine

    prefix = f"{NAMESPACE}:"
    for key in (*engine.CONFIG.get(), *engine.get_config_env()):
        if key.startswith(prefix):
            yield key.removeprefix(prefix)


def _is_secret(section: str) -> bool:
    """Whether the engine holds the section for a secret, wholly or in part."""
    from pulumi.runtime import is_config_secret

    return is_config_secret(f"{NAMESPACE}:{section}")


def _within(path: Path, paths: Iterable[Path]) -> bool:
    return any(path[: len(outer)] == outer for outer in paths)


def _of_secrets(tree: Any, source: Source, engine_secret: Callable[[str], bool]) -> Iterator[Problem]:
    """Secrets that are in clear, and encrypted values that are none."""
    name = stack_name_of(FilePath(source.file)) if source.file else "<stack>"
    for path in _secret_paths((), tree):
        in_file = path in source.lines
        clear = not _within(path, source.secure) if in_file else not engine_secret(str(path[0]))
        if clear and not _still_to_change(tree, path):
            key = f"{NAMESPACE}:{Problem(path, '', '').key}"
            remedy = f"take a new secret, this one has been seen, and type: pulumi config set --path --secret {key} -s {name}"
            yield Problem(path, "is a secret in clear", remedy)
    for path in sorted(source.secure, key=str):
        expected = fields.place(path)
        if expected is not None and not expected.secret:
            fault = (
                "is encrypted, but is no secret: it goes into names and tags, and commands without an engine need it"
            )
            whole = "write its keys in clear, and encrypt only a secret among them"
            yield Problem(path, fault, whole if expected.section else "write it in clear")


def _still_to_change(tree: Any, path: Path) -> bool:
    """Whether the value is no secret yet but the word that says so, which is a problem of its own."""
    for part in path:
        tree = step(tree, part)
    return SENTINEL in str(tree)


def _secret_paths(path: Path, node: Any) -> Iterator[Path]:
    """Paths of the values in `node` that the model holds for secrets."""
    expected = fields.place(path)
    if expected is None:
        return
    if expected.secret and node not in (None, ""):
        yield path
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _secret_paths((*path, key), value)


__all__ = [
    "STACK_FILE_VARIABLE",
    "UNKNOWN_SECRET",
    "EngineConfig",
    "LoadedStack",
    "load_file",
    "load_program",
    "refusal",
    "stack_file",
    "stack_name_of",
]

"""Runs the program in this process, isolated enough that the next run starts as if it were the first."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.stack import run_in_stack
from pulumi.runtime.sync_await import _ensure_event_loop

from sandbox.engine.monitor import Log, Monitor
from sandbox.engine.registry import OptionError

T = TypeVar("T")
Program = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Context:
    """What the program can ask about the run that it is in."""

    project: str
    stack: str
    organization: str
    preview: bool
    settings: Mapping[str, str]
    secret_keys: Collection[str]
    root: Path | None = None


class _Here(ThreadPoolExecutor):
    """Does the work at once, on the calling thread.

    The SDK hands every call of the monitor to the event loop's executor because it expects a network behind it. Behind ours
    there is none: without threads the order of registrations is the same in every run, and each saves two switches.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  it belongs to whoever awaits the result
            done.set_exception(error)
        return done


def run_program(
    program: Program, monitor: Monitor, log: Log, context: Context, loop: asyncio.AbstractEventLoop | None = None
) -> None:
    """Run `program` and everything that it registers to the end. Raises what it raises.

    All that the SDK keeps of a run it keeps in context variables, so a context of its own leaves nothing behind. With
    `loop` the outputs of the program stay usable on that loop afterwards.
    """

    def run() -> None:
        settings.ROOT.set(None)
        settings.configure(
            settings.Settings(
                project=context.project,
                stack=context.stack,
                organization=context.organization,
                monitor=monitor,
                engine=log,
                dry_run=context.preview,
                root_directory=str(context.root) if context.root else None,
            )
        )
        set_all_config(dict(context.settings), list(context.secret_keys))
        with patient_collector(), _event_loop(loop) as running:
            running.run_until_complete(run_in_stack(lambda: _discard(program())))

    contextvars.copy_context().run(run)


@contextmanager
def patient_collector() -> Iterator[None]:
    """Look for garbage seldom.

    A run makes many small objects beside the hundreds of thousands that cloud SDKs keep for good; going through all of
    those again and again is half of the time of a run.
    """
    former = gc.get_threshold()
    gc.set_threshold(_YOUNG_OBJECTS, *former[1:])
    try:
        yield
    finally:
        gc.set_threshold(*former)


_YOUNG_OBJECTS: Final = 1_000_000
"""Before a collection: at most about 100 MB of garbage wait for it, more than three runs of a stack make."""


def _discard(_result: object) -> None:
    """The SDK awaits what a program returns; ours return nothing."""


@contextmanager
def _event_loop(given: asyncio.AbstractEventLoop | None) -> Iterator[asyncio.AbstractEventLoop]:
    loop = given or asyncio.new_event_loop()
    loop.set_default_executor(_Here(max_workers=1))
    # A run that fails leaves futures that nobody awaits, and asyncio would complain on stderr about each when it goes.
    loop.set_exception_handler(lambda _loop, _context: None)
    former = _ensure_event_loop()  # type: ignore[no-untyped-call]
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        if given is None:
            _close(loop)
        asyncio.set_event_loop(former)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    if waiting:
        loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
    loop.close()


def main_module(project_dir: Path) -> Program:
    """The project's `__main__.py` as a program, run anew each time; wants to be :func:`at_home`."""
    return lambda: runpy.run_path(str(project_dir / "__main__.py"), run_name="__main__")


@contextmanager
def at_home(project_dir: Path) -> Iterator[None]:
    """In the project's folder, its modules importable and forgotten afterwards.

    Modules that were loaded before stay, and so do all where the folder was importable anyhow: they are the process's own.
    """
    here = str(project_dir)
    known = here in sys.path
    before, folder = set(sys.modules), Path.cwd()
    if not known:
        sys.path.insert(0, here)
    os.chdir(project_dir)
    try:
        yield
    finally:
        os.chdir(folder)
        if not known:
            sys.path.remove(here)
            for name in set(sys.modules) - before:
                if _belongs(sys.modules[name], project_dir):
                    del sys.modules[name]


def _belongs(module: Any, project_dir: Path) -> bool:
    """Whether a module is the project's own source, and not a library installed below it."""
    file = getattr(module, "__file__", None)
    if not file:
        return False
    path = Path(file)
    return path.is_relative_to(project_dir) and "site-packages" not in path.parts


def user_traceback(error: BaseException, project_dir: Path | None) -> str:
    """The traceback from the first frame that is the program's own; all of it where there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    for index, frame in enumerate(frames):
        if project_dir is not None and Path(frame.filename) == project_dir / "__main__.py":
            frames = traceback.StackSummary.from_list(frames[index:])
            break
    return "".join((*traceback.format_list(frames), *traceback.format_exception_only(error)))


def is_for_people(error: BaseException) -> bool:
    """Whether the message says it all and a traceback would only bury it."""
    return isinstance(error, pulumi.RunError | SystemExit | OptionError)

"""Runs of a stack in the sandbox: up, preview, refresh, destroy. The API of the in-process driver; see docs/sandbox.md."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import Any

from sandbox.engine.config import as_settings, project_name
from sandbox.engine.deployment import Deployment
from sandbox.engine.events import Listener, RunFinished, RunStarted, nobody
from sandbox.engine.faults import NO_FAULTS, Faults
from sandbox.engine.monitor import Log, Monitor
from sandbox.engine.operations import Operations
from sandbox.engine.program import (
    Context,
    Program,
    at_home,
    is_for_people,
    main_module,
    patient_collector,
    run_program,
    user_traceback,
)
from sandbox.engine.properties import Properties
from sandbox.engine.refreshing import refresh
from sandbox.engine.registry import ProviderFactory, Registry
from sandbox.engine.report import Report
from sandbox.engine.state import Nowhere, Snapshot, StateFile, Store
from sandbox.engine.steps import Durations, Result
from sandbox.engine.urns import STACK_TYPE


@dataclass(slots=True)
class Engine:
    """One stack of one project. Every method is one run and leaves nothing behind in the process.

    Raises StateInUseError, StateError, SealError and ProjectError before a run begins; whatever goes wrong in one is in the
    problems of its result.
    """

    project_dir: Path
    """Folder of Pulumi.yaml and __main__.py."""
    stack_name: str
    providers: ProviderFactory
    config: Mapping[str, Any] = field(default_factory=dict)
    """Settings by full key; values that are not text are handed over as JSON, as the real engine does."""
    secret_keys: Collection[str] = ()
    """Keys of the settings that are secret."""
    state_path: Path | None = None
    """File of the state, such as `.sandbox/aws-dev/state.json`; without one every run starts from nothing and leaves nothing."""
    faults: Faults = NO_FAULTS
    on_event: Listener = nobody
    organization: str = "organization"
    program: Program | None = None
    """Run instead of __main__.py."""
    project: str = ""
    """Name of the project; from Pulumi.yaml where it is empty."""

    def up(self) -> Result:
        """Make the simulated cloud as the program says, and record it."""
        return self._with_program("up", preview=False)

    def preview(self) -> Result:
        """What :meth:`up` would do. Changes nothing, waits for no lock."""
        return self._with_program("preview", preview=True)

    def refresh(self, *, preview: bool = False) -> Result:
        """Make the state as the simulated cloud is."""
        return self._run("refresh", preview=preview, work=lambda run: refresh(run.deployment))

    def destroy(self, *, preview: bool = False) -> Result:
        """Delete everything, unless any of it is protected: then say what, and delete nothing."""
        return self._run("destroy", preview=preview, work=lambda run: run.deployment.replacement.finish())

    def _with_program(self, operation: str, *, preview: bool) -> Result:
        return self._run(operation, preview=preview, work=self._work)

    def _work(self, run: _Run) -> None:
        home = nullcontext() if self.program else at_home(self.project_dir)
        context = Context(
            project=run.deployment.project,
            stack=self.stack_name,
            organization=self.organization,
            preview=run.deployment.preview,
            settings=run.settings,
            secret_keys=self.secret_keys,
            root=self.project_dir,
        )
        monitor = Monitor(run.deployment)
        try:
            with home:
                run_program(self.program or main_module(self.project_dir), monitor, Log(run.deployment.report), context)
        except SystemExit as end:
            if end.code:  # a program may end itself early, and well
                raise
        finally:
            run.driver_seconds = monitor.seconds
        run.deployment.replacement.finish()

    def _run(self, operation: str, *, preview: bool, work: Callable[[_Run], None]) -> Result:
        begun = perf_counter()
        project = self.project or project_name(self.project_dir)
        report = Report(self.on_event)
        settings = as_settings(self.config, project)
        report.hide_texts(settings[key] for key in self.secret_keys if key in settings)
        with ExitStack() as files:
            files.enter_context(patient_collector())
            snapshot, store = self._open(project, files, report, preview=preview)
            operations = Operations(preview=preview, store=store, faults=self.faults, emit=report.emit)
            registry = Registry(self.providers)
            deployment = Deployment(
                project=project,
                stack=self.stack_name,
                snapshot=snapshot,
                store=store,
                registry=registry,
                operations=operations,
                report=report,
                config=settings,
                stack_outputs=lambda name: self._outputs_of(project, name),
            )
            run = _Run(deployment, settings)
            report.emit(RunStarted(self.stack_name, operation, len(snapshot.resources)))
            with _interruptible(operations):
                self._guarded(run, work)
        return self._finished(run, perf_counter() - begun)

    def _guarded(self, run: _Run, work: Callable[[_Run], None]) -> None:
        report = run.deployment.report
        try:
            run.deployment.registry.load(run.deployment.olds.values())
            work(run)
        except KeyboardInterrupt:
            report.problem(
                "interrupted: what was done is recorded, and the next run goes on from there", kind="interrupted"
            )
        except (Exception, SystemExit) as error:  # noqa: BLE001  whatever the program raises is a problem of the run
            detail = "" if is_for_people(error) else user_traceback(error, self.project_dir)
            report.problem(str(error) or type(error).__name__, kind="program", detail=detail)

    def _open(self, project: str, files: ExitStack, report: Report, *, preview: bool) -> tuple[Snapshot, Store]:
        if self.state_path is None:
            return Snapshot(), Nowhere()
        state = StateFile(self.state_path, project, self.stack_name)
        if preview:
            return state.read(), Nowhere()
        files.enter_context(state)
        report.notes += state.notes
        for urn, kind in list(state.snapshot.pending.items()):
            report.notes.append(
                f"an earlier run was cut short while it tried to {kind} {urn}: that is done again where it is needed"
            )
            state.end(urn)
        return state.snapshot, state

    def _outputs_of(self, project: str, stack: str) -> Properties | None:
        """The outputs of another stack, whose state lies beside ours."""
        if self.state_path is None:
            return None
        path = self.state_path.parent.parent / stack / self.state_path.name
        if not path.exists():
            return None
        snapshot = StateFile(path, project, stack).read()
        return next((resource.outputs for resource in snapshot.resources.values() if resource.type == STACK_TYPE), None)

    def _finished(self, run: _Run, seconds: float) -> Result:
        deployment = run.deployment
        stack = next((resource for resource in deployment.news.values() if resource.type == STACK_TYPE), None)
        result = Result(
            steps=deployment.report.sorted_steps(),
            outputs=dict(sorted(stack.outputs.masked().items())) if stack else {},
            problems=tuple(deployment.report.problems),
            notes=tuple(deployment.report.notes),
            durations=Durations(seconds, run.driver_seconds, deployment.operations.seconds),
        )
        deployment.report.emit(RunFinished(result))
        return result


@dataclass(slots=True)
class _Run:
    deployment: Deployment
    settings: dict[str, str]
    driver_seconds: float = 0.0


@contextmanager
def _interruptible(operations: Operations) -> Iterator[None]:
    """The first Ctrl-C lets an operation that is under way end and be recorded; the second stops at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if not operations.interrupt():
            raise KeyboardInterrupt

    former = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)

"""What is measured in a process of its own: `python -m bench.jobs JOB ARGUMENTS` prints one line of JSON."""

from __future__ import annotations

import gc
import json
import py_compile
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from bench.process import ROOT
from cli.preload import load, loading, preload

if TYPE_CHECKING:
    from adapters.catalogue import Component
    from sandbox.engine.run import Engine
    from sandbox.engine.steps import Result

_FLOOR: Final = "floor.py"
_ROUNDS: Final = 4
"""At most so often is the floor tried until the simulated cloud accepts its order."""

Answer = dict[str, Any]


class JobError(Exception):
    """What was to be measured does not work."""


def record_floor(stack: str, folder: str) -> Answer:
    """Bring a stack up once and write its floor below `folder`. Gives what the other jobs need."""
    from bench.floor import floor_source, sdk_modules
    from sandbox.engine.state import StateFile
    from sandbox.engine.urns import type_of

    preload(_csp(stack))
    engine = _engine(stack, {}, keep=True)
    _up(engine)
    if engine.state_path is None:
        raise JobError("the run kept no state")
    resources = list(StateFile(engine.state_path, "unifiedmeta", stack).read().resources.values())
    file, waiting = Path(folder) / _FLOOR, set[str]()
    for _ in range(_ROUNDS):
        file.write_text(floor_source(resources, waiting=waiting), encoding="utf-8")
        problems = _floor_engine(stack, file, keep=False).up().problems
        if not problems:
            py_compile.compile(str(file), doraise=True)
            return {"sdks": sdk_modules(resources), "waiting": sorted(waiting)}
        waiting |= {type_of(problem.urn) for problem in problems if problem.urn}
    raise JobError(f"the floor is refused: {problems[0]}")


def run_program(stack: str, sdks: Sequence[str]) -> Answer:
    """The real program, up from nothing, as `um sandbox up` does it: the stack file, then the SDKs, then the program."""
    csp = _csp(stack)
    with loading():
        seconds = _seconds(lambda: _load_all(sdks))
        preload(csp)
    return {"sdks": seconds, **_durations(_up(_engine(stack, {}, keep=True)))}


def run_floor(stack: str, sdks: Sequence[str], folder: str) -> Answer:
    """The floor, up from nothing."""
    with loading():
        seconds = _seconds(lambda: _load_all(sdks))
    return {"sdks": seconds, **_durations(_up(_floor_engine(stack, Path(folder) / _FLOOR, keep=True)))}


def run_variant(stack: str, sections: Mapping[str, Mapping[str, Any]], copies: int = 1) -> Answer:
    """The real program with keys of some sections changed and every component of the platform so many times.

    It runs twice: the second run finds every class and type looked into.
    """
    preload(_csp(stack))
    _multiply_components(copies)
    _up(_engine(stack, sections, keep=False))
    _settle()
    return _durations(_up(_engine(stack, sections, keep=False)))


def _multiply_components(copies: int) -> None:
    from components.platform import selection
    from components.platform.catalogue import COMPONENTS

    more = (_copy(component, number) for number in range(1, copies) for component in COMPONENTS)
    vars(selection)["COMPONENTS"] = (*COMPONENTS, *more)


def _copy(component: Component, number: int) -> Component:
    """The component once more, in a namespace of its own, after copies of what it comes after."""

    def named(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(f"{name}-{number}" for name in names)

    return replace(
        component,
        name=f"{component.name}-{number}",
        namespace=f"{component.namespace}-{number}",
        needs=named(component.needs),
        after=named(component.after),
        provides=component.provides and f"{component.provides}-{number}",
        profiles=component.stems,
        service_account="",
    )


def run_synthetic(units: int) -> Answer:
    """A program of so many equal parts, run once with one part before."""
    from bench.synthetic import MODULES, program_of

    with loading():
        _load_all(MODULES)
    _up(_bare_engine("synthetic", program_of(1)))
    _settle()
    return _durations(_up(_bare_engine("synthetic", program_of(units))))


def import_sdks(stack: str) -> Answer:
    """What the SDKs' packages take, see :mod:`bench.sdk_imports`."""
    from bench.sdk_imports import seconds_and_users

    return seconds_and_users(_csp(stack))


def _settle() -> None:
    """Clear away what a first run left behind, so that the second does not pay for it."""
    gc.collect()
    gc.freeze()


def _load_all(names: Sequence[str]) -> None:
    for name in names:
        load(name)


def _seconds(call: Callable[[], object]) -> float:
    begun = perf_counter()
    call()
    return perf_counter() - begun


def _csp(stack: str) -> str:
    from config.load import load_file

    return load_file(_file(stack)).stack.cloud.csp.value


def _file(stack: str) -> Path:
    return ROOT / "stacks" / f"Pulumi.{stack}.yaml"


def _engine(stack: str, sections: Mapping[str, Mapping[str, Any]], *, keep: bool) -> Engine:
    from cli import runs

    engine = runs.engine(ROOT, stack, _file(stack), keep=keep)
    config = dict(engine.config)
    for name, keys in sections.items():
        config[f"unifiedmeta:{name}"] = {**config.get(f"unifiedmeta:{name}", {}), **keys}
    engine.config = config
    return engine


def _floor_engine(stack: str, file: Path, *, keep: bool) -> Engine:
    from cli.runs import state_path

    def run() -> None:
        spec = spec_from_file_location(file.stem, file)
        if spec is None or spec.loader is None:
            raise JobError(f"{file} is no module")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.program()

    engine = _bare_engine(stack, run)
    engine.state_path = state_path(ROOT, "floor") if keep else None
    return engine


def _bare_engine(stack: str, program: Callable[[], object]) -> Engine:
    from sandbox.engine.run import Engine
    from sandbox.simulators import provider_for

    return Engine(ROOT, stack, provider_for, program=program)


def _up(engine: Engine) -> Result:
    result = engine.up()
    if result.problems:
        raise JobError("\n".join(f"{problem}\n{problem.detail}" for problem in result.problems[:5]))
    return result


def _durations(result: Result) -> Answer:
    durations = result.durations
    keys = sum(seconds for what, seconds in durations.provider.items() if what.startswith("tls:"))
    return {"total": durations.total, "driver": durations.driver, "keys": keys, "resources": len(result.steps)}


_JOBS: Final[Mapping[str, Callable[..., Answer]]] = {
    "record": record_floor,
    "program": run_program,
    "floor": run_floor,
    "variant": run_variant,
    "synthetic": run_synthetic,
    "imports": import_sdks,
}


def main(argv: Sequence[str]) -> None:
    """Run the job that the arguments name."""
    name, arguments = argv
    sys.stdout.write(json.dumps(_JOBS[name](**json.loads(arguments))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Imports everything that a stack's program will need, as a step of its own: it is most of the time of a run.

Cloud SDKs load a service package whole at the first attribute access. Doing that here, with the garbage collector off (nothing that an import
makes is garbage, and looking for it costs a quarter of the time), makes it visible and faster.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import walk_packages
from time import perf_counter
from types import ModuleType
from typing import Final

_COMMON = ("components",)


def preload(csp: str) -> float:
    """Import the common layer, the adapter of `csp`, and every SDK package that they bind. Gives seconds."""
    begun = perf_counter()
    with loading():
        for name in module_names(csp):
            for value in list(vars(import_module(name)).values()):
                if isinstance(value, ModuleType):
                    _load(value)
    return perf_counter() - begun


@contextmanager
def loading() -> Iterator[None]:
    """Imports in here are not interrupted by the garbage collector, and what they make it never looks at again.

    Afterwards it stays patient for the rest of the process: a command is short, and one look at everything that a run of the program has
    made takes longer than all of the run's checks.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(_YOUNG_OBJECTS)


_YOUNG_OBJECTS: Final = 1_000_000
"""Before a collection: at most about 100 MB of garbage wait for it, more than three runs of a stack make."""


def load(package: str) -> ModuleType:
    """An SDK package, whole: the SDKs put modules in place that load themselves at the first access to an attribute."""
    module = import_module(package)
    _load(module)
    return module


def _load(module: ModuleType) -> None:
    getattr(module, "__all__", None)


def module_names(csp: str) -> list[str]:
    """The modules that make up the program of a stack on `csp`."""
    found: list[str] = []
    for package in (*_COMMON, f"adapters.{csp}"):
        root = import_module(package)
        found += [package, *(one.name for one in walk_packages(root.__path__, f"{package}."))]
    return found

"""Imports everything that a stack's program will need, as a step of its own: it is most of the time of a run.

Cloud SDKs load a service package whole at the first attribute access. Doing that here, with the garbage collector off (nothing that an import
makes is garbage, and looking for it costs a quarter of the time), makes it visible and faster.
"""

from __future__ import annotations

import gc
import pkgutil
from importlib import import_module
from time import perf_counter
from types import ModuleType

_COMMON = ("components",)


def preload(csp: str) -> float:
    """Import the common layer, the adapter of `csp`, and every SDK package that they name. Gives seconds."""
    begun = perf_counter()
    gc.disable()
    try:
        for package in (*_COMMON, f"adapters.{csp}"):
            for module in _modules(package):
                _touch(module)
    finally:
        # What has been loaded stays: the collector need not look at it again.
        gc.freeze()
        gc.enable()
    return perf_counter() - begun


def _modules(package: str) -> list[ModuleType]:
    root = import_module(package)
    names = [found.name for found in pkgutil.walk_packages(root.__path__, f"{package}.")]
    return [root, *(import_module(name) for name in names)]


def _touch(module: ModuleType) -> None:
    """Make the lazily loaded SDK packages that a module has imported load now."""
    for value in list(vars(module).values()):
        if isinstance(value, ModuleType) and value.__name__.startswith("pulumi_"):
            getattr(value, "__doc__", None)

"""Imports everything that a stack's program will need, as a step of its own: it is most of the time of a run.

Cloud SDKs load a service package whole at the first attribute access. Doing that here, with the garbage collector off (nothing that an import
makes is garbage, and looking for it costs a quarter of the time), makes it visible and faster.
"""

from __future__ import annotations

import ast
import gc
import pkgutil
from importlib import import_module
from pathlib import Path
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
    """Load the lazily loaded SDK packages that a module's source names, such as `aws.ec2` in `aws.ec2.Vpc(…)`."""
    sdks = {name: value for name, value in vars(module).items() if isinstance(value, ModuleType)}
    sdks = {name: value for name, value in sdks.items() if value.__name__.startswith("pulumi_")}
    if not sdks or module.__file__ is None:
        return
    for node in ast.walk(ast.parse(Path(module.__file__).read_bytes())):
        if isinstance(node, ast.Attribute):
            first, *rest = _chain(node)
            found: object = sdks.get(first)
            for name in rest:
                if isinstance(found, ModuleType):
                    found = getattr(found, name, None)


def _chain(node: ast.expr) -> list[str]:
    """`["aws", "ec2", "Vpc"]` for the expression aws.ec2.Vpc; begins with an empty string where it has no name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [*([node.id] if isinstance(node, ast.Name) else [""]), *reversed(names)]

"""Imports everything that a stack's program will need, as a step of its own: it is most of the time of a run.

Cloud SDKs load a service package whole at the first attribute access. Doing that here, with the garbage collector off (nothing that an import
makes is garbage, and looking for it costs a quarter of the time), makes it visible and faster.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages
from time import perf_counter
from types import ModuleType
from typing import Final

_COMMON = ("components",)
_SDK_PREFIX: Final = "pulumi_"


def preload(csp: str) -> float:
    """Import the common layer, the adapter of `csp`, and every SDK package that they name. Gives seconds."""
    begun = perf_counter()
    with loading():
        for name, file in modules(csp).items():
            for package in sdk_packages(file.read_text(encoding="utf-8")):
                load(package)
            import_module(name)
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


_YOUNG_OBJECTS: Final = 300_000
"""Before a collection: at most about 50 MB of garbage wait for it."""


def load(package: str) -> ModuleType:
    """An SDK package, whole: the SDKs put modules in place that load themselves at the first access to an attribute."""
    module = import_module(package)
    getattr(module, "__all__", None)
    return module


def modules(csp: str) -> dict[str, Path]:
    """Names and files of the modules that make up the program of a stack on `csp`."""
    found: dict[str, Path] = {}
    for package in (*_COMMON, f"adapters.{csp}"):
        # Asking for a module's spec imports the packages above it, which are empty, and not the module.
        names = [package, *(one.name for one in walk_packages(map(str, _folders(package)), f"{package}."))]
        origins = {name: spec.origin for name in names if (spec := find_spec(name))}
        found |= {name: Path(origin) for name, origin in origins.items() if origin}
    return found


def sdk_packages(source: str) -> list[str]:
    """The SDK packages that a module's source uses, such as `pulumi_aws.ec2` for `aws.ec2.Vpc(…)`. Loads none of them."""
    if _SDK_PREFIX not in source:
        return []
    nodes = _executed(ast.parse(source))
    names = dict(bound for node in nodes for bound in _bound(node))
    found = dict.fromkeys(_package(qualified) for qualified in names.values())
    for node in nodes:
        if isinstance(node, ast.Attribute):
            first, *rest = _chain(node)
            if first in names:
                found[_package(".".join((names[first], *rest)))] = None
    # What is above another one is loaded with it.
    return [name for name in found if not any(other.startswith(name + ".") for other in found)]


def _executed(node: ast.AST) -> list[ast.AST]:
    """A node and every one below it, without what only a type checker reads."""
    below = [node]
    for one in below:
        if not (isinstance(one, ast.If) and isinstance(one.test, ast.Name) and one.test.id == "TYPE_CHECKING"):
            below += ast.iter_child_nodes(one)
    return below


def _bound(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Local and qualified name of everything that an import statement takes from an SDK."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.startswith(_SDK_PREFIX):
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
    elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_SDK_PREFIX):
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _package(qualified: str) -> str:
    """The innermost package of a qualified name: `pulumi_aws.ec2` of `pulumi_aws.ec2.Vpc.id`."""
    root, *rest = qualified.split(".")
    for folder in _folders(root):
        place, found = folder, root
        for part in rest:
            place /= part
            if not (place / "__init__.py").is_file():
                break
            found += f".{part}"
        return found
    return root


@cache
def _folders(package: str) -> tuple[Path, ...]:
    spec = find_spec(package)
    return tuple(map(Path, spec.submodule_search_locations or ())) if spec else ()


def _chain(node: ast.expr) -> list[str]:
    """`["aws", "ec2", "Vpc"]` for the expression aws.ec2.Vpc; begins with an empty string where it has no name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [*([node.id] if isinstance(node, ast.Name) else [""]), *reversed(names)]

"""Which SDK packages the program's modules use, and what each takes to import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from cli.preload import load, loading, module_names

_SDK_PREFIX: Final = "pulumi_"


def seconds_and_users(csp: str) -> dict[str, Any]:
    """Seconds of every SDK package, in the order in which the program loads them, each with what it alone needs; and who uses it."""
    seconds: dict[str, float] = {}
    users: dict[str, list[str]] = {}
    with loading():
        seconds["pulumi"] = _seconds_of("pulumi")
        for module in module_names(csp):
            for package in sdk_packages(_source(module)):
                for one in dict.fromkeys((package.partition(".")[0], package)):
                    if one not in seconds:
                        seconds[one] = _seconds_of(one)
                users.setdefault(package, []).append(module)
    return {"seconds": seconds, "users": users}


def _seconds_of(package: str) -> float:
    begun = perf_counter()
    load(package)
    return perf_counter() - begun


def _source(module: str) -> str:
    """Asking for a module's spec imports the packages above it, which are empty, and not the module."""
    spec = find_spec(module)
    return Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""


def sdk_packages(source: str) -> list[str]:
    """The SDK packages that a module's source uses, such as `pulumi_aws.ec2` for `aws.ec2.Vpc(…)`. Loads none of them."""
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

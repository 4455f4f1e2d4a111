"""Helm values of a component: profiles from values/, then its size, then facts, then the customer's own file.

Profiles are plain Helm values, usable by `helm -f` as they are: values/<stem>.yaml is portable, values/<stem>-<csp>.yaml holds only what
differs. Facts are placed by files of the same structure under values/facts/, whose texts name them: `${cluster.id}`.
Merging is Helm's own: maps are merged, everything else is replaced. Pure functions, but for reading these files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pulumi
import yaml

from adapters.catalogue import Component
from components.platform.facts import PublicFact, PublicFacts, SecretFact, SecretFacts
from config.model import StackConfig

FOLDER = Path(__file__).resolve().parents[2] / "values"
_FACT = re.compile(r"\$\{([^}]*)\}")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Tree = dict[str, Any]


class ValuesError(ValueError):
    """A values file cannot be used: which file, what is wrong with it, what it may say."""


@lru_cache(maxsize=256)
def read(file: Path) -> Tree:
    """One values file; an empty one is an empty map. Callers must not change the result.

    Errors: ValuesError when it is not YAML or not a map.
    """
    try:
        content = yaml.load(file.read_text(), Loader=_LOADER)  # noqa: S506  the C twin of SafeLoader
    except yaml.YAMLError as error:
        raise ValuesError(f"{file}: not YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ValuesError(f"{file}: Helm values are a map, this is a {type(content).__name__}")
    return content


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Tree:
    """`over` laid over `base` as Helm does it: maps are merged, anything else is replaced. Changes neither."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def profile_files(component: Component, stack: StackConfig, folder: Path = FOLDER) -> tuple[Path, ...]:
    """The profiles that there are, in the order of merging: portable ones, the CSP's, those of the stack's size.

    Errors: ValuesError when a stem has no file at all, facts included: its name is misspelt.
    """
    csp, size = stack.cloud.csp.value, stack.platform.size
    stems = component.stems(stack)
    for stem in stems:
        if not any((folder / part).is_file() for part in _files_of(stem, csp)):
            raise ValuesError(f"{component.name}: there is neither {folder / stem}.yaml nor one with -{csp} at its end")
    wanted = [folder / f"{stem}.yaml" for stem in stems]
    wanted += [folder / f"{stem}-{csp}.yaml" for stem in stems]
    wanted += [folder / "sizes" / f"{stem}-{size}.yaml" for stem in stems]
    return tuple(file for file in wanted if file.is_file())


def fact_files(component: Component, stack: StackConfig, folder: Path = FOLDER) -> tuple[Path, ...]:
    """The files that place facts, in the order of merging."""
    csp, stems = stack.cloud.csp.value, component.stems(stack)
    wanted = [folder / "facts" / f"{stem}{end}.yaml" for end in ("", f"-{csp}") for stem in stems]
    return tuple(file for file in wanted if file.is_file())


def secret_files(component: Component, stack: StackConfig, folder: Path = FOLDER) -> tuple[Path, ...]:
    """The files that say which Kubernetes Secrets a component reads, and which secret facts are in them."""
    csp, stems = stack.cloud.csp.value, component.stems(stack)
    wanted = [folder / "facts" / f"{stem}{end}.secrets.yaml" for end in ("", f"-{csp}") for stem in stems]
    return tuple(file for file in wanted if file.is_file())


def _files_of(stem: str, csp: str) -> Iterator[str]:
    for folder in ("", "facts/"):
        yield f"{folder}{stem}.yaml"
        yield f"{folder}{stem}-{csp}.yaml"


def plain(component: Component, stack: StackConfig, folder: Path = FOLDER) -> Tree:
    """The values that are known without a run: all profiles merged."""
    merged: Tree = {}
    for file in profile_files(component, stack, folder):
        merged = merge(merged, read(file))
    return merged


def used(tree: Any) -> Iterator[str]:
    """The names of the facts in a facts file's content, in the order of the file."""
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from used(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from used(value)
    elif isinstance(tree, str):
        yield from _FACT.findall(tree)


def place(tree: Any, facts: PublicFacts, file: Path) -> Any:
    """The content of a facts file with every `${name}` replaced.

    A text that is nothing but one fact takes its value as it is; inside a text, facts are joined with what is around them.
    Errors: ValuesError naming file and fact when there is no such fact.
    """
    if isinstance(tree, Mapping):
        return {key: place(value, facts, file) for key, value in tree.items()}
    if isinstance(tree, list):
        return [place(value, facts, file) for value in tree]
    if not isinstance(tree, str) or not _FACT.search(tree):
        return tree
    return _text(tree, facts, file)


def _text(text: str, facts: PublicFacts, file: Path) -> Any:
    alone = _FACT.fullmatch(text)
    if alone:
        fact = _lookup(alone[1], facts, file)
        return _simple(fact) if isinstance(fact.value, str | tuple) else fact.output
    pieces = _FACT.split(text)
    parts = [piece if index % 2 == 0 else _lookup(piece, facts, file) for index, piece in enumerate(pieces)]
    if all(isinstance(part, str) or isinstance(part.value, str) for part in parts):
        return "".join(part if isinstance(part, str) else str(part.value) for part in parts)
    return pulumi.Output.concat(*(part if isinstance(part, str) else part.output for part in parts))


def _simple(fact: PublicFact) -> str | list[str]:
    return list(fact.value) if isinstance(fact.value, tuple) else str(fact.value)


def _lookup(name: str, facts: PublicFacts, file: Path) -> PublicFact:
    try:
        fact = facts[name]
    except KeyError:
        raise ValuesError(f"{file}: there is no fact {name} here; this stack has {', '.join(sorted(facts))}") from None
    if not isinstance(fact, PublicFact):
        raise ValuesError(f"{file}: {name} is no public fact and must not stand in Helm values")
    return fact


def values(component: Component, stack: StackConfig, facts: PublicFacts, overlays: Path, folder: Path = FOLDER) -> Tree:
    """All of a component's values: profiles, size, facts, and the file that the stack names in `platform.values`.

    `overlays`: the stack file's folder, which that name is relative to.
    """
    merged = plain(component, stack, folder)
    for file in fact_files(component, stack, folder):
        merged = merge(merged, place(read(file), facts, file))
    overlay = stack.platform.values.get(component.name)
    return merge(merged, read(overlays / overlay)) if overlay else merged


def secret_names(component: Component, stack: StackConfig, folder: Path = FOLDER) -> set[str]:
    """The names of the secret facts that the component's Secrets are made of."""
    return {name for file in secret_files(component, stack, folder) for name in used(read(file))}


def secrets(
    component: Component, stack: StackConfig, facts: SecretFacts, folder: Path = FOLDER
) -> dict[str, dict[str, SecretFact]]:
    """The Kubernetes Secrets that must be there before the component: name to key to secret fact.

    Errors: ValuesError naming file and entry when a value is anything but one secret fact.
    """
    found: dict[str, dict[str, SecretFact]] = {}
    for file in secret_files(component, stack, folder):
        for name, entries in read(file).items():
            found[name] = {key: _secret(text, facts, file, f"{name}.{key}") for key, text in entries.items()}
    if undeclared := found.keys() ^ set(component.secrets if found else ()):
        raise ValuesError(
            f"{component.name}: its Secrets and those of its .secrets.yaml differ: {', '.join(sorted(undeclared))}"
        )
    return found


def _secret(text: Any, facts: SecretFacts, file: Path, entry: str) -> SecretFact:
    alone = _FACT.fullmatch(text) if isinstance(text, str) else None
    if alone is None:
        raise ValuesError(f"{file}: {entry} must be one secret fact, written ${{name}}, and nothing else")
    if alone[1] not in facts:
        raise ValuesError(
            f"{file}: there is no secret fact {alone[1]}; this stack has {', '.join(sorted(facts)) or 'none'}"
        )
    return facts[alone[1]]

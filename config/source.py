"""Reads the text of a stack file: values, the line of every key, and what is wrong with the file's form.

Scalars are read as Pulumi's CLI reads them (YAML 1.2 words, so `on` and `off` are text), with PyYAML's C parser for
speed. No value below `config:` is judged here; :mod:`config.load` does that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

import yaml

from config.csp import PROVIDER_NAMESPACES
from config.fields import section_names
from config.names import NAMESPACE
from config.problems import Path, Problem

PULUMI_KEYS: Final = ("config", "encryptionsalt", "encryptedkey", "secretsprovider", "environment")
"""Top-level keys that Pulumi's CLI itself writes and keeps."""
UNKNOWN_SECRET: Final = "[secret]"  # noqa: S105 -- stands for a value that only the engine can decrypt
TOP: Final = "(top level)"
"""First part of the path of what stands outside `config:`."""

_FORM: Final = ("(YAML)",)
_PREFIX: Final = f"{NAMESPACE}:"
_WORDS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_LIST_TAG: Final = "tag:yaml.org,2002:seq"
_MAP_TAG: Final = "tag:yaml.org,2002:map"
_INT: Final = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class _Loader(yaml.CSafeLoader):
    """Composes nodes without guessing at scalar types; :func:`_scalar` does that."""

    yaml_implicit_resolvers: dict[str, Any] = {}


@dataclass(slots=True)
class Source:
    """A stack file as it is written."""

    file: str
    """Its path, as shown to people."""
    values: dict[str, Any] = field(default_factory=dict, repr=False)
    """Section name to value, without the `unifiedmeta:` prefix."""
    lines: dict[Path, int] = field(default_factory=dict)
    """Path to line, counted from 1."""
    raw: dict[Path, str] = field(default_factory=dict, repr=False)
    """Path of a plain scalar to its text, to show a number as it was written."""
    secure: set[Path] = field(default_factory=set)
    """Paths of values that are encrypted; in `values` they are :data:`UNKNOWN_SECRET`."""
    problems: list[Problem] = field(default_factory=list)
    """What is wrong with the form of the file."""
    broken: bool = False
    """Whether the file could not be read as YAML at all, so that `values` says nothing."""


def parse(text: str, file: str) -> Source:
    """The stack file `text`. Never raises for what is in it: faults are in `Source.problems`."""
    source = Source(file)
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        _syntax(source, error)
        return source
    if not isinstance(root, yaml.MappingNode):
        source.broken = True
        source.problems.append(
            Problem(_FORM, "is not a stack file", "begin with `config:`, as the other files in stacks do")
        )
        return source
    _Reader(source).top(root)
    return source


def _syntax(source: Source, error: yaml.YAMLError) -> None:
    source.broken = True
    mark, start = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is not None:
        source.lines[_FORM] = mark.line + 1
    parts = (getattr(error, "context", None), getattr(error, "problem", None))
    what = ", ".join(part for part in parts if part) or str(error).partition("\n")[0]
    if "\\t" in what or "tab" in what.lower():
        remedy = "indent with spaces: YAML takes no tabs"
    elif mark is not None:
        first, last = (start or mark).line + 1, mark.line + 1
        where = f"on line {last}" if first == last else f"on lines {first} to {last}"
        remedy = f"check indentation, quotes, brackets and colons {where}"
    else:
        remedy = "check the file's encoding: it must be UTF-8 text"
    source.problems.append(Problem(_FORM, f"is not valid YAML: {what}", remedy))


class _Reader:
    """Turns nodes into values and writes down lines and faults on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.seen: set[int] = set()

    def refuse(self, path: Path, node: yaml.Node, message: str, remedy: str) -> None:
        self.source.lines[path] = node.start_mark.line + 1
        self.source.problems.append(Problem(path, message, remedy))

    def top(self, root: yaml.MappingNode) -> None:
        """The whole file: only `config:` is ours, and Pulumi drops every key that it does not know."""
        for name, key, value in self.pairs((TOP,), root):
            if name == "config":
                self.source.lines[()] = key.start_mark.line + 1
                self.config(value)
            elif name not in PULUMI_KEYS:
                section = name.removeprefix(_PREFIX)
                if get_close_matches(name, ["config"]):
                    remedy = "did you mean 'config'?"
                elif section in section_names():
                    remedy = f"move it below `config:` as `{_PREFIX}{section}:`"
                else:
                    remedy = "remove it; comments may stand anywhere below `config:`"
                self.refuse(
                    (TOP, name), key, "stands outside `config:`, where Pulumi drops it when it saves the file", remedy
                )
        if () not in self.source.lines:
            self.source.broken = True
            if not self.source.problems:
                self.source.problems.append(
                    Problem((TOP,), "there is no `config:`", "add it; the other files in stacks are whole ones to copy")
                )

    def config(self, node: yaml.Node) -> None:
        """The mapping below `config:`."""
        if not isinstance(node, yaml.MappingNode):
            self.source.broken = True
            self.refuse(
                (TOP, "config"), node, "has no keys below it", f"write `{_PREFIX}apiVersion:` and the others there"
            )
            return
        for name, key, value in self.pairs((), node):
            section = name.removeprefix(_PREFIX)
            if name.startswith(_PREFIX) and ":" not in section:
                path = (section,)
                self.source.lines[path] = key.start_mark.line + 1
                self.source.values[section] = self.value(path, value)
            elif fault := _foreign(name):
                self.refuse((name,), key, *fault)

    def pairs(self, path: Path, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """Key text, key and value; a key that is written twice is refused, and the later one counts."""
        first: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            shown = name.removeprefix(_PREFIX) if not path else name
            if not isinstance(key, yaml.ScalarNode):
                self.refuse((*path, "?"), key, "is no plain key", "write `name: value`")
                continue
            if name == "<<":
                self.refuse(
                    (*path, name), key, "is a merge key, which Pulumi writes out when it saves", "repeat the keys"
                )
                continue
            if name in first:
                remedy = f"keep one of lines {first[name]} and {line}"
                self.refuse((*path, shown), key, f"is written twice, first on line {first[name]}", remedy)
            first.setdefault(name, line)
            yield name, key, value

    def value(self, path: Path, node: yaml.Node) -> Any:
        """The node's value."""
        if id(node) in self.seen:
            self.refuse(
                path, node, "is an alias, which Pulumi writes out when it saves", "repeat the value in place of *"
            )
            return None
        self.seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(path, node)
        if isinstance(node, yaml.SequenceNode) and node.tag == _LIST_TAG:
            return [self.item((*path, index), item) for index, item in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode) or node.tag != _MAP_TAG:
            self.refuse(path, node, f"has the YAML tag {node.tag}, which Pulumi drops", "remove the tag")
            return None
        if _is_secure(node):
            self.source.secure.add(path)
            return UNKNOWN_SECRET
        found = {}
        for name, key, value in self.pairs(path, node):
            self.source.lines[(*path, name)] = key.start_mark.line + 1
            found[name] = self.value((*path, name), value)
        return found

    def item(self, path: Path, node: yaml.Node) -> Any:
        self.source.lines[path] = node.start_mark.line + 1
        return self.value(path, node)

    def scalar(self, path: Path, node: yaml.ScalarNode) -> Any:
        if node.style not in (None, ""):
            return node.value
        if node.tag != _TEXT_TAG:
            self.refuse(path, node, f"has the YAML tag {node.tag}, which Pulumi drops", "remove the tag")
            return None
        self.source.raw[path] = node.value
        return _scalar(node.value)


def _is_secure(node: yaml.MappingNode) -> bool:
    return len(node.value) == 1 and isinstance(node.value[0][0], yaml.ScalarNode) and node.value[0][0].value == "secure"


def _scalar(text: str) -> Any:
    """A plain scalar as Pulumi's CLI (yaml.v3) reads it."""
    if text in _NULLS:
        return None
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        try:
            sign_free = text.lstrip("+-")
            octal = len(sign_free) > 1 and sign_free[0] == "0" and sign_free[1].isdigit()
            return int(text, 8 if octal else 0)
        except ValueError:  # 089 is no octal number: yaml.v3 goes on to read it as a float
            return float(text.replace("_", ""))
    return float(text) if _FLOAT.fullmatch(text) else text


def _foreign(name: str) -> tuple[str, str] | None:
    """What is wrong with a key below `config:` that has not our prefix; None when it is somebody else's business."""
    namespace, _, rest = name.rpartition(":")
    section = name.rsplit(":", 1)[-1]
    if name.startswith(f"{NAMESPACE}:config:"):
        return "is the long form of a key, which Pulumi shortens when it saves", f"write `{_PREFIX}{section}:`"
    if namespace in PROVIDER_NAMESPACES:
        return (
            "configures a default provider, and this program has none: its providers are explicit",
            "remove it; region and account stand below `unifiedmeta:cloud:`",
        )
    near = get_close_matches(namespace.lower(), [NAMESPACE], cutoff=0.7)
    if not namespace or near or rest in section_names():
        return f"lacks the prefix `{_PREFIX}`", f"write `{_PREFIX}{_nearest(section)}:`"
    return None


def _nearest(section: str) -> str:
    return next(iter(get_close_matches(section, section_names(), n=1)), section)

"""Looks up in the stack model what belongs at a path of a stack file: its meaning, its keys, whether it is a secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from config.descriptions import descriptions
from config.model import StackConfig
from config.problems import Path


@dataclass(frozen=True, slots=True)
class Place:
    """What the model expects at one path."""

    annotation: Any
    model: type[BaseModel] | None = None
    """The model whose field it is; None for an entry of a mapping or list."""
    field: str = ""

    @property
    def description(self) -> str:
        """The docstring of the field."""
        return descriptions(self.model).get(self.field, "") if self.model else ""

    @property
    def section(self) -> type[BaseModel] | None:
        """The model of a section with fixed keys."""
        return next((kind for kind in _kinds(self.annotation) if _is_model(kind)), None)

    @property
    def secret(self) -> bool:
        """Whether the value is a secret."""
        return SecretStr in _kinds(self.annotation)

    def inside(self, part: str | int) -> Place | None:
        """What belongs below, None when nothing does."""
        for kind in _kinds(self.annotation):
            if _is_model(kind):
                for name, field in kind.model_fields.items():
                    if field.alias == part:
                        return Place(field.annotation, kind, name)
            elif get_origin(kind) is dict and isinstance(part, str):
                return Place(get_args(kind)[1])
            elif get_origin(kind) is list and isinstance(part, int):
                return Place(get_args(kind)[0])
        return None


def place(path: Path) -> Place | None:
    """What belongs at `path`, None when the model knows nothing there."""
    found: Place | None = Place(StackConfig)
    for part in path:
        found = found.inside(part) if found else None
    return found


def keys(path: Path) -> list[str]:
    """The keys that a section may have, in the model's order; empty where keys are free or there are none."""
    found = place(path)
    model = found.section if found else None
    return [str(field.alias) for field in model.model_fields.values()] if model else []


@cache
def section_names() -> tuple[str, ...]:
    """The names of all sections, as written after `unifiedmeta:`."""
    return tuple(keys(()))


def homes(key: str, path: Path = ()) -> Iterator[Path]:
    """Every section that has `key`."""
    for name in keys(path):
        if name == key:
            yield path
        yield from homes(key, (*path, name))


def hint(path: Path) -> str:
    """What the model says about the key, in brackets, to be put behind a remedy; empty when it says nothing."""
    found = place(path)
    text = " ".join(found.description.split()).rstrip(".") if found else ""
    return f" ({text})" if text else ""


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _kinds(annotation: Any) -> Iterator[Any]:
    """The members of a union, without annotations."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _kinds(member)
    else:
        yield annotation

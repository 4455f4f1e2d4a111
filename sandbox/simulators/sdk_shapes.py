"""Reads shapes out of an SDK's type annotations, each class once and only when a resource uses it."""

from __future__ import annotations

import collections.abc
import enum
import json
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from pulumi import Archive, Asset, Output
from pulumi import _types as pulumi_types

from sandbox.simulators import sdk
from sandbox.simulators.shapes import (
    AnyOf,
    Anything,
    AssetOrArchive,
    ListOf,
    MapOf,
    Members,
    OneOf,
    Problems,
    Record,
    Scalar,
    Shape,
)

_SCALARS: Final = {kind: Scalar(kind) for kind in (str, int, float, bool)}
_ANYTHING: Final = Anything()
_LISTS: Final = (list, tuple, collections.abc.Sequence)
_MAPS: Final = (dict, collections.abc.Mapping)
_UNIONS: Final = (typing.Union, types.UnionType)


@cache
def inputs_of(package: str, token: str) -> Record:
    """The shape of a resource's inputs. Raises sdk.UnknownTokenError."""
    args = sdk.args_class(package, token)
    return Record(token, lambda: _members(args))


@cache
def configuration_of(package: str) -> Record:
    """The shape of a provider's configuration."""
    return Record(f"pulumi:providers:{package}", lambda: _members(sdk.provider_args_class(package)))


@cache
def arguments_of(package: str, token: str) -> Record:
    """The shape of an invoke's arguments. Raises sdk.UnknownTokenError."""
    function = sdk.function(package, token)
    return Record(token, lambda: _parameters(function))


def _parameters(function: Callable[..., Any]) -> Members:
    # The globals of the SDK's module resolve the names of its nested types, which are quoted in the annotations.
    hints = typing.get_type_hints(function, localns={"T": type(None)})
    names = {name: sdk.camel_case(name) for name in hints if name not in {"opts", "return"}}
    required = sdk.required_parameters(function)
    return Members(
        {camel: _shape(hints[name]) for name, camel in names.items()},
        tuple(camel for name, camel in names.items() if name in required),
        names,
    )


@cache
def outputs_of(package: str, token: str) -> Mapping[str, tuple[Any, bool]]:
    """A resource's output properties: provider name to (Python type, whether it always has a value)."""
    found: dict[str, tuple[Any, bool]] = {}
    for name, hint in pulumi_types._raw_return_hints(sdk.resource_class(package, token)).items():  # noqa: SLF001
        if name in {"id", "urn"}:
            continue
        inner = typing.get_args(hint)[0] if typing.get_origin(hint) is Output else hint
        always = not (typing.get_origin(inner) in _UNIONS and type(None) in typing.get_args(inner))
        found[name] = (inner, always)
    return found


def config_problems(package: str, inputs: Mapping[str, Any]) -> Problems:
    """What is wrong with a provider's configuration, whose lists and objects travel as JSON strings."""
    return configuration_of(package).problems(decoded_config(package, inputs))


def decoded_config(package: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's configuration with its JSON strings decoded."""
    shapes = configuration_of(package).members.shapes
    return {
        key: _decoded(shapes.get(key), value)
        for key, value in inputs.items()
        if key not in {"version", "pluginDownloadURL"}
    }


def _decoded(shape: Shape | None, value: Any) -> Any:
    if not isinstance(value, str) or shape is None or not shape.problems(value):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value  # left as it is: the shape says what is wrong with it


@cache
def _record(cls: type) -> Record:
    return Record(cls.__name__.removesuffix("Args"), lambda: _members(cls))


def _members(cls: type) -> Members:
    names = pulumi_types.input_type_py_to_pulumi_names(cls)
    shapes = {name: _shape(hint) for name, hint in pulumi_types.input_type_types(cls).items()}
    init: Callable[..., Any] = cls.__init__  # type: ignore[misc]
    required = tuple(names[name] for name in sorted(sdk.required_parameters(init)) if name in names)
    return Members(shapes, required, names)


def _shape(hint: Any) -> Shape:  # noqa: PLR0911  one return per kind of annotation
    """The shape of one annotation."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin = typing.get_origin(hint)
    if origin in _UNIONS:
        return _union(typing.get_args(hint))
    if origin is typing.Literal:
        return OneOf(typing.get_args(hint))
    if origin in _LISTS:
        return ListOf(_shape((*typing.get_args(hint), Any)[0]))
    if origin in _MAPS or hint in _MAPS:
        arguments = typing.get_args(hint)
        return MapOf(_shape(arguments[1] if len(arguments) == 2 else Any))  # noqa: PLR2004
    if isinstance(hint, type):
        return _class_shape(hint)
    return _ANYTHING


def _class_shape(cls: type) -> Shape:
    if pulumi_types.is_input_type(cls):
        return _record(cls)
    if issubclass(cls, enum.Enum):
        return OneOf(tuple(member.value for member in cls))
    if issubclass(cls, Asset | Archive):
        return AssetOrArchive()
    return _ANYTHING


def _union(members: tuple[Any, ...]) -> Shape:
    """A union without what Pulumi puts around a value: nothing, awaitable, output, and the dictionary twin of a class."""
    plain = [m for m in members if m is not type(None) and not _is_wrapper(m)]
    if any(isinstance(m, type) and pulumi_types.is_input_type(m) for m in plain):
        plain = [m for m in plain if not (typing.is_typeddict(m) or pulumi_types_output(m) or m in _MAPS)]
    shapes = tuple(dict.fromkeys(_shape(m) for m in plain if not typing.is_typeddict(m)))
    # Pulumi writes an enum that the cloud may extend as "string or enum": any string is legal there.
    if _SCALARS[str] in shapes:
        shapes = tuple(s for s in shapes if not isinstance(s, OneOf))
    if not shapes:
        return _ANYTHING
    return shapes[0] if len(shapes) == 1 else AnyOf(shapes)


def pulumi_types_output(hint: Any) -> bool:
    """Whether a hint is one of the SDK's output classes."""
    return isinstance(hint, type) and bool(pulumi_types.is_output_type(hint))


def _is_wrapper(hint: Any) -> bool:
    return typing.get_origin(hint) in {Output, collections.abc.Awaitable} or hint is Output

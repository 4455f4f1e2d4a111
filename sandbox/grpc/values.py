"""Property maps to and from the wire, with the marks that say which of them are secret.

Simulators see plain data and :data:`UNKNOWN`; the engine sends Struct messages in which a secret, an unknown, a resource
reference or an asset is an object or a string with a signature. Source of the signatures: the engine's own
sdk/go/common/resource and pulumi.runtime.rpc, which agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from sandbox.provider import UNKNOWN, PropertyMap

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 a signature, the same for everybody
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS: Final = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # an array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)

Marks = bool | dict[str, "Marks"]
"""What is secret in a value: all of it (True), nothing (False), or parts of an object by key."""


def decode(message: struct_pb2.Struct) -> tuple[PropertyMap, dict[str, Marks]]:
    """Plain properties, and the marks of the ones that are secret."""
    properties: PropertyMap = {}
    marks: dict[str, Marks] = {}
    # A protobuf map has another order in every process; what is seeded by a property map must not.
    for key, field in sorted(message.fields.items()):
        properties[key], mark = _decode(field)
        if mark:
            marks[key] = mark
    return properties, marks


def plain(message: struct_pb2.Struct) -> PropertyMap:
    """The properties alone."""
    return decode(message)[0]


def encode(properties: Mapping[str, Any], marks: Mapping[str, Marks] | None = None) -> struct_pb2.Struct:
    """The message of these properties, in which everything that is marked is a secret."""
    message = struct_pb2.Struct()
    for key, value in properties.items():
        _encode(value, (marks or {}).get(key, False), message.fields[key])
    return message


def merged(*every: Mapping[str, Marks]) -> dict[str, Marks]:
    """Secret where any of them says so."""
    result: dict[str, Marks] = {}
    for marks in every:
        for key, mark in marks.items():
            before = result.get(key, False)
            both = isinstance(before, dict) and isinstance(mark, dict)
            result[key] = merged(before, mark) if both else before if before is True or not mark else mark  # type: ignore[arg-type]
    return result


def wholly(names: Iterable[str]) -> dict[str, Marks]:
    """Marks of properties that are secret as a whole."""
    return dict.fromkeys(names, True)


def _decode(value: struct_pb2.Value) -> tuple[Any, Marks]:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return (UNKNOWN if text in _UNKNOWNS else text), False
    if kind == "number_value":
        number = value.number_value
        return (int(number) if number.is_integer() else number), False
    if kind == "bool_value":
        return value.bool_value, False
    if kind == "list_value":
        elements = [_decode(element) for element in value.list_value.values]
        # An array with one secret in it is secret: providers treat arrays as sets, and a value must not leak by moving.
        return [element for element, _ in elements], any(mark for _, mark in elements)
    if kind == "struct_value":
        return _decode_object(value.struct_value)
    return None, False


def _decode_object(message: struct_pb2.Struct) -> tuple[Any, Marks]:
    signature = message.fields[SIGNATURE].string_value if SIGNATURE in message.fields else ""
    if signature == _SECRET:
        return _decode(message.fields["value"])[0], True
    if signature == _OUTPUT:
        inner, mark = _decode(message.fields["value"]) if "value" in message.fields else (UNKNOWN, False)
        return inner, True if "secret" in message.fields and message.fields["secret"].bool_value else mark
    if signature == _RESOURCE:
        if "id" not in message.fields:
            return message.fields["urn"].string_value, False
        return message.fields["id"].string_value or UNKNOWN, False
    inner, marks = decode(message)  # assets and archives stay what they are: an object with their signature
    return inner, marks or False


def _encode(value: Any, mark: Marks, into: struct_pb2.Value) -> None:
    if mark is True or (mark and not isinstance(value, Mapping)):
        into.struct_value.fields[SIGNATURE].string_value = _SECRET
        _encode(value, False, into.struct_value.fields["value"])
    elif value is UNKNOWN:
        into.string_value = _UNKNOWN_STRING
    elif value is None:
        into.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, Mapping):
        into.struct_value.SetInParent()
        for key, inner in value.items():
            _encode(inner, mark.get(key, False) if isinstance(mark, dict) else False, into.struct_value.fields[key])
    elif isinstance(value, list | tuple):
        into.list_value.SetInParent()
        for element in value:
            _encode(element, False, into.list_value.values.add())
    else:
        raise TypeError(f"{type(value).__name__} is not a property value")

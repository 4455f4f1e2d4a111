"""A plausible value for an output that no table speaks of, from its name and the type that the SDK gives it."""

from __future__ import annotations

import collections.abc
import typing
from typing import Any

from sandbox.simulators.definition import Making

_ZEROS: dict[Any, Any] = {int: 0, float: 0.0, bool: False}


def plausible_output(making: Making, name: str, hint: Any) -> Any:
    """The value: an ARN, an id or a name where the property is called so, else an empty value of the right type."""
    if hint in _ZEROS:
        return _ZEROS[hint]
    if hint is str:
        return _text(making, name)
    origin = typing.get_origin(hint)
    if origin in (list, tuple, collections.abc.Sequence):
        return []
    if origin is typing.Union:
        return plausible_output(making, name, typing.get_args(hint)[0])
    return {}


def _text(making: Making, name: str) -> str:
    if name == "arn" and making.partition:
        service = making.type.split(":")[1].split("/")[0]
        return f"arn:{making.partition}:{service}:{making.region}:{making.account}:{making.id}"
    if name in {"ownerId", "accountId"}:
        return making.account
    if name == "region":
        return making.region
    if name in {"name", "resourceName"}:
        return making.name
    return ""

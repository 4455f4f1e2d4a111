"""Commands, simulated: nothing is ever run. A command has run well, and printed nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from sandbox.provider import PropertyMap
from sandbox.simulators import seeds
from sandbox.simulators.base import Simulator
from sandbox.simulators.definition import Making, ResourceType, one_of, within

_LOGGING: Final = one_of("logging", "stdout", "stderr", "stdoutAndStderr", "none")
_RUN: Final = "command:local:run"
_PORT: Final = within("connection.port", 1, 65_535)


def _new_id(m: Making) -> str:
    return seeds.uuid(m.id or m.urn)


def _nothing(_: Making) -> str:
    return ""


class CommandSimulator(Simulator):
    package = "command"
    catalogue: ClassVar[Mapping[str, ResourceType]] = {
        "command:local:Command": ResourceType(
            id=_new_id,
            outputs={"stdout": _nothing, "stderr": _nothing},
            defaults={"addPreviousOutputInEnv": True},
            replaces=("triggers",),
            checks=(_LOGGING,),
            renews=frozenset({"stdout", "stderr"}),
        ),
        "command:remote:Command": ResourceType(
            id=_new_id,
            outputs={"stdout": _nothing, "stderr": _nothing},
            defaults={"addPreviousOutputInEnv": True},
            replaces=("triggers",),
            checks=(_LOGGING, _PORT),
            renews=frozenset({"stdout", "stderr"}),
            secrets=frozenset({"connection"}),
        ),
        "command:remote:CopyToRemote": ResourceType(
            id=_new_id, replaces=("triggers",), checks=(_PORT,), secrets=frozenset({"connection"})
        ),
        "command:remote:CopyFile": ResourceType(
            id=_new_id, replaces=("triggers",), checks=(_PORT,), secrets=frozenset({"connection"})
        ),
    }

    def invoke(self, token: str, args: PropertyMap) -> PropertyMap:
        if token == _RUN:
            return {**args, "stdout": "", "stderr": ""}
        return super().invoke(token, args)

    def _always(self, type_: str) -> tuple[tuple[str, Any], ...]:  # noqa: ARG002
        return ()

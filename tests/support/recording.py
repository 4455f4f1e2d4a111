"""Runs a Pulumi program without an engine and gives back what it registered, to be asserted on afterwards.

Assertions happen on the finished recording, never inside `apply`: that something is absent can only be said once
every registration has landed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func
from pulumi.runtime.sync_await import _sync_await


@dataclass(frozen=True)
class Recorded:
    type: str
    name: str
    inputs: dict[str, Any]
    provider: str | None


@dataclass
class Recording(mocks.Mocks):
    resources: list[Recorded] = field(default_factory=list)
    invokes: list[str] = field(default_factory=list)
    computed: Callable[[str, str, dict[str, Any]], dict[str, Any]] = lambda *_: {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.resources.append(Recorded(args.typ, args.name, args.inputs, args.provider))
        defaults = {"arn": f"arn:{args.typ}:{args.name}", "name": args.name}
        return f"{args.name}-id", {**defaults, **args.inputs, **self.computed(args.typ, args.name, args.inputs)}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        self.invokes.append(args.token)
        return self.computed(args.token, "", args.args)

    def of(self, type_: str) -> list[Recorded]:
        """All resources of a type, in the order of their names."""
        return sorted((r for r in self.resources if r.type == type_), key=lambda r: r.name)

    def one(self, type_: str, name: str) -> Recorded:
        """The one resource of this type and name."""
        (found,) = [r for r in self.resources if r.type == type_ and r.name == name]
        return found


def record(program: Callable[[], Any], computed: Callable[..., dict[str, Any]] | None = None, stack: str = "aws-dev") -> Recording:
    """Run `program`, wait until every registration and every output has landed, and return the recording."""
    recording = Recording(computed=computed or (lambda *_: {}))
    mocks.set_mocks(recording, project="unifiedmeta", stack=stack, preview=False)
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()

    async def run() -> None:
        await run_pulumi_func(program)

    _sync_await(run())
    return recording


def value_of(output: pulumi.Output[Any]) -> Any:
    """The value of an output after :func:`record` has finished."""
    return _sync_await(output.future())

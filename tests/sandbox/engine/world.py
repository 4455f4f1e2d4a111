"""A stack in a simulated cloud, and short words for what tests do with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi

from sandbox.engine.resources import Resource
from sandbox.engine.run import Engine
from sandbox.engine.state import Snapshot, StateFile
from sandbox.engine.steps import Result
from tests.support.fake_provider import Cloud, Fake, FakeProvider, Thing

PREFIX = "urn:pulumi:dev::proj::"


class World:
    """The cloud, the state file, and the runs on them."""

    def __init__(self, folder: Path, stack: str = "dev") -> None:
        self.cloud = Cloud()
        self.stack = stack
        self.path = folder / stack / "state.json"

    def engine(self, program: Callable[[], object], **options: Any) -> Engine:
        defaults = {
            "project_dir": self.path.parent,
            "stack_name": self.stack,
            "providers": lambda _package: FakeProvider(self.cloud),
            "state_path": self.path,
            "project": "proj",
        }
        return Engine(**{**defaults, "program": program, **options})

    def up(self, program: Callable[[], object], **options: Any) -> Result:
        self.cloud.calls.clear()
        return self.engine(program, **options).up()

    def preview(self, program: Callable[[], object], **options: Any) -> Result:
        self.cloud.calls.clear()
        return self.engine(program, **options).preview()

    def good(self, program: Callable[[], object], **options: Any) -> Result:
        """Up, which must succeed."""
        result = self.up(program, **options)
        assert result.ok, result.problems
        return result

    def destroy(self, **options: Any) -> Result:
        self.cloud.calls.clear()
        return self.engine(lambda: None, **options).destroy()

    def refresh(self, **options: Any) -> Result:
        self.cloud.calls.clear()
        return self.engine(lambda: None, **options).refresh()

    @property
    def state(self) -> Snapshot:
        return StateFile(self.path, "proj", self.stack).read()

    def thing(self, name: str) -> Resource:
        (found,) = [r for r in self.state.resources.values() if r.urn.endswith(f"::{name}")]
        return found

    def shape(self) -> list[tuple[Any, ...]]:
        """The state without what is random or counted: to be compared between different ways to it."""
        return [
            (r.urn, r.parent, r.dependencies, sorted(r.inputs.values.items(), key=str), r.protect, r.init_errors)
            for r in sorted(self.state.resources.values(), key=lambda r: r.urn)
        ]


def ops(result: Result) -> dict[str, str]:
    """Operation by name, of all but the stack and the providers."""
    return {step.name: str(step.op) for step in result.steps if step.type.startswith("fake:") or step.type == "my:Part"}


def on(provider: pulumi.ProviderResource, **options: Any) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(provider=provider, **options)


class Part(pulumi.ComponentResource):
    """A component with one Thing in it, named after it."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        super().__init__("my:Part", name, None, opts)
        self.thing = Thing(f"{name}-inner", pulumi.ResourceOptions(parent=self), **inputs)
        self.register_outputs({"inner": self.thing.computed})


class Hidden(str):
    """Text that a program below takes as a secret: a real secret output lives on the event loop of one run."""

    __slots__ = ()


def _live(value: Any) -> Any:
    if isinstance(value, Hidden):
        return pulumi.Output.secret(str(value))
    if isinstance(value, dict):
        return {key: _live(inner) for key, inner in value.items()}
    return value


def simple(**inputs: Any) -> Callable[[], None]:
    """One provider, and one Thing `a` with these inputs; `opts` are its options."""
    opts = inputs.pop("opts", {})

    def program() -> None:
        Thing("a", on(Fake("main"), **opts), **_live(inputs))

    return program

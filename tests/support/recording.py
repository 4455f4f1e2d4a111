"""Runs a Pulumi program without an engine and gives back what it registered, to be asserted on afterwards.

The program runs under the sandbox's own monitor, with a provider that believes everything. Assertions happen on the finished
recording, never inside `apply`: that something is absent can only be said once every registration has landed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pulumi
from pulumi.runtime.rpc import wrap_rpc_secret
from pulumi.runtime.sync_await import _ensure_event_loop, _sync_await

from sandbox.engine.deployment import Deployment
from sandbox.engine.events import nobody
from sandbox.engine.faults import NO_FAULTS
from sandbox.engine.monitor import Log, Monitor
from sandbox.engine.operations import Operations
from sandbox.engine.program import Context, run_program
from sandbox.engine.properties import Properties
from sandbox.engine.registry import Registry
from sandbox.engine.report import Report
from sandbox.engine.resources import Goal, Resource
from sandbox.engine.state import Nowhere, Snapshot
from sandbox.engine.urns import STACK_TYPE, name_of
from sandbox.provider import CheckFailure, Diff, Live, PropertyMap, Provider

PROJECT = "unifiedmeta"
Computed = Callable[[str, str, dict[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Recorded:
    type: str
    name: str
    inputs: dict[str, Any]
    """By provider name; a property with a secret in it is wrapped as the SDK wraps secrets."""
    provider: str | None
    urn: str = ""
    parent: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    depends_on: tuple[str, ...] = ()
    """URNs, of what the inputs came from too."""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool | None = None
    additional_secret_outputs: tuple[str, ...] = ()
    secret_inputs: tuple[str, ...] = ()
    """Paths of the inputs that are secret, such as `stringData.password`."""
    aliases: tuple[str, ...] = ()
    """Former names."""
    plain: dict[str, Any] = field(default_factory=dict, repr=False)
    """The inputs without wrapping."""


class Believer:
    """A provider of any package that refuses nothing and knows every output that a test tells it."""

    version = "0.0.0"

    def __init__(self, package: str, computed: Computed, invokes: list[str]) -> None:
        self.package = package
        self._computed = computed
        self._invokes = invokes

    def check_config(self, inputs: PropertyMap) -> list[CheckFailure]:
        return []

    def diff_config(self, old: PropertyMap, new: PropertyMap) -> Diff:
        return Diff()

    def configure(self, inputs: PropertyMap) -> Provider:
        return self

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        return new, []

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff:
        return Diff()

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:
        name = name_of(urn)
        defaults = {"arn": f"arn:{type_}:{name}", "name": name}
        return Live(f"{name}-id", {**defaults, **inputs, **self._computed(type_, name, inputs)})

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:
        return Live(id_, self.create(type_, urn, properties, preview=False).properties)

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:
        return live

    def delete(self, type_: str, urn: str, live: Live) -> None: ...

    def restore(self, type_: str, urn: str, live: Live) -> None: ...

    def invoke(self, token: str, args: PropertyMap) -> PropertyMap:
        self._invokes.append(token)
        return dict(self._computed(token, "", args))

    def secret_outputs(self, type_: str) -> frozenset[str]:
        return frozenset()

    def schema_version(self) -> Mapping[str, str]:
        return {"name": self.package, "version": self.version}


@dataclass
class Recording:
    resources: list[Recorded] = field(default_factory=list)
    invokes: list[str] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    """The stack's outputs; a secret is a `Secret`."""

    @cached_property
    def _by_type(self) -> dict[str, list[Recorded]]:
        found: dict[str, list[Recorded]] = {}
        for resource in sorted(self.resources, key=lambda r: r.name):
            found.setdefault(resource.type, []).append(resource)
        return found

    def of(self, type_: str) -> list[Recorded]:
        """All resources of a type, in the order of their names."""
        return list(self._by_type.get(type_, ()))

    def one(self, type_: str, name: str) -> Recorded:
        """The one resource of this type and name."""
        (found,) = [r for r in self._by_type.get(type_, ()) if r.name == name]
        return found


def record(program: Callable[[], Any], computed: Computed | None = None, stack: str = "aws-dev") -> Recording:
    """Run `program`, wait until every registration and every output has landed, and return the recording.

    Raises what the program raises, and AssertionError for what it may not register (a URN twice, an unknown parent).
    """
    recording = Recording()
    report = Report(nobody)
    operations = Operations(preview=False, store=Nowhere(), faults=NO_FAULTS, emit=nobody)
    believe = computed or (lambda *_: {})
    deployment = Deployment(
        project=PROJECT,
        stack=stack,
        snapshot=Snapshot(),
        store=Nowhere(),
        registry=Registry(lambda package: Believer(package, believe, recording.invokes)),
        operations=operations,
        report=report,
        config={},
        stack_outputs=lambda _: None,
    )
    context = Context(PROJECT, stack, "organization", preview=False, settings={}, secret_keys=())
    run_program(program, Monitor(deployment), Log(report), context, _ensure_event_loop())
    if report.problems:
        raise AssertionError("\n".join(map(str, report.problems)))
    for urn, resource in deployment.news.items():
        if resource.type == STACK_TYPE:
            recording.outputs = dict(sorted(resource.outputs.masked().items()))
        else:
            recording.resources.append(_recorded(resource, deployment.goals[urn]))
    return recording


def _recorded(resource: Resource, goal: Goal) -> Recorded:
    return Recorded(
        type=resource.type,
        name=goal.name,
        inputs=_as_the_sdk_gives_them(goal.inputs),
        provider=resource.provider or None,
        urn=resource.urn,
        parent=resource.parent,
        protect=resource.protect,
        retain_on_delete=resource.retain_on_delete,
        depends_on=resource.dependencies,
        ignore_changes=resource.ignore_changes,
        replace_on_changes=resource.replace_on_changes,
        delete_before_replace=goal.delete_before_replace,
        additional_secret_outputs=resource.additional_secret_outputs,
        secret_inputs=goal.inputs.secret_paths(),
        aliases=tuple(alias.name or alias.urn for alias in goal.aliases),
        plain=_without_none(goal.inputs.values),
    )


def _as_the_sdk_gives_them(inputs: Properties) -> dict[str, Any]:
    plain = _without_none(inputs.values)
    return {key: wrap_rpc_secret(value) if inputs.marks.get(key) else value for key, value in plain.items()}


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_none(inner) for inner in value]
    return value


def value_of(output: pulumi.Output[Any]) -> Any:
    """The value of an output after :func:`record` has finished."""
    return _sync_await(output.future())

"""Faults on purpose: a cloud that refuses, times out, does half of the work, or was changed behind one's back.

A :class:`FaultPlan` says what goes wrong and when; :class:`FaultyProvider` goes around any provider and does it. The
plan counts over all providers that share it, so "the n-th create" means of the whole run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, NoReturn

from sandbox.provider import CheckFailure, Diff, Live, PropertyMap, Provider, ProviderError


class Operation(StrEnum):
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"


class Kind(StrEnum):
    REFUSE = "refuse"
    """Nothing happens, and the cloud says no."""
    TIME_OUT = "time out"
    """The cloud did the work, and the wait for it ended too early; a create leaves the resource as partial."""
    PARTIAL = "partial"
    """The resource is there, but `drift` of it is not as it was asked for; create and update only."""
    CHANGED = "changed"
    """Somebody changed `drift` of the resource; read only."""
    GONE = "gone"
    """Somebody deleted the resource; read only."""
    INTERRUPT = "interrupt"
    """The process is told to stop (KeyboardInterrupt) before anything happens."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: at the `nth` operation (from 1) that matches, or at every one (0)."""

    kind: Kind
    operation: Operation = Operation.CREATE
    nth: int = 1
    type: str = "*"
    """A type token, in which `*` stands for anything."""
    name: str = "*"
    """A logical name, in which `*` stands for anything."""
    message: str = ""
    """What the cloud says; a fault has words of its own when this is empty."""
    drift: Mapping[str, Any] = field(default_factory=dict)
    """Properties that have other values than they should."""

    def __post_init__(self) -> None:
        only_read = self.kind in {Kind.CHANGED, Kind.GONE}
        if only_read != (self.operation is Operation.READ) and self.kind not in {
            Kind.REFUSE,
            Kind.TIME_OUT,
            Kind.INTERRUPT,
        }:
            raise ValueError(f"a {self.operation} cannot be met by the fault “{self.kind}”")
        if self.kind is Kind.PARTIAL and self.operation is Operation.DELETE:
            raise ValueError("a delete cannot be partial")
        if self.nth < 0:
            raise ValueError("faults are counted from 1; 0 is every time")

    def concerns(self, operation: Operation, type_: str, urn: str) -> bool:
        if operation is not self.operation or not fnmatchcase(type_, self.type):
            return False
        return fnmatchcase(urn.rsplit("::", 1)[-1], self.name)


@dataclass
class FaultPlan:
    """What goes wrong in a run."""

    faults: tuple[Fault, ...] = ()
    _seen: dict[int, int] = field(default_factory=dict, repr=False)
    _operations: dict[Operation, int] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def next(self, operation: Operation, type_: str, urn: str) -> Fault | None:
        """The fault that this operation meets, if any. Counts the operation."""
        with self._lock:
            self._operations[operation] = self._operations.get(operation, 0) + 1
            due = None
            for index, fault in enumerate(self.faults):
                if fault.concerns(operation, type_, urn):
                    count = self._seen[index] = self._seen.get(index, 0) + 1
                    if due is None and fault.nth in (0, count):
                        due = fault
            return due

    def count(self, operation: Operation) -> int:
        """How many operations of a kind there have been: how many faults a test has to try in turn."""
        return self._operations.get(operation, 0)


_WORDS = {
    Kind.REFUSE: "the cloud refused the request (a fault on purpose)",
    Kind.TIME_OUT: "timed out while waiting for the cloud (a fault on purpose)",
    Kind.PARTIAL: "the resource was made, but did not become ready (a fault on purpose)",
}


class FaultyProvider:
    """A provider around another one that meets the faults of a plan. Previews meet none."""

    def __init__(self, inner: Provider, plan: FaultPlan) -> None:
        self._inner = inner
        self._plan = plan

    @property
    def package(self) -> str:
        return self._inner.package

    @property
    def version(self) -> str:
        return self._inner.version

    def check_config(self, inputs: PropertyMap) -> list[CheckFailure]:
        return self._inner.check_config(inputs)

    def diff_config(self, old: PropertyMap, new: PropertyMap) -> Diff:
        return self._inner.diff_config(old, new)

    def configure(self, inputs: PropertyMap) -> Provider:
        return FaultyProvider(self._inner.configure(inputs), self._plan)

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        return self._inner.check(type_, urn, old, new)

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff:
        return self._inner.diff(type_, live, old_inputs, new_inputs)

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:
        fault = None if preview else self._due(Operation.CREATE, type_, urn)
        made = self._inner.create(type_, urn, inputs, preview=preview)
        return made if fault is None else self._failed(fault, type_, urn, made)

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:
        fault = self._due(Operation.READ, type_, urn)
        live = self._inner.read(type_, urn, id_, properties)
        if fault is None or live is None:
            return live
        if fault.kind is Kind.GONE:
            self._inner.delete(type_, urn, live)
            return None
        if fault.kind is Kind.CHANGED:
            live = Live(live.id, {**live.properties, **fault.drift})
            self._inner.restore(type_, urn, live)
            return live
        raise ProviderError(_message(fault))

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:
        fault = None if preview else self._due(Operation.UPDATE, type_, urn)
        changed = self._inner.update(type_, urn, live, inputs, preview=preview)
        return changed if fault is None else self._failed(fault, type_, urn, changed)

    def delete(self, type_: str, urn: str, live: Live) -> None:
        fault = self._due(Operation.DELETE, type_, urn)
        self._inner.delete(type_, urn, live)
        if fault is not None:
            raise ProviderError(_message(fault))

    def restore(self, type_: str, urn: str, live: Live) -> None:
        self._inner.restore(type_, urn, live)

    def invoke(self, token: str, args: PropertyMap) -> PropertyMap:
        return self._inner.invoke(token, args)

    def secret_outputs(self, type_: str) -> frozenset[str]:
        return self._inner.secret_outputs(type_)

    def schema_version(self) -> Mapping[str, str]:
        return self._inner.schema_version()

    def _due(self, operation: Operation, type_: str, urn: str) -> Fault | None:
        """The fault of an operation; those that let nothing happen are raised here."""
        fault = self._plan.next(operation, type_, urn)
        if fault is not None and fault.kind is Kind.INTERRUPT:
            raise KeyboardInterrupt
        if fault is not None and fault.kind is Kind.REFUSE:
            raise ProviderError(_message(fault))
        return fault

    def _failed(self, fault: Fault, type_: str, urn: str, made: Live) -> NoReturn:
        """Something was made, but the operation failed all the same."""
        if fault.kind is Kind.PARTIAL and fault.drift:
            made = Live(made.id, {**made.properties, **fault.drift})
            self._inner.restore(type_, urn, made)
        raise ProviderError(_message(fault), partial=made)


def _message(fault: Fault) -> str:
    return fault.message or _WORDS[fault.kind]

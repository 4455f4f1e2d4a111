"""The calls that change the simulated cloud: noted in the state before they begin, counted, timed, and open to faults."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from sandbox.engine.events import Listener, ResourceDone, ResourceStarted
from sandbox.engine.faults import Faults, Operation
from sandbox.engine.resources import Resource
from sandbox.engine.state import Store
from sandbox.engine.steps import Op
from sandbox.provider import Live, PropertyMap, Provider

T = TypeVar("T")


class Operations:
    """Performs operations, or in a preview only asks what they would give."""

    def __init__(self, *, preview: bool, store: Store, faults: Faults, emit: Listener) -> None:
        self.preview = preview
        self.seconds: dict[str, float] = {}
        self._store = store
        self._faults = faults
        self._emit = emit
        self._numbers: dict[str, int] = {}
        self._busy = False
        self._interrupted = False

    def interrupt(self) -> bool:
        """Ctrl-C. True where an operation is under way, which is finished and recorded before the run stops."""
        if self._busy and not self._interrupted:
            self._interrupted = True
            return True
        return False

    def create(self, provider: Provider, resource: Resource, op: Op) -> Live:
        """Make it. Raises ProviderError."""
        type_, urn, inputs = resource.type, resource.urn, resource.inputs.values
        return self._change("create", urn, type_, op, lambda: provider.create(type_, urn, inputs, preview=self.preview))

    def update(self, provider: Provider, old: Resource, inputs: PropertyMap) -> Live:
        """Change it in place. Raises ProviderError."""
        live = Live(old.id, old.outputs.values)
        type_, urn = old.type, old.urn
        return self._change(
            "update", urn, type_, Op.UPDATE, lambda: provider.update(type_, urn, live, inputs, preview=self.preview)
        )

    def delete(self, provider: Provider, old: Resource, op: Op) -> None:
        """Delete it. Raises ProviderError."""
        if self.preview:
            return
        live = Live(old.id, old.outputs.values)
        self._change("delete", old.urn, old.type, op, lambda: provider.delete(old.type, old.urn, live))

    def read(self, provider: Provider, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:
        """It, as the cloud has it now. Raises ProviderError."""
        return self.timed(type_, lambda: provider.read(type_, urn, id_, properties))

    def refreshed(self, provider: Provider, old: Resource) -> Live | None:
        """It, as a refresh finds it: None when it is gone. Raises ProviderError."""
        live = self.read(provider, old.type, old.urn, old.id, old.outputs.values)
        return None if live is None else self._faults.drift(old.urn, live)

    def timed(self, what: str, call: Callable[[], T]) -> T:
        """The result of a call to a provider, its time accounted to `what`."""
        begun = perf_counter()
        try:
            return call()
        finally:
            self.seconds[what] = self.seconds.get(what, 0.0) + perf_counter() - begun

    def _change(self, kind: str, urn: str, type_: str, op: Op, call: Callable[[], T]) -> T:
        if self.preview:
            return self.timed(type_, call)
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        operation = Operation(kind, number, urn, type_)
        self._emit(ResourceStarted(urn, type_, op))
        begun = perf_counter()
        self._busy = True
        try:
            self._store.begin(kind, urn)
            try:
                self._faults.before(operation)
                result = self.timed(type_, call)
                self._faults.after(operation)
            except Exception:
                self._store.end(urn)
                raise
        finally:
            self._busy = False
        self._emit(ResourceDone(urn, type_, op, perf_counter() - begun))
        return result

    def settle(self) -> None:
        """The result of an operation has been recorded: stop here if Ctrl-C was pressed meanwhile."""
        if self._interrupted:
            raise KeyboardInterrupt

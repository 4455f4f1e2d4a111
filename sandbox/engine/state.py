"""The state of a stack in the sandbox: a snapshot, and a journal of what happened since.

Every step is appended to the journal with one write before the program hears of it, so a run that is killed at any point
loses nothing that it did. The journal is folded into the snapshot (written beside it, synced, renamed) when a run begins
and when it ends. An operation on the simulated cloud is noted before it begins and again when its result is recorded: what
is noted only once was cut short, and is found by the next run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from sandbox.engine.codec import decode_resource, encode_resource, renamed
from sandbox.engine.files import replace_file
from sandbox.engine.lock import Lock
from sandbox.engine.resources import Resource
from sandbox.engine.vault import Vault

VERSION: Final = 1


class StateError(Exception):
    """The state on disk cannot be used."""


@dataclass(slots=True)
class Snapshot:
    """Everything that is known of a stack."""

    resources: dict[str, Resource] = field(default_factory=dict)
    """By URN, what others need before those who need it."""
    condemned: list[Resource] = field(default_factory=list)
    """Replaced, and still to be deleted."""
    pending: dict[str, str] = field(default_factory=dict)
    """Operations that began and did not end: kind by URN."""


class Store(Protocol):
    """Where a deployment writes what it does."""

    def put(self, resource: Resource) -> None: ...

    def keep(self, urn: str) -> None:
        """The resource stays as it is, and comes next in order."""

    def drop(self, urn: str) -> None: ...

    def condemn(self, urn: str) -> None:
        """The resource makes way for its replacement, and is to be deleted later."""

    def forget(self, condemned: Resource) -> None:
        """It has been deleted."""

    def rename(self, old: str, new: str) -> None: ...

    def begin(self, kind: str, urn: str) -> None: ...

    def end(self, urn: str) -> None: ...


class Nowhere:
    """The store of previews and recordings."""

    def put(self, resource: Resource) -> None: ...

    def keep(self, urn: str) -> None: ...

    def drop(self, urn: str) -> None: ...

    def condemn(self, urn: str) -> None: ...

    def forget(self, condemned: Resource) -> None: ...

    def rename(self, old: str, new: str) -> None: ...

    def begin(self, kind: str, urn: str) -> None: ...

    def end(self, urn: str) -> None: ...


class StateFile:
    """The state on disk. Use as a context manager to change it; :meth:`read` needs no lock."""

    def __init__(self, path: Path, project: str, stack: str) -> None:
        self.path = path
        self.snapshot = Snapshot()
        self.notes: list[str] = []
        self._identity = {"version": VERSION, "project": project, "stack": stack}
        self._journal_path = path.with_suffix(".journal")
        self._number = 0
        self._written = -1
        """Number of the last entry that is in the snapshot file."""
        self._journal = -1
        self._vault: Vault | None = None
        self._order: dict[str, None] = {}
        self._renames: dict[str, str] = {}
        self._resources = ExitStack()

    def read(self) -> Snapshot:
        """What the files say, without changing them. Raises StateError, SealError."""
        self._load(self._open_vault(create=False))
        return self.snapshot

    def __enter__(self) -> Self:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._resources.enter_context(Lock(self.path.with_suffix(".lock")))
        if lock.left_by is not None:
            self.notes.append(
                f"an earlier run (process {lock.left_by}) ended without finishing: its state was recovered"
            )
        try:
            self._vault = self._open_vault(create=True)
            self._load(self._vault)
            self._journal = os.open(self._journal_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._compact()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._compact()
        finally:
            self._close()

    def put(self, resource: Resource) -> None:
        self._order[resource.urn] = None
        self.snapshot.resources[resource.urn] = resource
        self.snapshot.pending.pop(resource.urn, None)
        self._append("put", encode_resource(resource, self._sealing()))

    def keep(self, urn: str) -> None:
        self._order[urn] = None

    def drop(self, urn: str) -> None:
        self._append("drop", urn)
        _drop(self.snapshot, urn)

    def condemn(self, urn: str) -> None:
        self._append("condemn", urn)
        _condemn(self.snapshot, urn)

    def forget(self, condemned: Resource) -> None:
        self._append("forget", [condemned.urn, condemned.id])
        _forget(self.snapshot, [condemned.urn, condemned.id])

    def rename(self, old: str, new: str) -> None:
        self._append("rename", [old, new])
        _rename(self.snapshot, [old, new])
        self._renames[old] = new

    def begin(self, kind: str, urn: str) -> None:
        self._append("begin", [kind, urn])
        self.snapshot.pending[urn] = kind

    def end(self, urn: str) -> None:
        self._append("end", urn)
        self.snapshot.pending.pop(urn, None)

    def _sealing(self) -> Vault:
        if self._vault is None:
            raise StateError("the state is not open")
        return self._vault

    def _append(self, what: str, data: Any) -> None:
        self._number += 1
        line = json.dumps({"n": self._number, what: data}, separators=(",", ":")) + "\n"
        os.write(self._journal, line.encode())

    def _open_vault(self, *, create: bool) -> Vault | None:
        key = self.path.with_suffix(".key")
        if not create and not key.exists() and not self.path.exists():
            return None
        return Vault.beside(key, create=create and not self.path.exists())

    def _load(self, vault: Vault | None) -> None:
        self.snapshot, self._number = Snapshot(), 0
        if vault is None:
            return
        if self.path.exists():
            self._load_snapshot(vault)
        if self._journal_path.exists():
            for line in self._journal_path.read_bytes().splitlines():
                self._replay(line, vault)

    def _load_snapshot(self, vault: Vault) -> None:
        try:
            written = json.loads(self.path.read_bytes())
        except ValueError as error:
            raise StateError(
                f"{self.path} is not JSON ({error}): restore it, or delete the folder to start anew"
            ) from error
        for key, expected in self._identity.items():
            if written.get(key) != expected:
                raise StateError(f"{self.path} is of {key} {written.get(key)!r}, expected {expected!r}")
        self._number = self._written = written["number"]
        resources = [decode_resource(data, vault) for data in written["resources"]]
        self.snapshot = Snapshot(
            {resource.urn: resource for resource in resources},
            [decode_resource(data, vault) for data in written["condemned"]],
            dict(written["pending"]),
        )

    def _replay(self, line: bytes, vault: Vault) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            return  # the last line of a run that was killed while it wrote: what it says has not happened
        number = entry.pop("n")
        if number <= self._number:
            return
        self._number = number
        ((what, data),) = entry.items()
        if what == "put":
            resource = decode_resource(data, vault)
            self.snapshot.resources[resource.urn] = resource
            self.snapshot.pending.pop(resource.urn, None)
        elif what == "begin":
            self.snapshot.pending[data[1]] = data[0]
        else:
            if what == "rename":
                self._renames[data[0]] = data[1]
            _CHANGES[what](self.snapshot, data)

    def _compact(self) -> None:
        """Fold the journal into the snapshot, unless the snapshot says it all already."""
        resources = self.snapshot.resources
        first: Iterable[str] = (urn for urn in self._order if urn in resources)
        ordered = {urn: resources[urn] for urn in (*first, *resources)}
        if self._number == self._written and self.path.exists() and list(ordered) == list(resources):
            return
        if self._renames:
            ordered = {urn: renamed(resource, self._renames) for urn, resource in ordered.items()}
            self._renames.clear()
        self.snapshot.resources = ordered
        header = {**self._identity, "number": self._number, "pending": self.snapshot.pending}
        text = "{\n" + ",\n".join(
            (
                *(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in header.items()),
                f'"condemned": {self._lines(self.snapshot.condemned)}',
                f'"resources": {self._lines(ordered.values())}\n}}\n',
            )
        )
        replace_file(self.path, text.encode())
        self._written = self._number
        os.ftruncate(self._journal, 0)

    def _lines(self, resources: Iterable[Resource]) -> str:
        """A JSON array with one resource a line, so that the file can be read and compared by people."""
        vault = self._sealing()
        return (
            "[\n"
            + ",\n".join(
                json.dumps(encode_resource(resource, vault), separators=(",", ":"), sort_keys=True)
                for resource in resources
            )
            + "\n]"
        )

    def _close(self) -> None:
        if self._journal >= 0:
            os.close(self._journal)
            self._journal = -1
        self._resources.close()


def _drop(snapshot: Snapshot, urn: str) -> None:
    snapshot.resources.pop(urn, None)
    snapshot.pending.pop(urn, None)


def _condemn(snapshot: Snapshot, urn: str) -> None:
    snapshot.condemned.append(snapshot.resources.pop(urn))


def _forget(snapshot: Snapshot, identity: list[str]) -> None:
    urn, id_ = identity
    snapshot.condemned = [resource for resource in snapshot.condemned if (resource.urn, resource.id) != (urn, id_)]
    snapshot.pending.pop(urn, None)


def _rename(snapshot: Snapshot, names: list[str]) -> None:
    old, new = names
    snapshot.resources[new] = renamed(snapshot.resources.pop(old), {old: new})


def _end(snapshot: Snapshot, urn: str) -> None:
    snapshot.pending.pop(urn, None)


_CHANGES: Final[dict[str, Callable[[Snapshot, Any], None]]] = {
    "drop": _drop,
    "condemn": _condemn,
    "forget": _forget,
    "rename": _rename,
    "end": _end,
}

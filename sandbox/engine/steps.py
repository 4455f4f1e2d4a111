"""The steps of a plan, and what a run results in. No secret prints: properties are masked by their own type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.engine.properties import NOTHING, Properties, plain_text
from sandbox.engine.urns import name_of


class Op(StrEnum):
    """What happens to one resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"
    IMPORT = "import"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Step:
    """One resource's part of a plan or of a finished run."""

    op: Op
    urn: str
    type: str
    parent: str = ""
    provider: str = ""
    custom: bool = True
    changed: tuple[str, ...] = ()
    """Property paths that differ."""
    replaces: tuple[str, ...] = ()
    """The ones of them that force the replacement; `provider`, `deletedWith` and `replaceWith` stand for those options."""
    delete_before_replace: bool = False
    retained: bool = False
    """Only forgotten: the cloud keeps what the step deletes (or what it replaces)."""
    old: Properties | None = None
    """Inputs before; None where there was nothing."""
    new: Properties | None = None
    """Inputs after; None where there will be nothing."""
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    external: bool = False
    """Read and not owned: deleting it only forgets it."""
    reason: str = ""
    """Why, where the changed properties do not say it."""

    @property
    def name(self) -> str:
        """The logical name."""
        return name_of(self.urn)

    @property
    def old_inputs(self) -> dict[str, Any]:
        """Inputs before; a secret is a :class:`~sandbox.engine.properties.Secret`, which never prints."""
        return (self.old or NOTHING).masked()

    @property
    def new_inputs(self) -> dict[str, Any]:
        """Inputs after; a secret is a :class:`~sandbox.engine.properties.Secret`, which never prints."""
        return (self.new or NOTHING).masked()

    @property
    def engine_ops(self) -> tuple[str, ...]:
        """The steps that the real engine shows for this, in its order and words.

        But for one: what was only read is discarded there and deleted here, see `external`.
        """
        if self.op is not Op.REPLACE:
            return (str(self.op),)
        if self.delete_before_replace:
            return ("delete-replaced", "replace", "create-replacement")
        return ("create-replacement", "replace", "delete-replaced")

    def as_json(self) -> dict[str, Any]:
        """The step as plain data, secrets and unknowns replaced by `[secret]` and `[unknown]`."""
        return {
            "op": str(self.op),
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "parent": self.parent,
            "provider": self.provider,
            "changed": list(self.changed),
            "replaces": list(self.replaces),
            "deleteBeforeReplace": self.delete_before_replace,
            "retained": self.retained,
            "protect": self.protect,
            "reason": self.reason,
            "old": None if self.old is None else plain_text(self.old_inputs),
            "new": None if self.new is None else plain_text(self.new_inputs),
        }


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that makes the run fail, said so that the reader can act on it."""

    message: str
    urn: str = ""
    property: str = ""
    kind: str = "program"
    """check, provider, protected, duplicate, option, program, log, interrupted or state."""
    detail: str = ""
    """A traceback that starts in the program, where there is one."""

    def __str__(self) -> str:
        where = f"{name_of(self.urn)} ({self.urn}): " if self.urn else ""
        return f"{where}{self.property + ': ' if self.property else ''}{self.message}"


@dataclass(frozen=True, slots=True)
class Durations:
    """Where the time of a run went, in seconds."""

    total: float = 0.0
    driver: float = 0.0
    """Inside the monitor, providers included."""
    provider: Mapping[str, float] = field(default_factory=dict)
    """Inside the simulated providers, by resource type or function token: minting keys shows here."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did, or would do."""

    steps: tuple[Step, ...] = ()
    """Sorted by URN."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """The stack's outputs: plain values, `Secret` for secrets, UNKNOWN for what a preview cannot know."""
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    """What was found and dealt with, such as an operation that an earlier run left unfinished."""
    durations: Durations = field(default_factory=Durations)

    @property
    def ok(self) -> bool:
        """Whether the run did what it was asked."""
        return not self.problems

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of steps by operation, the frequent first."""
        found: dict[str, int] = {}
        for step in self.steps:
            found[str(step.op)] = found.get(str(step.op), 0) + 1
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that do something."""
        return tuple(
            step
            for step in self.steps
            if step.op not in (Op.SAME, Op.READ) and (step.op is not Op.REFRESH or step.changed)
        )

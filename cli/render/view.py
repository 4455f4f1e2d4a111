"""What is shown of a plan, whichever driver made it: steps, grouped by the component that they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

CHANGING = ("create", "update", "replace", "delete", "import", "drifted")
"""Operations that change something, in the order in which they are shown."""
SYMBOLS = {
    "create": "+",
    "update": "~",
    "replace": "±",
    "delete": "-",
    "import": "<",
    "drifted": "≠",
    "same": "=",
    "read": ">",
}
_OWN_TYPES = "unifiedmeta:"


@dataclass(frozen=True, slots=True)
class StepView:
    """One resource and what happens to it. Secrets in `inputs` are masked already."""

    op: str
    urn: str
    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    inputs: dict[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        return self.urn.split("::", 3)[3]

    @property
    def component(self) -> str:
        """The outermost component in the URN's chain of types: `Network` for unifiedmeta:aws:Network."""
        first = self.urn.split("::")[2].split("$")[0]
        if first.startswith(_OWN_TYPES):
            return first.rpartition(":")[2]
        return "Providers" if first.startswith("pulumi:providers:") else "Program"

    @property
    def is_component(self) -> bool:
        """Components themselves are no resources of any cloud, and are not counted."""
        return self.type.startswith((_OWN_TYPES, "pulumi:pulumi:Stack"))


@dataclass(frozen=True, slots=True)
class PlanView:
    """A whole plan."""

    stack: str
    steps: tuple[StepView, ...]

    @classmethod
    def of(cls, stack: str, steps: Iterable[StepView]) -> PlanView:
        return cls(stack, tuple(step for step in steps if not step.is_component))

    def counts(self, steps: Sequence[StepView] | None = None) -> Counter[str]:
        return Counter(step.op for step in (self.steps if steps is None else steps))

    def by_component(self) -> dict[str, list[StepView]]:
        """Steps of each component, components in the order of their names."""
        groups: dict[str, list[StepView]] = {}
        for step in self.steps:
            groups.setdefault(step.component, []).append(step)
        return dict(sorted(groups.items()))

    def changing(self) -> list[StepView]:
        """The steps that change something, the dangerous first."""
        order = {"delete": 0, "replace": 1, "update": 2}
        found = [step for step in self.steps if step.op in CHANGING]
        return sorted(found, key=lambda s: (order.get(s.op, 3), s.component, s.urn))


_WORDS = {
    "create": ("to create", "created"),
    "update": ("to update", "updated"),
    "replace": ("to replace", "replaced"),
    "delete": ("to delete", "deleted"),
    "import": ("to import", "imported"),
    "drifted": ("drifted", "adopted from the cloud"),
    "same": ("unchanged", "unchanged"),
    "read": ("read", "read"),
}


def sentence(counts: Counter[str], *, done: bool = False) -> str:
    """`12 to create, 1 to replace, 300 unchanged`; with `done`: `12 created, …`."""
    parts = [f"{counts[op]} {words[done]}" for op, words in _WORDS.items() if counts[op]]
    return ", ".join(parts) or "nothing"

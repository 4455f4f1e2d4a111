"""A problem in a stack file, and the error that carries all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Keys and list indexes from the top of the stack model, as written in the file: ("network", "cidr")."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and what to type next."""

    path: Path
    message: str
    remedy: str

    @property
    def key(self) -> str:
        """The path as people write it: network.adopt.subnets.private or cluster.api.allowList[0]."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text


class StackFileError(Exception):
    """Every problem of a stack file; its text is made for people: file:line, what is wrong, what to type next."""

    def __init__(self, problems: Sequence[Problem], file: str = "", lines: dict[Path, int] | None = None) -> None:
        self.problems = tuple(problems)
        self.file = file
        self.lines = dict(lines or {})
        super().__init__(self.render())

    def line(self, problem: Problem) -> int | None:
        """The line of the problem's key, or of the nearest key above it that the file has; `config:` is above all."""
        for end in range(len(problem.path), -1, -1):
            if (found := self.lines.get(problem.path[:end])) is not None:
                return found
        return None

    def render(self) -> str:
        """One paragraph a problem, in the order of the file."""
        rows = []
        for problem in sorted(self.problems, key=lambda p: (self.line(p) or 0, p.key)):
            line = self.line(problem)
            where = f"{self.file}:{line}" if line else self.file or "stack"
            rows.append(f"{where}: {problem.key}: {problem.message}\n    → {problem.remedy}")
        return "\n".join(rows)

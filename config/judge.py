"""Judges the values of a stack: everything that is wrong with them, all at once, or the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from config import fields, migrate, rules
from config.csp import Csp
from config.model import StackConfig
from config.problems import Path, Problem
from config.scalars import SENTINEL
from config.translate import Finding, Values, place_of, step, translate

STAND_INS: dict[str, Any] = {
    "apiVersion": 1,
    "customer": "customer",
    "environment": "environment",
    "csp": next(iter(Csp)).value,
    "region": "region",
    "account": "account",
    "domain": "stand-in.example",
    "networkId": "network",
    "private": {"zone": "subnet"},
    "key": "key",
}
"""Values for required keys that are missing or wrong, so that the rules can speak about the rest. The rules that read
one of them are not asked."""
_ROUNDS = 6


def judge(values: Values, stack_name: str, faulty: Iterable[Problem] = ()) -> tuple[StackConfig | None, list[Problem]]:
    """The model, or None; and every problem of the values.

    `faulty` are problems already found in the file's form: they are first in the list, and what pydantic says about the
    same places is left out.
    """
    problems = [*faulty, *rules.stack_name_problems(stack_name)]
    if outdated := migrate.outdated(values.tree, stack_name):
        return None, [*problems, outdated]
    problems += _left_to_change((), values.tree)
    known = [problem.path for problem in problems]
    stack, findings = _validate(values)
    fresh = [f for f in findings if not any(_covers(path, f.problem.path) for path in known)]
    problems += [f.problem for f in fresh]
    doubtful = [*known, *(path for f in findings for path in f.doubtful)]
    model = stack or _best_effort(values)
    if model is not None:
        problems += rules.check(model, doubtful)
    return (None if problems else stack), problems


def _covers(path: Path, other: Path) -> bool:
    return other[: len(path)] == path


def _validate(values: Values) -> tuple[StackConfig | None, list[Finding]]:
    try:
        return StackConfig.model_validate(values.tree, by_alias=True, by_name=False), []
    except ValidationError as error:
        details = error.errors()
    return None, translate(details, values)


def _left_to_change(path: Path, node: Any) -> Iterator[Problem]:
    """Every value or key that still says CHANGEME."""
    if isinstance(node, dict):
        for key, value in node.items():
            if SENTINEL in str(key):
                yield Problem((*path, key), f"the name still says {SENTINEL}", "put the real name there")
            yield from _left_to_change((*path, key), value)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _left_to_change((*path, index), value)
    elif isinstance(node, str) and SENTINEL in node:
        yield Problem(path, f"still says {SENTINEL}", f"put the real value there{fields.hint(path)}")


def _best_effort(values: Values) -> StackConfig | None:
    """The model without what is wrong: bad values fall back to defaults, required ones to stand-ins."""
    tree: dict[str, Any] = deepcopy(dict(values.tree))
    for _ in range(_ROUNDS):
        try:
            return StackConfig.model_validate(tree, by_alias=True, by_name=False)
        except ValidationError as error:
            details = error.errors(include_input=False, include_context=False, include_url=False)
        places = [(place_of(finding["loc"], tree)[0], finding["type"] == "missing") for finding in details]
        for path, missing in sorted(places, key=lambda p: [str(part).zfill(6) for part in p[0]], reverse=True):
            _mend(tree, path, missing=missing)
    return None


def _mend(tree: dict[str, Any], path: Path, *, missing: bool) -> None:
    """Removes the value at `path`, or puts a stand-in there."""
    *above, last = path
    node: Any = tree
    for part in above:
        node = step(node, part)  # ABSENT when something above was removed already
    if missing and isinstance(node, dict):
        node[str(last)] = deepcopy(STAND_INS.get(str(last), {}))
    elif isinstance(node, dict):
        node.pop(last, None)
    elif isinstance(node, list) and isinstance(last, int) and last < len(node):
        del node[last]

"""Rules that need more than one value of a stack file. A new rule is a function in one of the modules' `RULES`."""

from __future__ import annotations

import re
from collections.abc import Collection

from config.model import StackConfig
from config.names import STACK_NAME_MAX
from config.problems import Path, Problem
from config.rules import cluster, network, services, whole
from config.rules.rule import Rule, touches

ALL: tuple[Rule, ...] = (*network.RULES, *cluster.RULES, *services.RULES, *whole.RULES)

_STACK_NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")


def check(stack: StackConfig, doubtful: Collection[Path] = ()) -> list[Problem]:
    """All problems between values; rules that read a path in `doubtful` are not asked."""
    asked = (rule for rule in ALL if not any(touches(read, path) for read in rule.reads for path in doubtful))
    return [problem for rule in asked for problem in rule(stack)]


def stack_name_problems(stack_name: str) -> list[Problem]:
    """What is wrong with the stack's own name: it goes into the names and tags of everything."""
    path = ("(stack name)",)
    if len(stack_name) > STACK_NAME_MAX:
        over = f"{stack_name!r} has {len(stack_name)} characters"
        return [Problem(path, over, f"use at most {STACK_NAME_MAX}: names of resources are made from it")]
    if not _STACK_NAME.fullmatch(stack_name):
        remedy = "use lower-case letters, digits and inner hyphens, a letter first, such as acme-prod"
        return [Problem(path, f"{stack_name!r} is no legal stack name", remedy)]
    return []

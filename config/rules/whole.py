"""Rules of the stack as a whole: its CSP, its tags."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from config.csp import CspSections
from config.model import StackConfig
from config.problems import Problem
from config.rules.rule import rule

ALWAYS_SET = frozenset({"managed-by", "stack", "customer", "environment", "component", "cost-centre"})
"""Tags that every resource has anyway; who changed them would break the search for what belongs to a stack."""


@rule("cloud.csp")
def the_csp_has_an_adapter(stack: StackConfig) -> Iterator[Problem]:
    if find_spec(f"adapters.{stack.cloud.csp.value}") is None:
        yield Problem(
            ("cloud", "csp"), f"this release has no adapter for {stack.cloud.csp.value}", "choose another CSP"
        )


@rule("cloud.csp", *(str(field.alias) for field in CspSections.model_fields.values()))
def only_the_named_csp_has_a_section(stack: StackConfig) -> Iterator[Problem]:
    for name, field in CspSections.model_fields.items():
        if name != stack.cloud.csp.value and getattr(stack, name) is not None:
            yield Problem(
                (str(field.alias),),
                f"is a section for another CSP than cloud.csp, which is {stack.cloud.csp.value}",
                "remove the section, or change cloud.csp",
            )


@rule("tags")
def tags_leave_our_own_alone(stack: StackConfig) -> Iterator[Problem]:
    for key in stack.tags:
        if key in ALWAYS_SET:
            yield Problem(("tags", key), "is set by the program on every resource", "remove it, or use another key")


RULES = (the_csp_has_an_adapter, only_the_named_csp_has_a_section, tags_leave_our_own_alone)

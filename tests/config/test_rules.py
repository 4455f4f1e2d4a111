from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from config import rules
from config.model import StackConfig
from config.rules.rule import Rule, touches
from config.source import parse
from tests.config import corpus
from tests.support.stacks import stack_with


def stacks() -> Iterator[StackConfig]:
    """Every stack of the corpus that has the right form, whether its rules hold or not."""
    for file in [*corpus.files("good"), *corpus.files("bad")]:
        try:
            yield StackConfig.model_validate(parse(file.read_text(), file.name).values)
        except ValidationError:
            continue


class Traced:
    """A stand-in for a model that writes down which paths are read."""

    def __init__(self, model: BaseModel, seen: set[tuple[str, ...]], path: tuple[str, ...] = ()) -> None:
        self._traced = (model, seen, path)

    def __getattr__(self, name: str) -> Any:
        model, seen, path = self._traced
        field = type(model).model_fields.get(name)
        value = getattr(model, name)
        if field is None:
            return value
        below = (*path, str(field.alias))
        if isinstance(value, BaseModel):
            return Traced(value, seen, below)
        seen.add(below)
        return value


def name(rule: Rule) -> str:
    return rule.check.__name__


@pytest.mark.parametrize("rule", rules.ALL, ids=name)
def test_a_rule_reads_no_more_than_it_says(rule: Rule) -> None:
    seen: set[tuple[str, ...]] = set()
    for stack in stacks():
        list(rule(Traced(stack, seen)))  # type: ignore[arg-type]
    assert seen
    undeclared = {path for path in seen if not any(path[: len(read)] == read for read in rule.reads)}
    assert not undeclared


@pytest.mark.parametrize("rule", rules.ALL, ids=name)
def test_a_rule_catches_something_in_the_corpus(rule: Rule) -> None:
    assert any(list(rule(stack)) for stack in stacks())


@pytest.mark.parametrize("rule", rules.ALL, ids=name)
def test_a_rule_reads_only_paths_that_exist(rule: Rule) -> None:
    from config.fields import place

    assert rule.reads
    for path in rule.reads:
        assert place(path) is not None, path


def test_a_rule_is_not_asked_when_what_it_reads_is_doubtful() -> None:
    stack = stack_with(network__cidr="10.42.0.0/16")
    assert rules.check(stack)
    assert not rules.check(stack, [("network", "cidr")])
    assert not rules.check(stack, [("network",)])
    assert rules.check(stack, [("dns", "domain")])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("network",), ("network", "cidr"), True),
        (("network", "cidr"), ("network",), True),
        (("network", "cidr"), ("network", "zones"), False),
        ((), ("network",), True),
    ],
)
def test_paths_touch_when_one_is_above_the_other(
    one: tuple[str, ...], other: tuple[str, ...], *, expected: bool
) -> None:
    assert touches(one, other) is expected


@pytest.mark.parametrize("stack_name", ["aws-dev", "a", "acme-prod-2", "s" * 40])
def test_legal_stack_names_pass(stack_name: str) -> None:
    assert not rules.stack_name_problems(stack_name)


@pytest.mark.parametrize("stack_name", ["", "Aws", "aws_dev", "-dev", "dev-", "1st", "a.b", "s" * 41])
def test_illegal_stack_names_are_refused(stack_name: str) -> None:
    assert len(rules.stack_name_problems(stack_name)) == 1

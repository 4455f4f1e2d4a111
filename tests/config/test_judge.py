from copy import deepcopy
from typing import Any

import pytest

from config.judge import STAND_INS, judge
from config.model import StackConfig
from config.problems import Path
from config.source import parse
from config.translate import Values
from tests.config import corpus
from tests.support.stacks import SMALLEST

ODD: list[Any] = [
    None,
    "",
    "x",
    0,
    -1,
    10**20,
    1.5,
    True,
    [],
    {},
    ["x"],
    [[1]],
    [None],
    {"x": 1},
    {"": None},
    {"0": {}},
]


def every_section() -> dict[str, Any]:
    """One tree with a word from every section of the good corpus."""
    tree: dict[str, Any] = {}
    for file in corpus.files("good"):
        merge(tree, parse(file.read_text(), file.name).values)
    return tree


def merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = deepcopy(value)


def paths(node: Any, path: Path = ()) -> list[Path]:
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(p for key, value in below for p in paths(value, (*path, key)))]


def put(tree: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    changed = deepcopy(tree)
    node: Any = changed
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return changed


TREE = every_section()


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_any_value_at_any_place_is_judged_and_never_breaks_the_judge(odd: Any) -> None:
    """Every kind of error that the model can give has its message."""
    places = paths(TREE)[1:]
    assert len(places) > 100
    for path in places:
        stack, problems = judge(Values(put(TREE, path, odd)), "acme-dev")
        assert (stack is None) == bool(problems)
        assert all(problem.message and problem.remedy for problem in problems)


def test_values_that_are_missing_do_not_hide_other_problems() -> None:
    tree = {"apiVersion": 1, "network": {"cidr": "10.42.0.0/16"}}
    _, problems = judge(Values(tree), "acme-dev")
    assert sorted(problem.key for problem in problems) == ["cloud", "dns", "network.cidr", "project"]


def test_a_problem_of_one_value_does_not_show_as_a_problem_of_its_default() -> None:
    tree = {**SMALLEST, "network": {"cidr": "192.168.0.1/16", "peers": ["10.0.0.0/16"]}}
    _, problems = judge(Values(tree), "acme-dev")
    assert [problem.key for problem in problems] == ["network.cidr"]  # and no overlap with the default 10.0.0.0/16


def test_the_stand_ins_are_a_legal_stack() -> None:
    tree = {
        "apiVersion": STAND_INS["apiVersion"],
        "project": {key: STAND_INS[key] for key in ("customer", "environment")},
        "cloud": {key: STAND_INS[key] for key in ("csp", "region", "account")},
        "dns": {"domain": STAND_INS["domain"]},
        "network": {"adopt": {"networkId": STAND_INS["networkId"], "subnets": {"private": STAND_INS["private"]}}},
        "cluster": {"pools": {"general": {"taints": [{"key": STAND_INS["key"]}]}}},
    }
    assert StackConfig.model_validate(tree)

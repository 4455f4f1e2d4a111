import re

import pytest

from adapters.naming import STACK_NAME_MAX, common_tags, fit, physical
from tests.support.stacks import stack_with


def test_a_name_that_fits_is_left_alone() -> None:
    assert fit("um-aws-dev-api", 32) == "um-aws-dev-api"


@pytest.mark.parametrize("limit", [8, 24, 32, 63])
def test_a_long_name_is_cut_to_the_limit_and_stays_different(limit: int) -> None:
    names = {fit("x" * 70 + str(n), limit) for n in range(50)}
    assert len(names) == 50
    assert all(len(name) <= limit for name in names)


def test_a_cut_name_has_no_double_hyphen_and_no_hyphen_at_the_end() -> None:
    assert re.fullmatch(r"abc-[0-9a-f]{6}", fit("abc-----------------defghijk", 12))


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        fit("long-name", 5)


def test_the_longest_stack_name_still_gives_legal_names() -> None:
    stack = "s" * STACK_NAME_MAX
    assert len(physical(stack, "backups", 32)) <= 32
    assert physical(stack, "backups", 32) != physical(stack[:-1] + "t", "backups", 32)


def test_tags_are_legal_on_every_cloud() -> None:
    tags = common_tags(stack_with(project__costCentre="cc-1", tags={"team": "infra"}), "aws-dev", "network")
    assert {"managed-by", "stack", "customer", "environment", "component", "cost-centre", "team"} == set(tags)
    for key, value in tags.items():
        assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key)
        assert re.fullmatch(r"[a-z0-9_-]{0,63}", value)


def test_our_own_tags_win_over_the_stack_files() -> None:
    assert common_tags(stack_with(tags={"stack": "other"}), "aws-dev", "x")["stack"] == "aws-dev"

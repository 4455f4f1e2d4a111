import pytest

from config import effective
from tests.support.stacks import stack_with


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({}, False),
        ({"dns__public__delegated": True}, True),
        ({"dns__public__mode": "adopt"}, True),
        ({"dns__public__mode": "adopt", "dns__public__delegated": False}, False),
        ({"dns__public__mode": "none", "dns__public__delegated": True}, False),
    ],
)
def test_a_created_zone_is_not_delegated_yet_and_an_adopted_one_is(edits: dict[str, object], *, expected: bool) -> None:
    assert effective.delegated(stack_with(**edits)) is expected


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({}, True),
        ({"ingress__public__front": "l4"}, False),
        ({"ingress__public__enabled": False}, False),
        ({"ingress__public__waf__enabled": "off"}, False),
        ({"ingress__public__waf__mode": "count"}, True),
    ],
)
def test_the_waf_is_on_with_an_l7_front(edits: dict[str, object], *, expected: bool) -> None:
    assert effective.waf(stack_with(**edits)).enabled is expected


def test_the_wafs_own_settings_are_kept() -> None:
    waf = effective.waf(stack_with(ingress__public__waf__rateLimit=500, ingress__public__waf__mode="count"))
    assert (waf.rate_limit, waf.mode) == (500, "count")


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ({}, "block"),
        ({"cloud__csp": "onprem"}, "replicated"),
        ({"cloud__csp": "onprem", "storage__default": "block"}, "block"),
        ({"storage__default": "replicated"}, "replicated"),
    ],
)
def test_storage_is_block_where_the_csp_has_volumes(edits: dict[str, object], expected: str) -> None:
    assert effective.storage_default(stack_with(**edits)) == expected


def test_zones_are_counted_whether_they_have_names_or_not() -> None:
    assert effective.zone_count(stack_with(network__zones=2)) == 2
    assert effective.zone_count(stack_with(network__zones=["a", "b", "c", "d"])) == 4


def test_servers_are_numbered_from_nought() -> None:
    assert effective.server_names(stack_with()) == ("server-0", "server-1", "server-2")


def test_only_nodes_that_take_ordinary_pods_are_counted() -> None:
    taint = {"key": "dedicated"}
    pools = {
        "general": {"min": 2, "max": 9},
        "soft": {"min": 1, "max": 1, "taints": [{**taint, "effect": "PreferNoSchedule"}]},
        "hard": {"min": 5, "max": 5, "taints": [taint]},
        "gpu": {"min": 4, "max": 4, "gpu": True, "size": "gpu-small"},
    }
    assert effective.schedulable_nodes(stack_with(cluster__pools=pools)) == 3
    both = stack_with(cluster__pools=pools, cluster__servers__schedulable=True)
    assert effective.schedulable_nodes(both) == 6
    assert effective.node_limit(both) == 3 + 9 + 1 + 5 + 4

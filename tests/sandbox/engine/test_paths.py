"""Property paths as Pulumi writes them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.engine.paths import changed_keys, contains, parse, reset


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("root", ("root",)),
        ("root.nested", ("root", "nested")),
        ('root["nested"]', ("root", "nested")),
        ("root.array[0].nested", ("root", "array", 0, "nested")),
        ("root.array[0][1]", ("root", "array", 0, 1)),
        ('root["a.b"].c', ("root", "a.b", "c")),
        ('root["with \\"quotes\\""]', ("root", 'with "quotes"')),
        ('["a key"][100]', ("a key", 100)),
        ("root.*.x", ("root", "*", "x")),
        ("root[*].x", ("root", "*", "x")),
        ("a-b.c", ("a-b", "c")),
    ],
)
def test_a_path_is_read_as_the_engine_reads_it(text: str, path: tuple[str | int, ...]) -> None:
    assert parse(text) == path


@pytest.mark.parametrize("text", ["", ".a", "a[", 'a["b', "a[x]", "a."])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse(text)


def test_a_path_contains_itself_and_what_is_below_it() -> None:
    assert contains(parse("a"), parse("a.b[0]"))
    assert contains(parse("a.*.c"), parse("a[3].c.d"))
    assert contains(("*",), parse("anything"))
    assert not contains(parse("a.b"), parse("a"))
    assert not contains(parse("a.b"), parse("a.c"))


@pytest.mark.parametrize(
    ("path", "old", "new", "result"),
    [
        ("a", {"a": 1}, {"a": 2}, {"a": 1}),
        ("a", {}, {"a": 2}, {}),
        ("a", {"a": 1}, {}, {"a": 1}),
        ("a.b", {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}),
        ("a.b", {}, {"a": {"b": 2, "c": 3}}, {"a": {"c": 3}}),
        ("a[1]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [3, 2]}),
        ("a[*].b", {"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 3}, {"b": 4}]}, {"a": [{"b": 1}, {"b": 2}]}),
        ("a.*", {"a": {"x": 1}}, {"a": {"x": 2, "y": 3}}, {"a": {"x": 1}}),
        ("a[*]", {"a": [1, 2]}, {"a": [3, 4]}, {"a": [1, 2]}),
        ("a[7]", {"a": [1]}, {"a": [2]}, {"a": [2]}),
    ],
)
def test_a_path_is_reset_to_its_old_value(path: str, old: Any, new: Any, result: Any) -> None:
    assert reset(parse(path), old, new)
    assert new == result


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("a.b", {"a": {"b": 1}}, {}),
        ("a[1]", {"a": [1]}, {"a": [2, 3]}),
        ("a[*]", {"a": [1]}, {"a": [2, 3]}),
        ("a.b", {"a": {"b": 1}}, {"a": 2}),
    ],
)
def test_a_reset_that_would_change_the_shape_says_so(path: str, old: Any, new: Any) -> None:
    assert not reset(parse(path), old, new)


def test_changed_keys_are_the_top_level_ones() -> None:
    assert changed_keys({"a": 1, "b": {"c": 1}, "d": 1}, {"a": 1, "b": {"c": 2}, "e": 1}) == ("b", "d", "e")

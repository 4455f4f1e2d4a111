import pytest

from sandbox.provider import UNKNOWN
from sandbox.simulators.difference import changed_paths, drifted_paths, matches, strings_at


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": "x"}, {}, ["a"]),
        ({}, {"tags": {}}, []),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a.c"]),
        ({}, {"root": {"encrypted": True, "size": 8}}, ["root.encrypted", "root.size"]),
        ({"l": [1, 2]}, {"l": [1, 3]}, ["l[1]"]),
        ({"l": [{"x": 1}]}, {"l": [{"x": 1}, {"x": 2}]}, ["l[1].x"]),
        ({"a": {"b": 1}}, {"a": "text"}, ["a"]),
        ({"a": "known"}, {"a": UNKNOWN}, ["a"]),
        ({"a": {"b": "known", "c": 1}}, {"a": {"b": UNKNOWN, "c": 1}}, ["a.b"]),
    ],
)
def test_differences_are_named_by_their_innermost_path(old, new, paths):
    assert list(changed_paths(old, new)) == paths


def test_what_a_cloud_adds_to_an_object_is_no_drift():
    live = {"metadata": {"name": "a", "uid": "1"}, "rules": [{"port": 1, "id": "r"}], "arn": "x"}
    assert list(drifted_paths(live, {"metadata": {"name": "a"}, "rules": [{"port": 1}], "secret": "write-only"})) == []
    assert list(drifted_paths(live, {"metadata": {"name": "b"}, "rules": [{"port": 2}]})) == [
        "metadata.name",
        "rules[0].port",
    ]


def test_a_pattern_covers_everything_below_it_but_not_its_namesakes():
    assert matches("rootBlockDevice.encrypted", ["rootBlockDevice.encrypted"])
    assert matches("ebsBlockDevices[2].deviceName", ["ebsBlockDevices"])
    assert matches("anything", ["*"])
    assert not matches("rootBlockDevice.volumeSize", ["rootBlockDevice.encrypted"])
    assert not matches("subnetIds", ["subnetId"])


def test_ids_are_found_through_lists_on_the_way():
    actions = {
        "defaultActions": [{"targetGroupArn": "a"}, {"type": "fixed"}, {"targetGroupArn": "b"}],
        "ids": ["x", UNKNOWN],
    }
    assert list(strings_at(actions, "defaultActions.targetGroupArn")) == ["a", "b"]
    assert list(strings_at(actions, "ids")) == ["x"]
    assert list(strings_at(actions, "none.at.all")) == []

import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from sandbox.grpc.differences import response
from sandbox.provider import Diff


def kinds(answer: pb.DiffResponse) -> dict[str, str]:
    return {path: pb.PropertyDiff.Kind.Name(one.kind) for path, one in answer.detailedDiff.items()}


def test_no_difference_says_so_rather_than_nothing():
    answer = response(Diff(), {}, {})
    assert answer.changes == pb.DiffResponse.DIFF_NONE
    assert answer.hasDetailedDiff


def test_each_path_says_whether_it_came_went_or_changed():
    old = {"tags": {"gone": 1, "changed": 1}, "rules": [1]}
    new = {"tags": {"came": 1, "changed": 2}, "rules": [1, 2]}
    answer = response(Diff(("tags.gone", "tags.came", "tags.changed", "rules[1]")), old, new)
    assert kinds(answer) == {"tags.gone": "DELETE", "tags.came": "ADD", "tags.changed": "UPDATE", "rules[1]": "ADD"}
    assert list(answer.diffs) == ["tags", "rules"]


def test_what_replaces_is_said_by_property_and_by_path():
    answer = response(
        Diff(("size", "disk.kind"), ("disk.kind",), delete_before_replace=True),
        {"disk": {"kind": 1}},
        {"disk": {"kind": 2}, "size": 1},
    )
    assert kinds(answer) == {"size": "ADD", "disk.kind": "UPDATE_REPLACE"}
    assert list(answer.replaces) == ["disk"]
    assert answer.deleteBeforeReplace


def test_a_path_with_dots_in_a_key_is_one_property():
    answer = response(Diff(('labels["app.io/name"]',)), {"labels": {"app.io/name": "a"}}, {"labels": {}})
    assert (kinds(answer), list(answer.diffs)) == ({'labels["app.io/name"]': "DELETE"}, ["labels"])


def test_what_differs_only_in_the_cloud_is_an_update():
    assert kinds(response(Diff(("status",)), {}, {})) == {"status": "UPDATE"}


def test_what_is_no_path_is_refused():
    with pytest.raises(ValueError, match="not a property path"):
        response(Diff(("a[",)), {}, {})

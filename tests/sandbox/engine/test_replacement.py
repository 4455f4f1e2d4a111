"""Replacements and deletions: in which order, with whom, and when not."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from sandbox.engine.steps import Op
from tests.sandbox.engine.world import World, on, ops, simple
from tests.support.fake_provider import Fake, Thing


def calls(world: World) -> list[tuple[str, str]]:
    return [(kind, urn.rpartition("::")[2]) for kind, urn in world.cloud.calls if kind not in ("restore", "read")]


def test_a_replacement_is_made_before_the_old_one_is_deleted_at_the_end(world: World) -> None:
    def program(size: int) -> None:
        provider = Fake("main")
        a = Thing("a", on(provider), size=size)
        Thing("b", on(provider), value=a.computed)

    world.good(lambda: program(1))
    result = world.good(lambda: program(2))
    assert ops(result) == {"a": "replace", "b": "update"}
    assert calls(world) == [("create", "a"), ("update", "b"), ("delete", "a")]
    (step,) = [step for step in result.steps if step.op is Op.REPLACE]
    assert step.replaces == ("size",)
    assert step.engine_ops == ("create-replacement", "replace", "delete-replaced")
    assert world.state.condemned == []


def test_a_provider_can_want_the_old_one_deleted_first(world: World) -> None:
    world.good(simple(solid=1))
    result = world.good(simple(solid=2))
    assert calls(world) == [("delete", "a"), ("create", "a")]
    (step,) = [step for step in result.steps if step.op is Op.REPLACE]
    assert step.engine_ops == ("delete-replaced", "replace", "create-replacement")


@pytest.mark.parametrize(
    ("option", "key", "order"), [(True, "size", ["delete", "create"]), (False, "solid", ["create", "delete"])]
)
def test_the_program_decides_the_order_where_it_says_so(
    world: World, *, option: bool, key: str, order: list[str]
) -> None:
    world.good(simple(**{key: 1}))
    world.good(simple(**{key: 2}, opts={"delete_before_replace": option}))
    assert [kind for kind, _ in calls(world)] == order


def _cascade(size: int) -> None:
    """`must` takes what would replace it; `may` something that would only update it; `after` only waits."""
    provider = Fake("main")
    root = Thing("root", on(provider, delete_before_replace=True), size=size)
    must = Thing("must", on(provider), size=root.computed)
    Thing("far", on(provider), size=must.computed)
    Thing("may", on(provider), value=root.computed)
    Thing("after", on(provider, depends_on=[root]))


def test_deleting_first_takes_along_the_dependents_that_would_be_replaced_and_no_others(world: World) -> None:
    world.good(lambda: _cascade(1))
    result = world.good(lambda: _cascade(2))
    assert ops(result) == {"root": "replace", "must": "replace", "far": "replace", "may": "update", "after": "same"}
    order = calls(world)
    assert order[:4] == [("delete", "far"), ("delete", "must"), ("delete", "root"), ("create", "root")]
    assert order.index(("create", "must")) < order.index(("create", "far"))


def test_a_preview_says_the_same_and_does_nothing(world: World) -> None:
    world.good(lambda: _cascade(1))
    previewed = world.preview(lambda: _cascade(2))
    assert calls(world) == []
    done = world.good(lambda: _cascade(2))
    assert ops(previewed) == ops(done)


def test_a_dependent_that_was_deleted_early_and_is_registered_no_more_is_a_deletion(world: World) -> None:
    world.good(lambda: _cascade(1))

    def program() -> None:
        Thing("root", on(Fake("main"), delete_before_replace=True), size=2)

    assert ops(world.good(program)) == {
        "root": "replace",
        "must": "delete",
        "far": "delete",
        "may": "delete",
        "after": "delete",
    }
    assert sorted(world.cloud.names("delete")) == ["after", "far", "may", "must", "root"]


def test_a_protected_dependent_stops_the_cascade_before_anything_is_deleted(world: World) -> None:
    def program(size: int) -> None:
        provider = Fake("main")
        root = Thing("root", on(provider, delete_before_replace=True), size=size)
        Thing("kept", on(provider, protect=True), size=root.computed)

    world.good(lambda: program(1))
    result = world.up(lambda: program(2))
    (problem,) = result.problems
    assert problem.kind == "protected"
    assert "kept" in problem.message
    assert world.cloud.names("delete") == []


def test_a_protected_resource_is_not_replaced(world: World) -> None:
    world.good(simple(size=1, opts={"protect": True}))
    for result in (
        world.preview(simple(size=2, opts={"protect": True})),
        world.up(simple(size=2, opts={"protect": True})),
    ):
        (problem,) = result.problems
        assert problem.kind == "protected"
        assert "because of size" in problem.message
        assert "protection" in problem.message
    assert calls(world) == []


def test_protection_can_be_lifted_and_the_resource_replaced_in_one_run(world: World) -> None:
    world.good(simple(size=1, opts={"protect": True}))
    assert ops(world.good(simple(size=2))) == {"a": "replace"}


def test_children_inherit_protection(world: World) -> None:
    def program() -> None:
        part = pulumi.ComponentResource("my:Part", "part", None, pulumi.ResourceOptions(protect=True))
        Thing("a", on(Fake("main"), parent=part))

    world.good(program)
    assert world.thing("a").protect


def test_destroy_lists_all_that_is_protected_and_deletes_nothing(world: World) -> None:
    def program() -> None:
        provider = Fake("main")
        Thing("free", on(provider))
        for name in ("one", "two"):
            Thing(name, on(provider, protect=True))

    world.good(program)
    result = world.destroy()
    assert [problem.urn.rpartition("::")[2] for problem in result.problems] == ["one", "two"]
    assert len(world.cloud.things) == 3
    assert len(world.state.resources) == 5


def test_what_is_protected_is_not_deleted_when_the_program_forgets_it(world: World) -> None:
    world.good(simple(opts={"protect": True}))
    result = world.up(lambda: Fake("main"))
    assert [problem.kind for problem in result.problems] == ["protected"]
    assert world.thing("a").protect


def test_what_is_retained_is_forgotten_and_not_deleted(world: World) -> None:
    world.good(simple(opts={"retain_on_delete": True}))
    result = world.good(lambda: Fake("main"))
    (step,) = [step for step in result.steps if step.op is Op.DELETE]
    assert step.retained
    assert calls(world) == []
    assert len(world.cloud.things) == 1
    assert len(world.state.resources) == 2


def test_what_goes_with_another_resource_is_not_deleted_itself(world: World) -> None:
    def program() -> None:
        provider = Fake("main")
        host = Thing("host", on(provider))
        Thing("guest", on(provider, deleted_with=host))

    world.good(program)
    world.destroy()
    assert world.cloud.names("delete") == ["host"]
    assert world.state.resources == {}


@pytest.mark.parametrize("option", ["replace_with", "deleted_with"])
def test_what_is_tied_to_another_resource_is_replaced_with_it(world: World, option: str) -> None:
    def program(size: int) -> None:
        provider = Fake("main")
        host = Thing("host", on(provider), size=size)
        Thing("guest", on(provider, **{option: [host] if option == "replace_with" else host}))

    world.good(lambda: program(1))
    assert ops(world.good(lambda: program(2))) == {"host": "replace", "guest": "replace"}


def test_a_changed_trigger_replaces(world: World) -> None:
    world.good(simple(opts={"replacement_trigger": 1}))
    assert ops(world.good(simple(opts={"replacement_trigger": 1}))) == {"a": "same"}
    assert ops(world.good(simple(opts={"replacement_trigger": 2}))) == {"a": "replace"}


def test_a_change_that_would_update_replaces_where_the_program_says_so(world: World) -> None:
    world.good(simple(tags={"x": 1}, value=1))
    options: dict[str, Any] = {"replace_on_changes": ["tags"]}
    assert ops(world.preview(simple(tags={"x": 1}, value=2, opts=options))) == {"a": "update"}
    assert ops(world.preview(simple(tags={"x": 2}, value=1, opts=options))) == {"a": "replace"}
    assert ops(world.preview(simple(tags={"x": 1}, value=2, opts={"replace_on_changes": ["*"]}))) == {"a": "replace"}


def test_a_failed_deletion_is_tried_again_by_the_next_run(world: World) -> None:
    def program(size: int) -> None:
        Thing("a", on(Fake("main")), size=size, stuck=size == 1)

    world.good(lambda: program(1))
    result = world.up(lambda: program(2))
    assert [problem.message for problem in result.problems] == ["it will not go"]
    assert len(world.state.condemned) == 1
    del world.cloud.things["a-1"].properties["stuck"]
    world.state.condemned[0].outputs.values.pop("stuck")
    assert [problem.message for problem in world.up(lambda: program(2)).problems] == ["it will not go"]
    assert calls(world) == [("delete", "a")]


def test_an_explicit_provider_that_is_replaced_replaces_what_it_made(world: World) -> None:
    def program(region: str) -> None:
        Thing("a", on(Fake("main", region=region)))

    world.good(lambda: program("one"))
    result = world.good(lambda: program("two"))
    assert {step.name: (str(step.op), step.replaces) for step in result.steps if step.op is not Op.SAME} == {
        "main": ("replace", ("region",)),
        "a": ("replace", ("provider",)),
    }


def test_an_explicit_provider_that_is_only_updated_leaves_its_resources_alone(world: World) -> None:
    def program(speed: int) -> None:
        Thing("a", on(Fake("main", region="r", speed=speed)))

    world.good(lambda: program(1))
    before = world.thing("main").id
    result = world.good(lambda: program(2))
    assert {step.name: str(step.op) for step in result.steps} == {"proj-dev": "same", "main": "update", "a": "same"}
    assert world.thing("main").id == before


def test_another_provider_of_the_same_region_takes_over_without_a_replacement(world: World) -> None:
    def program(name: str) -> None:
        Thing("a", on(Fake(name, region="r")))

    world.good(lambda: program("one"))
    result = world.good(lambda: program("two"))
    assert {step.name: str(step.op) for step in result.steps} == {
        "proj-dev": "same",
        "one": "delete",
        "two": "create",
        "a": "same",
    }
    assert "::two::" in world.thing("a").provider

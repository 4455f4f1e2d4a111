"""Refresh: the state follows the cloud, and the next run repairs what drifted."""

from __future__ import annotations

from sandbox.engine.faults import Drift
from sandbox.engine.steps import Op
from tests.sandbox.engine.world import PREFIX, World, on, ops, simple
from tests.support.fake_provider import THING, Fake, Thing

A = f"{PREFIX}{THING}::a"


def test_a_refresh_of_an_undisturbed_cloud_changes_nothing(world: World) -> None:
    world.good(simple(value=1))
    before = world.shape()
    result = world.refresh()
    assert result.ok
    assert result.changes == ()
    assert world.shape() == before


def test_a_drifted_input_is_found_and_put_right_by_the_next_run(world: World) -> None:
    world.good(simple(value=1))
    result = world.refresh(faults=Drift({A: {"value": 9}}))
    assert [(step.op, step.changed) for step in result.changes] == [(Op.REFRESH, ("value",))]
    assert world.thing("a").inputs.values["value"] == 9
    assert ops(world.good(simple(value=1))) == {"a": "update"}


def test_a_drifted_output_is_taken_over(world: World) -> None:
    world.good(simple(value=1))
    world.refresh(faults=Drift({A: {"computed": "moved"}}))
    assert world.thing("a").outputs.values["computed"] == "moved"
    assert ops(world.preview(simple(value=1))) == {"a": "same"}


def test_what_somebody_deleted_leaves_the_state_and_is_made_again(world: World) -> None:
    def program() -> None:
        provider = Fake("main")
        a = Thing("a", on(provider))
        Thing("b", on(provider), value=a.name)

    world.good(program)
    result = world.refresh(faults=Drift({A: None}))
    assert [(step.op, step.name, step.reason) for step in result.changes] == [
        (Op.DELETE, "a", "it is gone from the simulated cloud")
    ]
    assert world.thing("b").needs() & {A} == set()
    assert ops(world.good(program)) == {"a": "create", "b": "same"}


def test_secrets_stay_secret_through_a_refresh(world: World) -> None:
    world.good(simple())
    world.refresh(faults=Drift({A: {"token": "hunter22"}}))
    assert world.thing("a").outputs.secret_paths() == ("token",)
    for file in world.path.parent.iterdir():
        assert b"hunter22" not in file.read_bytes()


def test_a_preview_of_a_refresh_writes_nothing(world: World) -> None:
    world.good(simple(value=1))
    result = world.engine(lambda: None, faults=Drift({A: None})).refresh(preview=True)
    assert len(result.changes) == 1
    assert world.thing("a").id == "a-1"

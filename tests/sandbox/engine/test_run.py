"""Up, preview, destroy: what a program sees of the engine, and what is left of a run."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from sandbox.engine.events import (
    Diagnostic,
    Event,
    ResourceDone,
    ResourceFailed,
    ResourcePlanned,
    ResourceStarted,
    RunFinished,
    RunStarted,
)
from sandbox.engine.properties import Secret
from sandbox.engine.steps import Op
from sandbox.provider import UNKNOWN
from tests.sandbox.engine.world import PREFIX, Hidden, Part, World, on, ops, simple
from tests.support.fake_provider import Fake, Thing


def chain() -> None:
    provider = Fake("main", region="r")
    a = Thing("a", on(provider), value=1)
    Thing("b", on(provider), value=a.computed, note=pulumi.Output.secret("hunter22"))
    part = Part("part", on(provider), value="x")
    pulumi.export("computed", a.computed)
    pulumi.export("secret", a.token)
    pulumi.export("inner", part.thing.computed)
    pulumi.export("number", 3)


def test_up_creates_everything_once_and_then_nothing_changes(world: World) -> None:
    first = world.good(chain)
    assert set(ops(first).values()) == {"create"}
    assert sorted(world.cloud.names("create")) == ["a", "b", "part-inner"]
    second = world.good(chain)
    assert {str(step.op) for step in second.steps} == {"same"}
    assert world.cloud.names("create") == []
    assert second.outputs == first.outputs


def test_the_outputs_of_the_stack_are_known_and_its_secrets_masked(world: World) -> None:
    outputs = world.good(chain).outputs
    assert outputs == {
        "computed": "computed-a-1",
        "inner": "computed-part-inner-2",
        "number": 3,
        "secret": Secret("token-of-a-1"),
    }


def test_in_a_first_preview_every_computed_output_is_unknown_and_nothing_happens(world: World) -> None:
    seen: list[Any] = []

    def program() -> None:
        a = Thing("a", on(Fake("main")), value=1)
        a.computed.apply(seen.append)
        a.id.apply(seen.append)
        a.value.apply(lambda value: seen.append(("value", value)))
        pulumi.export("computed", a.computed)
        pulumi.export("id", a.id)
        pulumi.export("secret", a.token)

    result = world.preview(program)
    assert result.ok
    assert seen == [("value", 1)]
    assert result.outputs == {"computed": UNKNOWN, "id": UNKNOWN, "secret": Secret(UNKNOWN)}
    assert world.cloud.calls == []
    assert not world.path.exists()


def test_in_a_preview_of_what_exists_outputs_of_the_unchanged_are_known(world: World) -> None:
    world.good(chain)
    result = world.preview(chain)
    assert result.outputs["computed"] == "computed-a-1"
    assert set(ops(result).values()) == {"same"}


def test_what_depends_on_a_resource_to_be_replaced_is_unknown_in_the_preview(world: World) -> None:
    def program(size: int) -> None:
        provider = Fake("main")
        a = Thing("a", on(provider), size=size)
        Thing("b", on(provider), value=a.computed)
        pulumi.export("id", a.id)

    world.good(lambda: program(1))
    result = world.preview(lambda: program(2))
    assert ops(result) == {"a": "replace", "b": "update"}
    (b,) = [step for step in result.steps if step.name == "b"]
    assert (b.changed, b.new_inputs["value"]) == (("value",), UNKNOWN)
    assert result.outputs["id"] is UNKNOWN


def test_steps_come_sorted_by_urn_with_old_and_new_inputs_masked(world: World) -> None:
    world.good(simple(value=1, password=Hidden("hunter22")))
    result = world.preview(simple(value=2, password=Hidden("hunter33")))
    assert [step.urn for step in result.steps] == sorted(step.urn for step in result.steps)
    (step,) = [step for step in result.steps if step.name == "a"]
    assert (step.op, step.changed, step.replaces) == (Op.UPDATE, ("password", "value"), ())
    assert step.old_inputs == {"value": 1, "password": Secret("hunter22"), "name": "auto-a"}
    assert step.new_inputs == {"value": 2, "password": Secret("hunter33"), "name": "auto-a"}
    assert "hunter" not in repr(result)


def test_what_the_program_no_longer_registers_is_deleted_dependents_first(world: World) -> None:
    world.good(chain)
    result = world.good(lambda: Fake("main", region="r"))
    assert ops(result) == {"a": "delete", "b": "delete", "part": "delete", "part-inner": "delete"}
    assert world.cloud.names("delete").index("b") < world.cloud.names("delete").index("a")
    assert not world.cloud.things


def test_destroy_empties_the_cloud_and_the_state(world: World) -> None:
    world.good(chain)
    assert world.destroy().ok
    assert world.cloud.things == {}
    assert world.state.resources == {}


def test_a_preview_of_destroy_deletes_nothing(world: World) -> None:
    world.good(chain)
    result = world.engine(chain).destroy(preview=True)
    assert set(ops(result).values()) == {"delete"}
    assert len(world.cloud.things) == 3


def test_secret_inputs_and_secret_outputs_of_the_schema_stay_secret_in_the_state(world: World) -> None:
    world.good(chain)
    marks = world.thing("b").outputs.marks
    assert marks == {"note": True, "token": True}
    assert world.thing("b").inputs.secret_paths() == ("note",)
    for file in world.path.parent.iterdir():
        assert b"hunter22" not in file.read_bytes()
        assert b"token-of" not in file.read_bytes()


def test_a_secret_deep_in_an_input_marks_only_itself(world: World) -> None:
    world.good(simple(data={"user": "me", "password": Hidden("hunter22")}))
    assert world.thing("a").inputs.secret_paths() == ("data.password",)


def test_a_secret_stays_secret_on_its_way_through_another_resource(world: World) -> None:
    def program() -> None:
        provider = Fake("main")
        a = Thing("a", on(provider))
        b = Thing("b", on(provider), value=a.token)
        pulumi.export("value", b.value)

    assert world.good(program).outputs["value"] == Secret("token-of-a-1")


def test_additional_secret_outputs_are_secret_also_where_the_resource_exists_already(world: World) -> None:
    def program(**options: Any) -> None:
        a = Thing("a", on(Fake("main"), **options), value=1)
        pulumi.export("computed", a.computed)

    world.good(program)
    result = world.good(lambda: program(additional_secret_outputs=["computed"]))
    assert ops(result) == {"a": "same"}
    assert result.outputs["computed"] == Secret("computed-a-1")


def test_every_failed_check_is_found_in_one_run_and_nothing_is_made_after_the_first(world: World) -> None:
    def program() -> None:
        provider = Fake("main")
        Thing("before", on(provider))
        bad = Thing("bad", on(provider), bad=1)
        Thing("after", on(provider))
        Thing("dependent", on(provider), bad=1, value=bad.computed)

    result = world.up(program)
    assert [(problem.kind, problem.property, problem.urn.rpartition("::")[2]) for problem in result.problems] == [
        ("check", "bad", "bad"),
        ("check", "bad", "dependent"),
    ]
    assert world.cloud.names("create") == ["before"]
    assert world.preview(program).problems == result.problems


def test_a_provider_with_a_wrong_configuration_is_refused_and_its_resources_are_still_checked(world: World) -> None:
    def program() -> None:
        Thing("a", on(Fake("main", region="")), bad=1)

    assert {(problem.property, problem.urn.rpartition("::")[2]) for problem in world.up(program).problems} == {
        ("region", "main"),
        ("bad", "a"),
    }


def test_two_resources_of_one_name_are_refused(world: World) -> None:
    def program() -> None:
        provider = Fake("main")
        Thing("a", on(provider))
        Thing("a", on(provider))

    (problem,) = world.preview(program).problems
    assert problem.kind == "duplicate"
    assert "give one of them another name" in problem.message


def test_the_name_of_a_parent_is_no_part_of_a_urn_but_its_type_is(world: World) -> None:
    def program(second: str) -> None:
        provider = Fake("main")
        for type_, name in (("my:Part", "one"), (second, "two")):
            Thing("a", on(provider, parent=pulumi.ComponentResource(type_, name)))

    world.good(lambda: program("my:Other"))
    assert f"{PREFIX}my:Other$fake:index:Thing::a" in world.state.resources
    assert [problem.kind for problem in world.preview(lambda: program("my:Part")).problems] == ["duplicate"]


def test_dependencies_are_recorded_for_the_order_of_deletions(world: World) -> None:
    def program() -> None:
        provider = Fake("main")
        a = Thing("a", on(provider))
        Thing("b", on(provider, depends_on=[a]))
        Thing("c", on(provider), value=a.computed)

    world.good(program)
    assert world.thing("b").dependencies == (f"{PREFIX}fake:index:Thing::a",)
    assert world.thing("b").property_dependencies == {}
    assert world.thing("c").property_dependencies == {"value": (f"{PREFIX}fake:index:Thing::a",)}
    world.destroy()
    assert world.cloud.names("delete")[-1] == "a"


def test_a_program_that_raises_fails_with_its_own_frames_and_loses_nothing(world: World) -> None:
    def program(*, fail: bool) -> None:
        Thing("a", on(Fake("main")))
        if fail:
            raise ValueError("the stack file says no")

    world.good(lambda: program(fail=False))
    result = world.up(lambda: program(fail=True))
    (problem,) = result.problems
    assert problem.message == "the stack file says no"
    assert 'raise ValueError("the stack file says no")' in problem.detail
    assert "a" in world.cloud.things["a-1"].id


def test_an_error_for_people_has_no_traceback(world: World) -> None:
    def program() -> None:
        raise pulumi.RunError("change line 3 of the stack file")

    assert [(problem.message, problem.detail) for problem in world.up(program).problems] == [
        ("change line 3 of the stack file", "")
    ]


def test_a_failed_program_deletes_nothing(world: World) -> None:
    world.good(chain)

    def program() -> None:
        raise ValueError

    assert not world.up(program).ok
    assert len(world.cloud.things) == 3


def test_an_error_that_the_program_only_logs_fails_the_run_too(world: World) -> None:
    events: list[Event] = []

    def program() -> None:
        pulumi.log.warn("careful")
        pulumi.log.error("no")

    result = world.up(program, on_event=events.append)
    assert [problem.message for problem in result.problems] == ["no"]
    assert [(event.severity, event.message) for event in events if isinstance(event, Diagnostic)] == [
        ("warning", "careful"),
        ("error", "no"),
    ]


def test_a_secret_in_an_error_is_struck_out(world: World) -> None:
    def program() -> None:
        Thing("a", on(Fake("main")), value=pulumi.Output.secret("hunter22")).value.apply(fail)

    def fail(value: str) -> None:
        raise ValueError(f"cannot use {value}")

    (problem,) = world.up(program).problems
    assert problem.message == "cannot use [secret]"
    assert "hunter22" not in problem.detail


def test_secret_settings_reach_the_program_and_no_message(world: World) -> None:
    def program() -> None:
        config = pulumi.Config("proj")
        assert config.get_object("shape") == {"a": 1}
        raise pulumi.RunError(f"bad password {config.get('password')}")

    settings = {"proj:shape": {"a": 1}, "proj:password": "hunter22"}
    (problem,) = world.up(program, config=settings, secret_keys=["proj:password"]).problems
    assert problem.message == "bad password [secret]"


def test_a_program_can_ask_where_it_is(world: World) -> None:
    asked: list[Any] = []

    def program() -> None:
        asked.append((pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization(), pulumi.runtime.is_dry_run()))

    world.preview(program)
    world.up(program)
    assert asked == [("proj", "dev", "organization", True), ("proj", "dev", "organization", False)]


def test_events_tell_the_whole_story_in_order(world: World) -> None:
    events: list[Event] = []
    result = world.up(simple(value=1), on_event=events.append)
    kinds = [type(event) for event in events]
    assert kinds[0] is RunStarted
    assert kinds[-1] is RunFinished
    assert events[-1] == RunFinished(result)
    planned, started, done = (kinds.index(kind) for kind in (ResourcePlanned, ResourceStarted, ResourceDone))
    assert planned < started < done


def test_a_refused_resource_is_an_event(world: World) -> None:
    events: list[Event] = []
    world.up(simple(broken=True), on_event=events.append)
    (failed,) = [event for event in events if isinstance(event, ResourceFailed)]
    assert failed.problem.message == "the cloud has no room"


def test_the_time_of_providers_is_accounted_by_type(world: World) -> None:
    durations = world.good(simple()).durations
    assert set(durations.provider) == {"fake:index:Thing", "pulumi:providers:fake"}
    assert 0 < sum(durations.provider.values()) < durations.driver < durations.total


@pytest.mark.parametrize("operation", ["up", "preview"])
def test_without_a_state_every_run_starts_from_nothing(world: World, operation: str) -> None:
    for _ in range(2):
        engine = world.engine(simple(), state_path=None)
        assert ops(getattr(engine, operation)()) == {"a": "create"}
    assert not world.path.parent.exists()


def test_runs_in_one_process_leave_nothing_behind(world: World) -> None:
    world.good(chain, config={"proj:x": "1"})
    assert pulumi.get_stack() != "dev"
    assert pulumi.Config("proj").get("x") is None
    assert pulumi.runtime.get_root_resource() is None

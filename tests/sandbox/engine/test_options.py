"""Resource options, reads, imports, functions and references to other stacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.properties import Secret
from sandbox.engine.steps import Op
from sandbox.provider import Live
from tests.sandbox.engine.world import PREFIX, Hidden, Part, World, on, ops, simple
from tests.support.fake_provider import THING, Fake, Thing


def named(name: str, **options: Any) -> Any:
    return lambda: Thing(name, on(Fake("main"), **options), value=1)


def test_a_rename_without_an_alias_deletes_and_creates(world: World) -> None:
    world.good(named("old"))
    assert ops(world.good(named("new"))) == {"old": "delete", "new": "create"}


@pytest.mark.parametrize(
    "alias",
    [pulumi.Alias(name="old"), f"{PREFIX}{THING}::old", pulumi.Alias(name="old", type_=THING)],
)
def test_a_rename_with_an_alias_changes_nothing(world: World, alias: Any) -> None:
    world.good(named("old"))
    assert ops(world.good(named("new", aliases=[alias]))) == {"new": "same"}
    assert list(world.state.resources)[-1] == f"{PREFIX}{THING}::new"
    assert ops(world.good(named("new"))) == {"new": "same"}


def test_a_child_can_move_to_another_parent_with_an_alias(world: World) -> None:
    def program(*, moved: bool) -> None:
        options: dict[str, Any] = {}
        if moved:
            part = pulumi.ComponentResource("my:Part", "part")
            options = {"parent": part, "aliases": [pulumi.Alias(parent=None)]}
        Thing("a", on(Fake("main"), **options))

    world.good(lambda: program(moved=False))
    assert ops(world.good(lambda: program(moved=True))) == {"part": "create", "a": "same"}


def test_the_children_of_a_renamed_component_are_found_under_its_old_name(world: World) -> None:
    def program(name: str, **options: Any) -> None:
        Part(name, on(Fake("main"), **options))

    world.good(lambda: program("old"))
    assert ops(world.good(lambda: program("new", aliases=[pulumi.Alias(name="old")]))) == {
        "new": "same",
        "new-inner": "same",
    }
    assert ops(world.good(lambda: program("new"))) == {"new": "same", "new-inner": "same"}


def test_two_resources_cannot_claim_one_old_one(world: World) -> None:
    world.good(named("old"))

    def program() -> None:
        provider = Fake("main")
        for name in ("one", "two"):
            Thing(name, on(provider, aliases=[pulumi.Alias(name="old")]))

    (problem,) = world.preview(program).problems
    assert "already claimed" in problem.message


def test_ignored_changes_keep_their_old_values(world: World) -> None:
    world.good(simple(value=1, tags={"a": 1, "b": 1}, rules=[{"port": 1}, {"port": 2}]))
    edited = {"value": 2, "tags": {"a": 2, "b": 1}, "rules": [{"port": 3}, {"port": 4}]}
    ignored = {"ignore_changes": ["value", "tags.a", "rules[*].port"]}
    assert ops(world.good(simple(**edited, opts=ignored))) == {"a": "same"}
    assert world.thing("a").inputs.values["tags"] == {"a": 1, "b": 1}
    result = world.preview(simple(**edited, opts={"ignore_changes": ["value"]}))
    assert [step.changed for step in result.steps if step.name == "a"] == [("rules", "tags")]


def test_ignored_changes_do_not_matter_when_the_resource_is_new(world: World) -> None:
    world.good(simple(value=1, opts={"ignore_changes": ["value"]}))
    assert world.thing("a").inputs.values["value"] == 1


def test_an_ignored_secret_stays_secret(world: World) -> None:
    world.good(simple(value=Hidden("hunter22")))
    world.good(simple(value="open", opts={"ignore_changes": ["value"]}))
    assert world.thing("a").inputs.masked()["value"] == Secret("hunter22")


def test_timeouts_are_recorded(world: World) -> None:
    world.good(simple(opts={"custom_timeouts": pulumi.CustomTimeouts(create="5m")}))
    assert world.thing("a").custom_timeouts == {"create": "5m"}


def test_a_resource_without_a_provider_gets_the_default_one_of_its_package(world: World) -> None:
    def program() -> None:
        Thing("a", pulumi.ResourceOptions(version="1.2.3"))
        Thing("b", pulumi.ResourceOptions(version="1.2.3"))

    result = world.good(program, config={"fake:region": "r"})
    assert [step.name for step in result.steps if step.type == "pulumi:providers:fake"] == ["default_1_2_3"]
    assert world.thing("default_1_2_3").inputs.values == {"region": "r"}
    assert {str(step.op) for step in world.good(program, config={"fake:region": "r"}).steps} == {"same"}


@pytest.mark.parametrize("barred", ['["*"]', '["aws", "fake"]'])
def test_default_providers_can_be_disabled_as_with_the_real_engine(world: World, barred: str) -> None:
    (problem,) = world.up(lambda: Thing("a"), config={"pulumi:disable-default-providers": barred}).problems
    assert "give the resource an explicit provider" in problem.message


def test_a_package_that_nothing_simulates_is_named(world: World) -> None:
    def nothing(package: str) -> Any:
        raise LookupError(package)

    engine = world.engine(lambda: Thing("a"))
    engine.providers = nothing
    assert "no simulator of the package 'fake'" in engine.up().problems[0].message


def test_an_existing_resource_is_imported_and_then_managed(world: World) -> None:
    world.cloud.things["there"] = Live("there", {"value": 1, "name": "x"})
    options = {"import_": "there"}
    result = world.good(simple(value=1, name="x", opts=options))
    assert ops(result) == {"a": "import"}
    assert ops(world.good(simple(value=1, name="x", opts=options))) == {"a": "same"}
    assert ops(world.good(simple(value=2, name="x"))) == {"a": "update"}
    world.destroy()
    assert world.cloud.things == {}


def test_an_import_that_differs_is_followed_by_an_update(world: World) -> None:
    world.cloud.things["there"] = Live("there", {"value": 1, "name": "x"})
    result = world.good(simple(value=2, name="x", opts={"import_": "there"}))
    assert [str(step.op) for step in result.steps if step.name == "a"] == ["import", "update"]
    assert world.cloud.things["there"].properties["value"] == 2


def test_what_does_not_exist_cannot_be_imported(world: World) -> None:
    (problem,) = world.preview(simple(opts={"import_": "nowhere"})).problems
    assert "'nowhere'" in problem.message


def _reader(id_: str) -> Any:
    def program() -> None:
        got = Thing("got", on(Fake("main"), id=id_))
        pulumi.export("value", got.value)
        pulumi.export("token", got.token)

    return program


def test_a_resource_that_is_read_is_known_in_previews_too_and_never_deleted(world: World) -> None:
    world.cloud.things["there"] = Live("there", {"value": 7, "token": "hunter22"})
    assert world.preview(_reader("there")).outputs == {"value": 7, "token": Secret("hunter22")}
    result = world.good(_reader("there"))
    assert ops(result) == {"got": "read"}
    assert world.thing("got").external
    gone = world.good(lambda: Fake("main"))
    (step,) = [step for step in gone.steps if step.op is Op.DELETE]
    assert step.external
    assert world.cloud.names("delete") == []


def test_reading_what_does_not_exist_is_an_error(world: World) -> None:
    (problem,) = world.up(_reader("nowhere")).problems
    assert "no fake:index:Thing with the id 'nowhere'" in problem.message


def test_a_function_of_a_provider_sees_its_configuration(world: World) -> None:
    def program() -> None:
        options = pulumi.InvokeOptions(provider=Fake("main", region="here"))
        pulumi.export("plain", pulumi.runtime.invoke("fake:index:double", {"number": 4}, options).value)
        pulumi.export(
            "output", pulumi.runtime.invoke_output("fake:index:double", {"number": Thing("a").name.apply(len)})
        )

    outputs = world.good(program).outputs
    assert outputs == {"plain": {"doubled": 8, "region": "here"}, "output": {"doubled": 12, "region": "nowhere"}}


def test_a_function_that_fails_says_why(world: World) -> None:
    def program() -> None:
        pulumi.runtime.invoke("fake:index:double", {"fail": True})

    (problem,) = world.up(program).problems
    assert "no such thing" in problem.message


def test_another_stacks_outputs_can_be_read_and_keep_their_secrets(world: World, tmp_path: Path) -> None:
    other = World(tmp_path, "other")

    def source() -> None:
        pulumi.export("open", "yes")
        pulumi.export("hidden", pulumi.Output.secret("hunter22"))

    def program() -> None:
        reference = pulumi.StackReference("organization/proj/other")
        pulumi.export("open", reference.get_output("open"))
        pulumi.export("hidden", reference.get_output("hidden"))

    other.good(source)
    assert world.good(program).outputs == {"open": "yes", "hidden": Secret("hunter22")}
    assert world.preview(program).outputs["open"] == "yes"
    for file in world.path.parent.iterdir():
        assert b"hunter22" not in file.read_bytes()


def test_a_stack_that_was_never_up_cannot_be_referred_to(world: World) -> None:
    (problem,) = world.up(lambda: pulumi.StackReference("nobody")).problems
    assert "no state of a stack 'nobody'" in problem.message


def test_transforms_are_refused(world: World) -> None:
    def program() -> None:
        pulumi.runtime.register_resource_transform(lambda args: None)

    assert not world.up(program).ok


def test_a_provider_with_an_unknown_configuration_is_not_asked_in_a_preview(world: World) -> None:
    def program() -> None:
        first = Thing("first", on(Fake("main")))
        second = Thing("second", on(Fake("late", endpoint=first.computed)), value=1)
        pulumi.export("name", second.name)

    result = world.preview(program)
    assert ops(result) == {"first": "create", "second": "create"}
    assert str(result.outputs["name"]) == "UNKNOWN"
    assert world.good(program).outputs["name"] == "auto-second"

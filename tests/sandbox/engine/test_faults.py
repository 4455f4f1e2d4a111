"""Whatever goes wrong, and wherever: the next run ends where an undisturbed one does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pulumi
import pytest

from sandbox.engine.events import Event, ResourceStarted
from sandbox.engine.faults import Faults, Interrupt, Kill, Operation, Refuse, TimeOut
from sandbox.engine.lock import StateInUseError
from sandbox.provider import Live
from tests.sandbox.engine.world import Part, World, on, ops, simple
from tests.support.fake_provider import Fake, Thing

CREATES = 6


def program(size: int = 1) -> None:
    """Six things, some of which depend on others, and one of which has to be deleted before its replacement is made."""
    provider = Fake("main", region="r")
    a = Thing("a", on(provider), size=size)
    b = Thing("b", on(provider), value=a.name, solid=size)
    c = Thing("c", on(provider), size=b.name, tags={"of": a.name})
    part = Part("part", on(provider), value=c.name, secret=pulumi.Output.secret("hunter22"))
    Thing("d", on(provider, depends_on=[part]))
    Thing("e", on(provider, protect=False), value=part.thing.name)
    pulumi.export("name", c.name)


@pytest.fixture
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("undisturbed"))
    world.good(program)
    assert len(world.cloud.names("create")) == CREATES
    return world


FAULTS: list[Callable[[int], Faults]] = [
    Refuse,
    TimeOut,
    lambda number: Refuse(number, partial=Live(f"half-{number}", {"name": "half"})),
    Interrupt,
    lambda number: Interrupt(number, late=True),
]


@pytest.mark.parametrize("number", range(1, CREATES + 1))
@pytest.mark.parametrize("fault", FAULTS, ids=["refused", "timeout", "half-made", "interrupted", "interrupted-late"])
def test_a_fault_at_any_create_leaves_a_state_from_which_the_next_run_gets_there(
    world: World, undisturbed: World, fault: Callable[[int], Faults], number: int
) -> None:
    disturbed = world.up(program, faults=fault(number))
    assert [problem.kind for problem in disturbed.problems] in (["provider"], ["interrupted"])
    assert "hunter22" not in repr(disturbed)
    done = world.good(program)
    assert world.shape() == undisturbed.shape()
    assert world.state.pending == {}
    assert world.state.condemned == []
    assert done.outputs == {"name": "auto-c"}
    assert {str(step.op) for step in world.good(program).steps} == {"same"}


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("kind", ["create", "delete"])
@pytest.mark.parametrize("fault", [Refuse, Interrupt, lambda number, kind: Interrupt(number, kind, late=True)])
def test_a_fault_anywhere_in_a_replacement_is_made_good_by_the_next_run(
    world: World, undisturbed: World, kind: str, number: int, fault: Callable[[int, str], Faults]
) -> None:
    undisturbed.good(lambda: program(2))
    world.good(program)
    world.up(lambda: program(2), faults=fault(number, kind))
    world.good(lambda: program(2))
    assert world.shape() == undisturbed.shape()
    assert world.state.condemned == []


def test_after_a_fault_nothing_else_is_made_but_further_problems_are_found(world: World) -> None:
    def program() -> None:
        provider = Fake("main")
        Thing("a", on(provider))
        Thing("b", on(provider))
        Thing("c", on(provider), bad=1)

    result = world.up(program, faults=Refuse(1))
    assert [problem.kind for problem in result.problems] == ["provider", "check"]
    assert world.cloud.names("create") == []


def test_what_was_half_made_is_finished_by_an_update(world: World) -> None:
    world.up(simple(broken="half"))
    assert world.thing("a").init_errors == ("the cloud has no room",)
    assert ops(world.good(simple(broken="half"))) == {"a": "update"}
    assert world.thing("a").init_errors == ()


def test_what_was_half_made_instead_of_another_takes_its_place(world: World) -> None:
    world.good(simple(size=1))
    world.up(simple(size=2, broken="half"))
    assert [resource.id for resource in world.state.condemned] == ["a-1"]
    world.good(simple(size=2, broken="half"))
    assert world.state.condemned == []
    assert "a-1" not in world.cloud.things


def test_a_fault_during_destroy_is_gone_on_from(world: World) -> None:
    world.good(program)
    assert not world.destroy(faults=Refuse(3, "delete")).ok
    assert len(world.cloud.things) == CREATES - 2
    assert world.destroy().ok
    assert (world.cloud.things, world.state.resources) == ({}, {})


def test_ctrl_c_during_an_operation_lets_it_end_and_be_recorded(world: World) -> None:
    class PressCtrlC(Faults):
        def before(self, operation: Operation) -> None:
            if operation.number == 2:
                os.kill(os.getpid(), signal.SIGINT)

    result = world.up(program, faults=PressCtrlC())
    assert [problem.kind for problem in result.problems] == ["interrupted"]
    made = [resource for resource in world.state.resources.values() if resource.managed]
    assert len(made) == len(world.cloud.things) == 2
    assert world.state.pending == {}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_between_operations_stops_at_once(world: World) -> None:
    def program() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("not reached")

    assert [problem.kind for problem in world.up(program).problems] == ["interrupted"]


def test_an_operation_that_was_cut_short_is_named_by_the_next_run(world: World) -> None:
    world.up(program, faults=Interrupt(1, late=True))
    assert list(world.state.pending.values()) == ["create"]
    (note,) = world.good(program).notes
    assert "cut short" in note
    assert "::a" in note


RUN = """
import sys
from pathlib import Path
from sandbox.engine.faults import Kill
from tests.sandbox.engine.test_faults import program
from tests.sandbox.engine.world import World
World(Path(sys.argv[1])).up(program, faults=Kill(int(sys.argv[2]), late=sys.argv[3] == "late"))
"""


@pytest.mark.parametrize(("number", "when"), [(1, "early"), (3, "late"), (CREATES, "early")])
def test_a_killed_run_loses_nothing(world: World, undisturbed: World, number: int, when: str) -> None:
    folder = world.path.parent.parent
    root = Path(__file__).parents[3]
    run = subprocess.run([sys.executable, "-c", RUN, str(folder), str(number), when], cwd=root, check=False, timeout=60)
    assert run.returncode == -signal.SIGKILL
    before = world.state
    assert sum(resource.managed for resource in before.resources.values()) == number - 1
    assert list(before.pending.values()) == ["create"]
    for file in world.path.parent.iterdir():
        assert b"hunter22" not in file.read_bytes()
    result = world.good(program)
    assert len(result.notes) == 2
    assert len(world.cloud.names("create")) == CREATES - number + 1
    assert world.shape() == undisturbed.shape()


def test_a_second_run_beside_the_first_is_refused_before_it_does_anything(world: World) -> None:
    refused: list[str] = []

    def beside(event: Event) -> None:
        if isinstance(event, ResourceStarted) and not refused:
            with pytest.raises(StateInUseError) as error:
                world.engine(program).up()
            refused.append(str(error.value))

    world.good(program, on_event=beside)
    assert "another run" in refused[0]


def test_a_preview_needs_no_lock(world: World) -> None:
    seen: list[dict[str, str]] = []

    def beside(event: Event) -> None:
        if isinstance(event, ResourceStarted) and not seen:
            other = Thread(target=lambda: seen.append(ops(world.engine(simple()).preview())))
            other.start()
            other.join()

    world.good(simple(), on_event=beside)
    assert seen == [{"a": "create"}]


def test_faults_count_each_kind_for_itself() -> None:
    fault = Kill(2, "delete")
    fault.before(Operation("create", 2, "", ""))
    fault.before(Operation("delete", 1, "", ""))

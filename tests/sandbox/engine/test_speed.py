"""The driver's own cost: small for a resource, and no more for the thousandth than for the first."""

from __future__ import annotations

import gc
import itertools
from typing import Any

import pulumi
import pytest

from sandbox.engine import state as state_module
from tests.sandbox.engine.world import World, on
from tests.support.fake_provider import Fake, Thing


def program(count: int) -> Any:
    def run() -> None:
        provider = Fake("main")
        made: list[Thing] = []
        for index in range(count):
            value = made[-1].computed if index % 4 else index
            made.append(Thing(f"t{index}", on(provider), value=value, tags={f"k{n}": "v" for n in range(10)}))
        pulumi.export("last", made[-1].computed)

    return run


def test_the_driver_takes_less_than_ten_milliseconds_for_a_resource(world: World) -> None:
    for run in (world.preview, world.good, world.good):
        result = run(program(100))
        assert result.durations.driver / 100 < 0.010


def test_the_snapshot_is_written_twice_in_a_run_of_any_size(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    replace_file = state_module.replace_file
    monkeypatch.setattr(state_module, "replace_file", lambda path, text: (written.append(1), replace_file(path, text)))
    for count in (5, 50):
        written.clear()
        world.good(program(count))
        assert len(written) <= 2


def test_the_journal_grows_by_the_same_for_every_resource(world: World) -> None:
    journal = world.path.with_suffix(".journal")
    sizes: list[int] = []

    def watch(_event: object) -> None:
        sizes.append(journal.stat().st_size if journal.exists() else 0)

    world.good(program(60), on_event=watch)
    growth = [after - before for before, after in itertools.pairwise(sizes) if after > before]
    assert max(growth) < 3 * min(part for part in growth if part > 500)


@pytest.mark.slow
def test_sixteen_times_the_resources_take_as_long_each(tmp_path_factory: pytest.TempPathFactory) -> None:
    def each(count: int) -> float:
        best = []
        for number in range(3):
            world = World(tmp_path_factory.mktemp(f"{count}-{number}"))
            best.append(world.good(program(count)).durations.driver / count)
        return min(best)

    each(50)  # everything is loaded and warm
    assert each(1600) < 1.25 * each(100)


def test_the_collector_is_as_it_was_after_a_run(world: World) -> None:
    before = gc.get_threshold()
    world.good(program(1))
    assert gc.get_threshold() == before

"""The state on disk: whole at every moment, sealed where it is secret, used by one run at a time."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.codec import decode_resource, encode_resource
from sandbox.engine.lock import Lock, StateInUseError
from sandbox.engine.properties import Properties
from sandbox.engine.resources import Resource
from sandbox.engine.state import StateError, StateFile
from sandbox.engine.vault import SealError, Vault


def made(name: str, **fields: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:dev::proj::t::{name}", type="t", custom=True, id=name, **fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dev" / "state.json"


def opened(path: Path) -> StateFile:
    return StateFile(path, "proj", "dev")


FULL = made(
    "full",
    inputs=Properties({"a": {"b": [1, None, "x"], "c": "hidden-1"}, "d": "hidden-2"}, {"a": {"c": True}, "d": True}),
    outputs=Properties({"list": ["hidden-3"], "plain": True}, {"list": True}),
    parent="urn:pulumi:dev::proj::t::p",
    provider="urn:pulumi:dev::proj::pulumi:providers:fake::x::some-id",
    dependencies=("urn:pulumi:dev::proj::t::q",),
    property_dependencies={"a": ("urn:pulumi:dev::proj::t::q",)},
    protect=True,
    custom_timeouts={"create": "5m"},
    init_errors=("half",),
)


def test_a_resource_is_read_as_it_was_written() -> None:
    vault = Vault(os.urandom(32))
    assert decode_resource(json.loads(json.dumps(encode_resource(FULL, vault))), vault) == FULL


def test_no_secret_is_in_any_file_of_the_state(path: Path) -> None:
    with opened(path) as state:
        state.put(FULL)
        assert "hidden" not in path.with_suffix(".journal").read_text()
    assert "full" in path.read_text()
    for file in path.parent.iterdir():
        assert b"hidden" not in file.read_bytes()


def test_every_file_of_the_state_is_the_owners_alone(path: Path) -> None:
    with opened(path) as state:
        state.put(FULL)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_was_sealed_for_one_resource_does_not_open_for_another() -> None:
    vault = Vault(os.urandom(32))
    moved = {**encode_resource(FULL, vault), "urn": "urn:pulumi:dev::proj::t::thief"}
    with pytest.raises(SealError, match="another key"):
        decode_resource(moved, vault)


def test_a_lost_key_is_named(path: Path) -> None:
    with opened(path) as state:
        state.put(FULL)
    path.with_suffix(".key").unlink()
    with pytest.raises(SealError, match=r"state\.key is missing"):
        opened(path).read()
    with pytest.raises(SealError, match=r"state\.key is missing"), opened(path):
        pass


def test_the_state_of_another_stack_is_refused(path: Path) -> None:
    with opened(path):
        pass
    with pytest.raises(StateError, match="stack 'dev', expected 'prod'"):
        StateFile(path, "proj", "prod").read()


def test_a_state_that_is_no_json_says_what_to_do(path: Path) -> None:
    with opened(path):
        pass
    path.write_text("{")
    with pytest.raises(StateError, match="restore it, or delete the folder"):
        opened(path).read()


def test_reading_where_nothing_was_made_makes_nothing(path: Path) -> None:
    assert opened(path).read().resources == {}
    assert not path.parent.exists()


def _journal_of_a_killed_run(path: Path) -> bytes:
    """The journal of a run that never ended: with two resources made, one dropped, and one create under way."""
    with opened(path) as state:
        state.begin("create", made("a").urn)
        state.put(made("a"))
        state.begin("create", FULL.urn)
        state.put(FULL)
        state.put(made("gone"))
        state.drop(made("gone").urn)
        state.begin("create", made("b").urn)
        return path.with_suffix(".journal").read_bytes()


def test_a_killed_run_is_found_again_from_its_journal(path: Path) -> None:
    journal = _journal_of_a_killed_run(path)
    path.unlink()
    path.with_suffix(".journal").write_bytes(journal)
    found = opened(path).read()
    assert list(found.resources) == [made("a").urn, FULL.urn]
    assert found.resources[FULL.urn] == FULL
    assert found.pending == {made("b").urn: "create"}


def test_a_journal_that_breaks_off_anywhere_gives_a_state_that_was_true_at_some_moment(path: Path) -> None:
    journal = _journal_of_a_killed_run(path)
    path.unlink()
    seen = set()
    ends = [index + 1 for index, byte in enumerate(journal) if byte == ord("\n")]
    for length in {0, *ends, *(end - 1 for end in ends), *range(1, len(journal), 13)}:
        path.with_suffix(".journal").write_bytes(journal[:length])
        found = opened(path).read()
        seen.add((tuple(urn[-1:] for urn in found.resources), tuple(found.pending.values())))
    assert seen == {
        ((), ()),
        ((), ("create",)),
        (("a",), ()),
        (("a",), ("create",)),
        (("a", "l"), ()),
        (("a", "l", "e"), ()),
        (("a", "l"), ("create",)),
    }


def test_a_journal_that_was_folded_in_already_is_not_applied_twice(path: Path) -> None:
    journal = _journal_of_a_killed_run(path)
    path.with_suffix(".journal").write_bytes(journal)  # as if the run had died between renaming and truncating
    assert list(opened(path).read().resources) == [made("a").urn, FULL.urn]


def test_a_replaced_resource_is_kept_until_it_is_deleted(path: Path) -> None:
    with opened(path) as state:
        state.put(made("a"))
        state.condemn(made("a").urn)
        state.put(Resource(urn=made("a").urn, type="t", custom=True, id="a2"))
    found = opened(path).read()
    assert [r.id for r in found.condemned] == ["a"]
    assert found.resources[made("a").urn].id == "a2"
    with opened(path) as state:
        state.forget(found.condemned[0])
    assert opened(path).read().condemned == []


def test_a_rename_reaches_everything_that_refers_to_the_resource(path: Path) -> None:
    old, new = made("old").urn, made("new").urn
    with opened(path) as state:
        state.put(made("old"))
        state.put(
            made("user", parent=old, dependencies=(old,), property_dependencies={"x": (old,)}, provider=f"{old}::id")
        )
    with opened(path) as state:
        state.rename(old, new)
    user = opened(path).read().resources[made("user").urn]
    assert user.needs() == {new}
    assert user.provider == f"{new}::id"


def test_the_snapshot_is_written_in_the_order_of_the_last_run(path: Path) -> None:
    with opened(path) as state:
        state.put(made("x"))
        state.put(made("y"))
        state.put(made("left"))
    with opened(path) as state:
        state.keep(made("y").urn)
        state.put(made("z"))
        state.keep(made("x").urn)
    assert [urn[-1] for urn in opened(path).read().resources] == ["y", "z", "x", "t"]


def test_a_run_that_changes_nothing_writes_nothing(path: Path) -> None:
    with opened(path) as state:
        state.put(FULL)
    before = path.stat().st_mtime_ns
    with opened(path) as state:
        state.keep(FULL.urn)
    assert path.stat().st_mtime_ns == before


def test_two_runs_refuse_each_other_and_say_who_holds_the_state(path: Path) -> None:
    with (
        opened(path),
        pytest.raises(StateInUseError, match=rf"process {os.getpid()}, started 20.*wait for it"),
        opened(path),
    ):
        pass
    with opened(path):
        pass


def test_another_process_is_refused_too(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sandbox.engine.lock import Lock\n"
        "with Lock(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "held\n"
    with pytest.raises(StateInUseError, match=f"process {child.pid}"), Lock(tmp_path / "lock"):
        pass
    child.kill()
    child.wait()
    with Lock(tmp_path / "lock") as lock:
        assert lock.left_by == child.pid


def test_a_lock_file_that_is_only_left_behind_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("garbage")
    with Lock(tmp_path / "lock") as lock:
        assert lock.left_by is None

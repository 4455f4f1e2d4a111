import json
from pathlib import Path
from typing import Any

from sandbox.event_log import Diagnostic, Step, diagnostics, events, failed, plain, steps, summary


def began(op: str, urn: str = "urn:a", **more: Any) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": urn, "type": "t", **more}}}


def ended(op: str, urn: str = "urn:a", **more: Any) -> dict[str, Any]:
    return {"resOutputsEvent": {"metadata": {"op": op, "urn": urn, "type": "t", **more}}}


def test_a_step_says_what_differs_by_path_and_what_replaces_by_property():
    diff = {"disk.kind": {"diffKind": "update-replace"}, "tags[0]": {"diffKind": "add"}}
    (step,) = steps([began("replace", keys=["size"], diffs=["disk", "tags"], detailedDiff=diff)])
    assert step == Step("urn:a", "replace", "t", replaces=("disk", "size"), changed=("disk.kind", "tags[0]"))


def test_without_paths_the_properties_that_differ_are_what_is_known():
    assert steps([began("update", diffs=["b", "a"], detailedDiff=None)])[0].changed == ("a", "b")


def test_a_refresh_says_what_it_found():
    diff = {"size": {"diffKind": "update"}}
    found = steps(
        [began("refresh"), began("refresh", "urn:b"), ended("update", detailedDiff=diff), ended("delete", "urn:b")]
    )
    assert [(step.op, step.found, step.changed) for step in found] == [
        ("refresh", "update", ("size",)),
        ("refresh", "delete", ()),
    ]


def test_what_was_said_is_given_without_colours():
    said = {"severity": "error", "message": "<{%fg 1%}>wrong<{%reset%}>\n", "urn": "urn:a"}
    assert diagnostics([{"diagnosticEvent": said}, {"diagnosticEvent": {**said, "severity": "debug"}}], "error") == (
        Diagnostic("error", "wrong", "urn:a"),
    )
    assert plain("a <{% b") == "a <{% b"


def test_the_summary_is_the_engines_own_count():
    assert summary([{"summaryEvent": {"resourceChanges": {"create": 2}}}]) == {"create": 2}
    assert summary([]) == {}


def test_failed_steps_are_known_by_urn():
    assert failed([{"resOpFailedEvent": {"metadata": {"urn": "urn:a"}}}, began("create")]) == {"urn:a"}


def test_a_log_that_was_never_written_has_no_events_and_one_that_broke_off_has_those_before(tmp_path: Path):
    file = tmp_path / "events.json"
    assert list(events(file)) == []
    file.write_text(json.dumps({"sequence": 1}) + "\n" + '{"sequence": 2, "resou')
    assert list(events(file)) == [{"sequence": 1}]

"""Secrets that do not print, and what is said of values that cannot be shown."""

from __future__ import annotations

import json
import pickle

import pytest

from sandbox.engine.properties import Properties, Secret, has_unknown, plain_text, secret_texts
from sandbox.engine.report import Report
from sandbox.engine.steps import Op, Step
from sandbox.provider import UNKNOWN

PROPERTIES = Properties(
    {"open": 1, "key": "hunter22", "data": {"user": "me", "password": "hunter33"}, "list": ["hunter44"]},
    {"key": True, "data": {"password": True}, "list": True},
)


def test_a_secret_shows_in_no_text() -> None:
    secret = Secret("hunter22")
    assert (
        "hunter"
        not in f"{secret} {secret!r} {secret!s} {[secret]} {PROPERTIES!r} {Step(Op.CREATE, 'u', 't', new=PROPERTIES)!r}"
    )


def test_a_secret_is_not_serialised_by_accident() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret("x"))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret("x"))


def test_a_secret_can_be_revealed_and_compared() -> None:
    assert Secret("x").reveal() == "x"
    assert Secret("x") == Secret("x")
    assert Secret("x") != Secret("y")
    assert Secret("x") != "x"


def test_only_what_is_marked_is_masked() -> None:
    masked = PROPERTIES.masked()
    assert masked["open"] == 1
    assert masked["data"] == {"user": "me", "password": Secret("hunter33")}
    assert masked["list"] == Secret(["hunter44"])


def test_secret_paths_are_told_without_values() -> None:
    assert PROPERTIES.secret_paths() == ("data.password", "key", "list")


def test_the_plain_form_of_a_step_has_a_mask_for_each_secret_and_unknown() -> None:
    step = Step(Op.UPDATE, "urn:pulumi:s::p::t::n", "t", old=PROPERTIES, new=Properties({"later": [UNKNOWN]}))
    text = json.dumps(step.as_json())
    assert "hunter" not in text
    assert step.as_json()["new"] == {"later": ["[unknown]"]}
    assert plain_text(Secret(1)) == "[secret]"


def test_unknowns_are_found_at_any_depth() -> None:
    assert has_unknown({"a": [1, {"b": UNKNOWN}]})
    assert not has_unknown({"a": [1, {"b": None}]})


def test_secrets_are_struck_out_of_messages_the_longest_first() -> None:
    report = Report(lambda _: None)
    report.hide(PROPERTIES)
    report.hide(Properties({"more": "hunter22-and-more"}, {"more": True}))
    assert report.redacted("hunter22-and-more hunter33 hunter44 me") == "[secret] [secret] [secret] me"


def test_short_secrets_do_not_strike_out_ordinary_words() -> None:
    assert secret_texts(Properties({"a": "me", "b": "hunter22"}, {"a": True, "b": True})) == {"hunter22"}

import base64
import string

import bcrypt
import pytest

from sandbox.provider import UNKNOWN
from sandbox.simulators import randomness as r
from tests.sandbox.simulators.kit import cloud, paths


@pytest.fixture
def random():
    return cloud("random")


def test_a_password_has_its_length_its_classes_and_a_hash_that_fits(random):
    inputs = {"length": 24, "minLower": 2, "minUpper": 3, "minNumeric": 4, "minSpecial": 5, "overrideSpecial": "_-"}
    for _ in range(20):
        live = random.make(r.PASSWORD, **inputs)
        text = live.properties["result"]
        assert len(text) == 24
        assert sum(c in string.ascii_lowercase for c in text) >= 2
        assert sum(c in string.ascii_uppercase for c in text) >= 3
        assert sum(c.isdigit() for c in text) >= 4
        assert sum(c in "_-" for c in text) >= 5
        assert set(text) <= set(string.ascii_letters + string.digits + "_-")
    assert bcrypt.checkpw(text.encode(), live.properties["bcryptHash"].encode())
    assert random.provider.secret_outputs(r.PASSWORD) == {"result", "bcryptHash"}
    assert live.id == "none"


def test_classes_that_are_off_do_not_appear(random):
    text = random.make(r.STRING, length=200, special=False, upper=False, numeric=False).properties["result"]
    assert set(text) <= set(string.ascii_lowercase)
    assert random.make(r.STRING, length=50, number=False, special=False).properties["result"].isalpha()


@pytest.mark.parametrize(
    ("type_", "inputs", "where"),
    [
        (r.PASSWORD, {"length": 3, "minLower": 2, "minUpper": 2}, ["length"]),
        (r.PASSWORD, {"length": 0}, ["length"]),
        (r.STRING, {"length": 4, "lower": False, "upper": False, "numeric": False, "special": False}, ["length"]),
        (r.ID, {"byteLength": 0}, ["byteLength"]),
        (r.INTEGER, {"min": 5, "max": 4}, ["min"]),
        (r.ID, {"byteLenght": 4}, ["byteLenght", "byteLength"]),
    ],
)
def test_wrong_inputs_are_named(random, type_, inputs, where):
    assert paths(random.failures(type_, **inputs)) == where


def test_an_id_is_the_same_bytes_in_every_notation(random):
    live = random.make(r.ID, byteLength=6, prefix="um-")
    properties = live.properties
    raw = bytes.fromhex(properties["hex"].removeprefix("um-"))
    assert len(raw) == 6
    assert properties["b64Std"] == "um-" + base64.b64encode(raw).decode()
    assert base64.urlsafe_b64decode(live.id + "==") == raw
    assert properties["b64Url"] == "um-" + live.id
    assert properties["dec"] == f"um-{int.from_bytes(raw)}"


def test_two_values_differ(random):
    for type_, inputs in (
        (r.ID, {"byteLength": 8}),
        (r.PASSWORD, {"length": 20}),
        (r.UUID_, {}),
        (r.UUID7, {}),
        (r.BYTES, {"length": 8}),
    ):
        one, other = random.make(type_, "x", **inputs).properties, random.make(type_, "x", **inputs).properties
        assert one != other


def test_uuids_have_their_version(random):
    assert [random.make(t).properties["result"][14] for t in (r.UUID_, r.UUID4, r.UUID7)] == ["4", "4", "7"]


def test_a_number_lies_in_its_range_and_a_seed_repeats_it(random):
    numbers = {random.make(r.INTEGER, min=30_000, max=30_002).properties["result"] for _ in range(60)}
    assert numbers == {30_000, 30_001, 30_002}
    seeded = [random.make(r.INTEGER, min=0, max=10**9, seed="s").properties["result"] for _ in range(2)]
    assert seeded[0] == seeded[1]


def test_a_shuffle_keeps_the_items_and_repeats_them_only_when_more_are_wanted(random):
    assert sorted(random.make(r.SHUFFLE, inputs=["a", "b", "c"]).properties["results"]) == ["a", "b", "c"]
    five = random.make(r.SHUFFLE, inputs=["a", "b"], resultCount=5).properties["results"]
    assert len(five) == 5
    assert set(five) == {"a", "b"}


def test_a_pet_has_its_words_and_its_prefix(random):
    live = random.make(r.PET, length=3, prefix="um", separator="_")
    assert len(live.id.split("_")) == 4
    assert live.id.startswith("um_")


def test_other_keepers_draw_another_value_and_the_same_ones_keep_it(random):
    live = random.make(r.PASSWORD, length=20, keepers={"rotation": "1"})
    assert random.diff(r.PASSWORD, live, length=20, keepers={"rotation": "1"}).changed == ()
    assert random.diff(r.PASSWORD, live, length=20, keepers={"rotation": "2"}).replaces == ("keepers.rotation",)
    assert random.provider.read(r.PASSWORD, "urn", live.id, live.properties) == live


def test_a_preview_draws_nothing(random):
    assert random.plan(r.PASSWORD, length=20).properties["result"] is UNKNOWN
    assert random.plan(r.PET).properties.get("length") == 2

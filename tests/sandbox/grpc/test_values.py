import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from sandbox.grpc.values import SIGNATURE, decode, encode, merged, plain, wholly
from sandbox.provider import UNKNOWN


def wire(**fields: object) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(fields)
    return message


def secret(value: object) -> struct_pb2.Struct:
    return wire(**{rpc._special_sig_key: rpc._special_secret_sig, "value": value})


def test_plain_values_survive_the_way_there_and_back():
    properties = {
        "t": "x",
        "n": 3,
        "f": 1.5,
        "b": True,
        "z": None,
        "l": [1, {"a": []}],
        "o": {"deep": {"er": False}},
        "e": {},
    }
    assert decode(encode(properties)) == (properties, {})


def test_whole_numbers_come_back_as_integers():
    (number,) = plain(wire(size=3.0)).values()
    assert (number, type(number)) == (3, int)


def test_every_kind_of_unknown_is_the_one_unknown():
    strings = [
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    ]
    assert plain(wire(values=strings)) == {"values": [UNKNOWN] * 3}


def test_an_unknown_goes_out_as_the_sdk_knows_it():
    assert encode({"a": UNKNOWN}).fields["a"].string_value == rpc.UNKNOWN


def test_secrets_are_marked_where_they_stand():
    message = wire(open="o", top=secret("s"), tags={"deep": secret("s"), "plain": "p"})
    assert decode(message) == (
        {"open": "o", "top": "s", "tags": {"deep": "s", "plain": "p"}},
        {"top": True, "tags": {"deep": True}},
    )


def test_an_array_with_a_secret_in_it_is_secret_as_a_whole():
    assert decode(wire(rules=["r", {"x": secret("s")}])) == ({"rules": ["r", {"x": "s"}]}, {"rules": True})


def test_marked_values_go_out_as_secrets_and_no_others():
    message = encode({"a": "s", "b": {"c": "s", "d": "p"}}, {"a": True, "b": {"c": True}, "absent": True})
    assert message["a"] == secret("s")
    assert message["b"] == wire(c=secret("s"), d="p")
    assert "absent" not in message


def test_a_mark_inside_of_what_became_another_shape_hides_all_of_it():
    assert encode({"tags": "a=s,b=p"}, {"tags": {"a": True}})["tags"] == secret("a=s,b=p")


def test_a_secret_may_be_unknown():
    assert decode(encode({"a": UNKNOWN}, {"a": True})) == ({"a": UNKNOWN}, {"a": True})


def test_a_resource_reference_is_its_id_or_unknown_or_its_urn():
    def reference(**fields: str) -> dict[str, str]:
        return {SIGNATURE: rpc._special_resource_sig, "urn": "urn:x", **fields}

    message = wire(made=reference(id="i-1"), planned=reference(id=""), component=reference())
    assert plain(message) == {"made": "i-1", "planned": UNKNOWN, "component": "urn:x"}


def test_an_output_value_is_what_it_holds():
    def output(**fields: object) -> dict[str, object]:
        return {SIGNATURE: rpc._special_output_value_sig, **fields}

    message = wire(known=output(value="v"), hidden=output(value="v", secret=True), later=output())
    assert decode(message) == ({"known": "v", "hidden": "v", "later": UNKNOWN}, {"hidden": True})


def test_assets_stay_what_they_are():
    asset = {SIGNATURE: rpc._special_asset_sig, "text": "hello"}
    assert plain(encode(plain(wire(source=asset)))) == {"source": asset}


def test_marks_add_up():
    assert merged(
        {"a": {"x": True}, "b": True}, {"a": {"y": True}, "b": {"z": True}, "c": {"w": True}}, wholly(["a2"])
    ) == {
        "a": {"x": True, "y": True},
        "b": True,
        "c": {"w": True},
        "a2": True,
    }
    assert merged({"a": {"x": True}}, {"a": True}) == {"a": True}


def test_what_is_no_property_value_is_refused():
    with pytest.raises(TypeError, match="set is not a property value"):
        encode({"a": {1}})


def test_a_property_map_has_the_same_order_in_every_process() -> None:
    """Protobuf orders the entries of a map by a seed of the process; nothing that is derived from one may depend on it."""
    keys = [f"key{number}" for number in range(30)]
    message = struct_pb2.Struct()
    message.update({"outer": dict.fromkeys(keys, "x")})
    decoded, _ = decode(message)
    assert list(decoded["outer"]) == sorted(keys)

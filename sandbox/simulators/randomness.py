"""Random values, really random: drawn from the operating system, kept in the state."""

from __future__ import annotations

import base64
import secrets
import string
from collections.abc import Callable, Iterable, Mapping
from random import Random, SystemRandom
from typing import Any, Final
from uuid import UUID, uuid4

from sandbox.provider import UNKNOWN, CheckFailure, Diff, Live, PropertyMap, ProviderError
from sandbox.simulators.base import Simulator
from sandbox.simulators.definition import Check

_SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
_ADJECTIVES: Final = "able bold brave bright calm clever cosmic eager fair firm fleet gentle glad golden grand handy honest keen kind lively loyal merry mighty noble polite proud quick quiet rapid ready sharp smart steady sunny swift tidy vivid warm wise witty".split()  # noqa: SIM905
_ANIMALS: Final = "badger bear beaver bison crane deer dolphin dove eagle elk falcon ferret finch fox gecko goose hare hawk heron horse ibex jackal kite lark lemur lion lynx marmot moose newt otter owl panda puffin raven robin salmon seal stork swan tiger trout turtle walrus weasel whale wolf wren yak zebra".split()  # noqa: SIM905
_BCRYPT_COST: Final = 4
"""The least that bcrypt has: these hashes protect nothing, and every one costs time (the provider takes 10)."""
_BCRYPT_LIMIT: Final = 72
_CLASSES: Final = (
    ("lower", "minLower", string.ascii_lowercase),
    ("upper", "minUpper", string.ascii_uppercase),
    ("numeric", "minNumeric", string.digits),
    ("special", "minSpecial", _SPECIAL),
)
_PREFIX: Final = "random:index/"


def _token(name: str) -> str:
    return f"{_PREFIX}random{name}:Random{name}"


BYTES, ID, INTEGER, PASSWORD, PET, SHUFFLE, STRING, UUID_, UUID4, UUID7 = (
    _token(name)
    for name in ("Bytes", "Id", "Integer", "Password", "Pet", "Shuffle", "String", "Uuid", "Uuid4", "Uuid7")
)


def _alphabets(inputs: Mapping[str, Any]) -> list[tuple[int, str]]:
    """(least number, characters) of every class that is switched on."""
    found = []
    for switch, least, characters in _CLASSES:
        if inputs.get(switch) is not False:
            custom = inputs.get("overrideSpecial") if switch == "special" else None
            found.append((int(inputs.get(least) or 0), characters if custom is None else str(custom)))
    return found


def _text(inputs: Mapping[str, Any]) -> str:
    """A string of the given length that has enough of every class."""
    classes = _alphabets(inputs)
    chosen = [secrets.choice(characters) for least, characters in classes for _ in range(least)]
    everything = "".join(characters for _, characters in classes)
    chosen += [secrets.choice(everything) for _ in range(int(inputs["length"]) - len(chosen))]
    SystemRandom().shuffle(chosen)
    return "".join(chosen)


def _string(inputs: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    text = _text(inputs)
    return text, {"result": text}


def _password(inputs: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    import bcrypt  # loaded by the first password only

    text = _text(inputs)
    hashed = bcrypt.hashpw(text.encode()[:_BCRYPT_LIMIT], bcrypt.gensalt(_BCRYPT_COST, prefix=b"2a"))
    return "none", {"result": text, "bcryptHash": hashed.decode()}


def _id(inputs: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    raw, prefix = secrets.token_bytes(int(inputs["byteLength"])), str(inputs.get("prefix") or "")
    url = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return url, {
        "b64Url": prefix + url,
        "b64Std": prefix + base64.b64encode(raw).decode(),
        "hex": prefix + raw.hex(),
        "dec": prefix + str(int.from_bytes(raw)),
    }


def _bytes(inputs: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    raw = secrets.token_bytes(int(inputs["length"]))
    return "none", {"base64": base64.b64encode(raw).decode(), "hex": raw.hex()}


def _integer(inputs: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    low, high, seed = int(inputs["min"]), int(inputs["max"]), inputs.get("seed")
    source: Random = Random(str(seed)) if seed else SystemRandom()  # noqa: S311  a seed asks for the same number again
    number = source.randint(low, high)
    return str(number), {"result": number}


def _shuffle(inputs: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    items, seed = list(inputs["inputs"]), inputs.get("seed")
    source: Random = Random(str(seed)) if seed else SystemRandom()  # noqa: S311  a seed asks for the same order again
    count = inputs.get("resultCount")
    wanted = len(items) if count is None else int(count)
    results: list[Any] = []
    while items and len(results) < wanted:
        results += source.sample(items, len(items))
    return "-", {"results": results[:wanted]}


def _pet(inputs: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    count = int(inputs.get("length", 2))
    words = [secrets.choice(_ADJECTIVES) for _ in range(max(0, count - 1))] + (
        [secrets.choice(_ANIMALS)] if count else []
    )
    prefix = inputs.get("prefix")
    return str(inputs.get("separator", "-")).join([str(prefix), *words] if prefix else words), {}


def _uuid(_: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    made = str(uuid4())
    return made, {"result": made}


def _uuid7(_: Mapping[str, Any]) -> tuple[str, PropertyMap]:
    from time import time_ns

    bits = (time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    made = str(UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))
    return made, {"result": made}


_MAKE: Final[dict[str, Callable[[Mapping[str, Any]], tuple[str, PropertyMap]]]] = {
    BYTES: _bytes,
    ID: _id,
    INTEGER: _integer,
    PASSWORD: _password,
    PET: _pet,
    SHUFFLE: _shuffle,
    STRING: _string,
    UUID_: _uuid,
    UUID4: _uuid,
    UUID7: _uuid7,
}
_COMPUTED: Final = {
    BYTES: ("base64", "hex"),
    ID: ("b64Url", "b64Std", "hex", "dec"),
    INTEGER: ("result",),
    PASSWORD: ("result", "bcryptHash"),
    PET: (),
    SHUFFLE: ("results",),
    STRING: ("result",),
    UUID_: ("result",),
    UUID4: ("result",),
    UUID7: ("result",),
}
_CHARACTERS: Final[PropertyMap] = {
    "lower": True, "upper": True, "numeric": True, "number": True, "special": True,
    "minLower": 0, "minUpper": 0, "minNumeric": 0, "minSpecial": 0,
}  # fmt: skip
_DEFAULTS: Final[dict[str, PropertyMap]] = {
    PASSWORD: _CHARACTERS,
    STRING: _CHARACTERS,
    PET: {"length": 2, "separator": "-"},
}
_SECRETS: Final = {PASSWORD: frozenset({"result", "bcryptHash"}), BYTES: frozenset({"base64", "hex"})}


def _completed(type_: str, inputs: PropertyMap) -> PropertyMap:
    """Inputs with their defaults; `number` is the old name of `numeric`, and each stands for the other."""
    properties: PropertyMap = {**_DEFAULTS.get(type_, {}), **inputs}
    for name, other in (("number", "numeric"), ("numeric", "number")):
        if name in inputs and other not in inputs:
            properties[other] = inputs[name]
    return properties


def _enough_room(inputs: PropertyMap) -> Iterable[CheckFailure]:
    length = inputs.get("length")
    if not isinstance(length, int | float):
        return
    numbers = [inputs.get(least) for _, least, _ in _CLASSES]
    least = sum(n for n in numbers if isinstance(n, int | float))
    if length < 1 or length < least:
        yield CheckFailure(
            "length", f"the length ({length}) must be at least 1 and at least the sum of the minimum counts ({least})"
        )
    if UNKNOWN not in inputs.values() and not "".join(
        characters for _, characters in _alphabets(_completed(PASSWORD, inputs))
    ):
        yield CheckFailure("length", "at least one class of characters must be on")


def _at_least(key: str, lowest: int) -> Check:
    def check(inputs: PropertyMap) -> Iterable[CheckFailure]:
        value = inputs.get(key)
        if isinstance(value, int | float) and value < lowest:
            yield CheckFailure(key, f"value must be at least {lowest}, got: {value}")

    return check


def _range(inputs: PropertyMap) -> Iterable[CheckFailure]:
    low, high = inputs.get("min"), inputs.get("max")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        yield CheckFailure("min", f"the minimum ({low}) needs to be smaller than or equal to the maximum ({high})")


_CHECKS: Final[dict[str, Check]] = {
    PASSWORD: _enough_room,
    STRING: _enough_room,
    ID: _at_least("byteLength", 1),
    BYTES: _at_least("length", 1),
    INTEGER: _range,
}


class RandomSimulator(Simulator):
    package = "random"

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        inputs, failures = super().check(type_, urn, old, new)
        if not failures and type_ in _CHECKS:
            failures = list(_CHECKS[type_](inputs))
        return inputs, failures

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff:
        """Every input replaces: a value is drawn once, and `keepers` are there to ask for another."""
        changed = super().diff(type_, live, old_inputs, new_inputs).changed
        return Diff(changed, changed)

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:  # noqa: ARG002
        make = _MAKE.get(type_)
        if make is None:
            raise ProviderError(f"the sandbox does not simulate {type_}")
        properties = _completed(type_, inputs)
        if preview:
            return Live("", {**properties, **dict.fromkeys(_COMPUTED[type_], UNKNOWN)})
        id_, computed = make(properties)
        return Live(id_, {**properties, **computed})

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:  # noqa: ARG002
        return Live(live.id, {**live.properties, **inputs})

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:  # noqa: ARG002
        """Nothing but the state knows a value."""
        return Live(id_, properties) if properties else None

    def delete(self, type_: str, urn: str, live: Live) -> None:
        """Forgetting is all that there is."""

    def restore(self, type_: str, urn: str, live: Live) -> None:
        """There is no cloud that could know."""

    def secret_outputs(self, type_: str) -> frozenset[str]:
        return _SECRETS.get(type_, frozenset())

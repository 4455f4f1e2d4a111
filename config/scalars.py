"""Validated scalar types shared by the sections of the stack model, and the base class of every section.

Each scalar is one line that says what is legal and gives an example, which people and the JSON schema both get.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from config.descriptions import descriptions

SENTINEL = "CHANGEME"


class Refused(ValueError):  # noqa: N818 -- pydantic wants a ValueError; the word says what happened
    """A value that is not legal. `fault` follows the value in the message; `remedy` says what to write."""

    def __init__(self, value: object, fault: str, remedy: str) -> None:
        self.value, self.fault, self.remedy = value, fault, remedy
        super().__init__(f"{fault}: {remedy}")


class Section(BaseModel):
    """Base of every section: immutable, camelCase in the file, unknown keys refused."""

    model_config = ConfigDict(
        defer_build=True,  # the whole is built once, when the first stack is read, and not every section of it beside
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        found = handler(schema)
        properties = handler.resolve_ref_schema(found)["properties"]
        for name, text in descriptions(cls).items():
            properties[cls.model_fields[name].alias or name]["description"] = text
        return found


@dataclass(frozen=True, slots=True)
class Matches:
    """Annotation of a text that must match `pattern` as a whole; the pattern is in the JSON schema too."""

    pattern: str
    what: str
    example: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        compiled = re.compile(self.pattern)

        def check(value: str) -> str:
            if not compiled.fullmatch(value):
                raise Refused(value, f"is not {self.what}", f"write it like {self.example}")
            return value

        return core_schema.no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$", "examples": [self.example]}


def _network(value: Any) -> Any:
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str):
        raise Refused(value, "is not an IPv4 network in CIDR form", "write it like 10.0.0.0/16")
    try:
        whole = IPv4Network(value, strict=False)
    except ValueError as error:
        raise Refused(value, "is not an IPv4 network in CIDR form", "write it like 10.0.0.0/16") from error
    address, _, prefix = value.partition("/")
    if not prefix:
        raise Refused(value, "is an address, not a network", f"write {whole} for that one address")
    if address != str(whole.network_address):
        raise Refused(value, "has host bits set", f"write {whole}")
    if prefix != str(whole.prefixlen):
        raise Refused(value, "has a mask where the length of the prefix is expected", f"write {whole}")
    return whole


def _switch(value: Any) -> Any:
    """`on` and `off` reach us as words or as booleans, depending on which YAML dialect read the file."""
    words = {"on": True, "off": False, "yes": True, "no": False, "true": True, "false": False}
    return words.get(value.lower(), value) if isinstance(value, str) else value


_CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_CRON_ITEM = re.compile(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/([1-9]\d?))?")


def _cron(value: str) -> str:
    fields = value.split(" ")
    if len(fields) != len(_CRON_FIELDS):
        raise Refused(value, "is not a cron schedule of five fields", "write it like '0 */6 * * *' (UTC)")
    for (name, low, high), text in zip(_CRON_FIELDS, fields, strict=True):
        for item in text.split(","):
            match = _CRON_ITEM.fullmatch(item)
            if not match or any(not low <= int(number) <= high for number in match.groups()[:2] if number):
                raise Refused(
                    value, f"has {item!r} as its {name}", f"write {low} to {high}, *, a range a-b or a step */n there"
                )
    return value


_SLUG = r"[a-z](?:[a-z0-9-]*[a-z0-9])?"

Slug = Annotated[
    str,
    Field(min_length=1, max_length=20),
    Matches(_SLUG, "a slug (lower-case letters, digits, inner hyphens, a letter first)", "acme"),
]
Environment = Annotated[
    str,
    Field(min_length=1, max_length=20),
    Matches(_SLUG, "a slug (lower-case letters, digits, inner hyphens, a letter first)", "prod"),
]
NodePoolName = Annotated[
    str,
    Field(min_length=1, max_length=16),
    Matches(_SLUG, "a pool name (lower-case letters, digits, inner hyphens, a letter first)", "general"),
]
Fqdn = Annotated[
    str,
    Field(max_length=253),
    Matches(
        r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]",
        "a domain name in lower case without a final dot",
        "dev.example.com",
    ),
]
Cidr = Annotated[
    IPv4Network,
    BeforeValidator(_network),
    Field(
        json_schema_extra={"pattern": r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$", "format": None, "examples": ["10.0.0.0/16"]}
    ),
]
Rke2Version = Annotated[str, Matches(r"v1\.\d{2}\.\d{1,2}\+rke2r\d{1,2}", "one pinned RKE2 release", "v1.35.7+rke2r1")]
Cron = Annotated[
    str, AfterValidator(_cron), Field(examples=["0 */6 * * *"], json_schema_extra={"pattern": r"^(\S+ ){4}\S+$"})
]
TagKey = Annotated[
    str,
    Matches(
        r"[a-z][a-z0-9_-]{0,62}", "a tag key that every cloud takes (a letter, then up to 62 of a-z 0-9 _ -)", "team"
    ),
]
TagValue = Annotated[
    str, Matches(r"[a-z0-9_-]{0,63}", "a tag value that every cloud takes (up to 63 of a-z 0-9 _ -)", "platform")
]
LabelKey = Annotated[
    str,
    Matches(
        r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "a Kubernetes label key",
        "example.com/team",
    ),
]
LabelValue = Annotated[
    str,
    Matches(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?", "a Kubernetes label value", "search"),
]
Flag = Annotated[bool, BeforeValidator(_switch), Field(strict=True)]
"""true or false; `on`, `off`, `yes`, `no` are understood whichever YAML dialect reads the file."""
Switch = Annotated[
    bool,
    BeforeValidator(_switch),
    Field(strict=True, json_schema_extra={"type": None, "enum": ["on", "off", True, False]}),
]
"""A :data:`Flag` whose usual words are `on` and `off`."""
HttpsUrl = Annotated[
    str,
    Matches(
        r"https://[a-z0-9.-]+(?::\d+)?(?:/[^\s?#]*)?", "an https:// address without a query", "https://id.example.com"
    ),
]
Email = Annotated[str, Matches(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", "an e-mail address", "platform@example.com")]
RegistryHost = Annotated[
    str,
    Matches(
        r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?", "a registry's host[:port] alone", "harbor.example.com:8443"
    ),
]
Identifier = Annotated[str, Field(min_length=1, max_length=512)]
"""An id that the CSP gave; its form is the adapter's business."""
GiB = Annotated[int, Field(strict=True, ge=1, le=65536)]


class Size(StrEnum):
    """T-shirt sizes, vCPU/GiB of memory: 2/8, 4/16, 8/32, 16/64, 32/128; the adapter maps each to a machine type."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    XLARGE = "xlarge"
    XXLARGE = "2xlarge"
    GPU_SMALL = "gpu-small"
    GPU_LARGE = "gpu-large"

    @property
    def has_gpu(self) -> bool:
        """Whether machines of this size have GPUs."""
        return self in (Size.GPU_SMALL, Size.GPU_LARGE)

"""Validated scalar types shared by the sections of the stack model, and the base class of every section.

Each scalar is one line that says what is legal; its message says what to type instead.
"""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

SENTINEL = "CHANGEME"


class Section(BaseModel):
    """Base of every section: immutable, camelCase in the file, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, use_attribute_docstrings=True
    )


def _matches(pattern: str, what: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"{value!r} is not {what}")
        return value

    return AfterValidator(check)


def _network(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return IPv4Network(value)
        except ValueError:
            pass
        try:
            whole = IPv4Network(value, strict=False)
        except ValueError as error:
            raise ValueError(f"{value!r} is not an IPv4 network in CIDR form, such as 10.0.0.0/16") from error
        raise ValueError(f"{value!r} has host bits set: write {whole}")
    return value


def _switch(value: Any) -> Any:
    """`on` and `off` reach us as words or as booleans, depending on which YAML dialect read the file."""
    return {"on": True, "off": False}.get(value, value) if isinstance(value, str) else value


Slug = Annotated[
    str,
    Field(max_length=20),
    _matches(
        r"[a-z](?:[a-z0-9-]*[a-z0-9])?",
        "a slug: lower-case letters, digits and inner hyphens, starting with a letter",
    ),
]
NodePoolName = Annotated[
    str,
    Field(max_length=16),
    _matches(r"[a-z](?:[a-z0-9-]*[a-z0-9])?", "a pool name: lower-case letters, digits and inner hyphens"),
]
Fqdn = Annotated[
    str,
    Field(max_length=253),
    _matches(
        r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]",
        "a domain name in lower case without a final dot, such as dev.example.com",
    ),
]
Cidr = Annotated[
    IPv4Network,
    BeforeValidator(_network),
    Field(json_schema_extra={"pattern": r"^(\d{1,3}\.){3}\d{1,3}/\d{1,2}$", "format": None}),
]
Rke2Version = Annotated[
    str,
    _matches(r"v1\.\d{2}\.\d{1,2}\+rke2r\d", "a pinned RKE2 release, such as v1.35.7+rke2r1"),
]
Cron = Annotated[
    str,
    _matches(r"\S+ \S+ \S+ \S+ \S+", "a cron schedule of five fields in UTC, such as '0 */6 * * *'"),
]
TagKey = Annotated[
    str,
    _matches(
        r"[a-z][a-z0-9_-]{0,62}", "a tag key that every cloud takes: a letter, then up to 62 of a-z 0-9 _ -"
    ),
]
TagValue = Annotated[
    str, _matches(r"[a-z0-9_-]{0,63}", "a tag value that every cloud takes: up to 63 of a-z 0-9 _ -")
]
LabelKey = Annotated[
    str,
    _matches(
        r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?",
        "a Kubernetes label key",
    ),
]
LabelValue = Annotated[
    str, _matches(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?", "a Kubernetes label value")
]
Switch = Annotated[
    bool, BeforeValidator(_switch), Field(json_schema_extra={"type": None, "enum": ["on", "off", True, False]})
]
HttpsUrl = Annotated[str, _matches(r"https://[a-z0-9.-]+(?::\d+)?(?:/[^\s?#]*)?", "an https:// address")]
Email = Annotated[str, _matches(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", "an e-mail address")]
GiB = Annotated[int, Field(ge=1, le=65536)]


class Size(StrEnum):
    """T-shirt sizes, vCPU/GiB of memory: 2/8, 4/16, 8/32, 16/64, 32/128; the adapter maps each to a machine type."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    XLARGE = "xlarge"
    XXLARGE = "2xlarge"
    GPU_SMALL = "gpu-small"
    GPU_LARGE = "gpu-large"

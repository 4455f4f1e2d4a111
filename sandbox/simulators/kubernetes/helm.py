"""Helm releases: what the provider asks of one, and what it says of one that is deployed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.provider import UNKNOWN, CheckFailure, PropertyMap

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
REPLACES: Final = ("name", "namespace")
_LONGEST_NAME: Final = 53
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_ATOMIC: Final = {"skipAwait": False, "timeout": 300, "createNamespace": False, "atomic": False}


def problems(inputs: PropertyMap) -> list[CheckFailure]:
    """What is wrong with a release beyond its types."""
    failures = []
    name = inputs.get("name")
    if name is None:
        failures.append(
            CheckFailure("name", "a release needs an explicit name: a generated one changes with every replacement")
        )
    elif isinstance(name, str) and (len(name) > _LONGEST_NAME or not _NAME.fullmatch(name)):
        failures.append(
            CheckFailure(
                "name", f"invalid release name {name}: lower-case letters, digits, - and ., at most {_LONGEST_NAME}"
            )
        )
    chart = inputs.get("chart")
    if chart == "":
        failures.append(CheckFailure("chart", "a release needs a chart"))
    repository = inputs.get("repositoryOpts")
    if (
        isinstance(chart, str)
        and chart.startswith("oci://")
        and isinstance(repository, dict)
        and repository.get("repo")
    ):
        failures.append(
            CheckFailure(
                "repositoryOpts.repo", "a chart from an OCI registry has its repository in its name: leave repo out"
            )
        )
    if inputs.get("atomic") is True and inputs.get("skipAwait") is True:
        failures.append(CheckFailure("skipAwait", "atomic waits for the resources, so skipAwait cannot be set with it"))
    return failures


def outputs(inputs: PropertyMap, before: Mapping[str, Any] | None, default_namespace: str) -> PropertyMap:
    """The properties of a deployed release; its revision counts up with every change."""
    namespace = inputs.get("namespace") or default_namespace
    status_before = (before or {}).get("status")
    revision = int(status_before.get("revision") or 0) if isinstance(status_before, Mapping) else 0
    chart = inputs.get("chart")
    version = inputs.get("version") or "0.0.0"
    return {
        **_ATOMIC,
        "resourceNames": {},
        **inputs,
        "namespace": namespace,
        "status": {
            "status": "deployed",
            "name": inputs.get("name"),
            "namespace": namespace,
            "chart": chart.rsplit("/", 1)[-1] if isinstance(chart, str) else UNKNOWN,
            "version": version,
            "appVersion": version,
            "revision": revision + 1,
        },
    }

"""Settings of a run as the SDK wants them, and the project's own facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml


class ProjectError(Exception):
    """The folder holds no project that can be run."""


def project_name(project_dir: Path) -> str:
    """The `name` of Pulumi.yaml. Raises ProjectError."""
    path = project_dir / "Pulumi.yaml"
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ProjectError(f"{path} is not YAML: {error}") from error
    name = found.get("name") if isinstance(found, dict) else None
    if not isinstance(name, str) or not name:
        raise ProjectError(f"{path} names no project: add `name:`")
    return name


def as_settings(config: Mapping[str, Any], project: str) -> dict[str, str]:
    """Settings as text, the way the engine hands them to a program: keys with a namespace, everything but text as JSON."""
    return {
        (key if ":" in key else f"{project}:{key}"): value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }

"""Stack models for tests: the smallest legal one, with edits by dotted path."""

from __future__ import annotations

from typing import Any

from config.model import StackConfig

SMALLEST: dict[str, Any] = {
    "apiVersion": 1,
    "project": {"customer": "acme", "environment": "dev"},
    "cloud": {"csp": "aws", "region": "ap-northeast-2", "account": "123456789012"},
    "dns": {"domain": "acme.example"},
}


def stack_with(**edits: Any) -> StackConfig:
    """The smallest stack with values set by path, `__` standing for a dot: ``stack_with(network__nat="single")``."""
    document: dict[str, Any] = {key: dict(v) if isinstance(v, dict) else v for key, v in SMALLEST.items()}
    for path, value in edits.items():
        *sections, key = path.split("__")
        place = document
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
    return StackConfig.model_validate(document)

"""The whole program, run once per shape of stack in the in-process sandbox, and shared by all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.program import Program, run_program

SHAPES: dict[str, dict[str, object]] = {
    "as-shipped": {},
    "private-hardened": {
        "network": {"cidr": "10.0.0.0/16", "zones": 3, "nat": "per-zone"},
        "cluster": {
            "servers": {"count": 3},
            "pools": {"general": {"min": 3, "max": 6}, "gpu": {"size": "gpu-small", "gpu": True, "min": 0, "max": 2}},
            "api": {"access": "private"},
        },
        "dns": {
            "domain": "aws-dev.unifiedmeta.example",
            "acmeEmail": "ops@unifiedmeta.example",
            "public": {"delegated": True},
        },
        "ingress": {"internal": {"front": "l7"}},
        "protection": "on",
    },
    "l4-fronts": {"ingress": {"public": {"front": "l4"}}},
    "single-server": {
        "network": {"cidr": "10.20.0.0/20", "zones": 1, "nat": "single"},
        "cluster": {"servers": {"count": 1}, "pools": {"general": {"size": "medium", "min": 1, "max": 1}}},
        "platform": {"components": {"vault": False, "longhorn": False}},
    },
}
"""Shapes of aws-dev: sections that replace the shipped ones."""


@pytest.fixture(scope="session")
def program_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Program]:
    """Gives the finished program of a shape; each shape runs once."""
    done: dict[str, Program] = {}

    def get(shape: str) -> Program:
        if shape not in done:
            done[shape] = run_program("aws-dev", SHAPES[shape], tmp_path_factory.mktemp(shape))
        return done[shape]

    return get


@pytest.fixture(params=list(SHAPES))
def program(request: pytest.FixtureRequest, program_of: Callable[[str], Program]) -> Program:
    """Every shape in turn."""
    return program_of(request.param)

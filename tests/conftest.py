"""The whole program, run once per shape of stack in the in-process sandbox, and shared by all tests that judge it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.program import SHAPES, Program, run_program


@pytest.fixture(scope="session")
def program_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Program]:
    """Gives the finished program of a shape; each shape runs once."""
    done: dict[str, Program] = {}

    def get(shape: str) -> Program:
        if shape not in done:
            done[shape] = run_program("aws-dev", SHAPES[shape], tmp_path_factory.mktemp(shape))
        return done[shape]

    return get

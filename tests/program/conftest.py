"""Every shape of stack in turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.program import SHAPES, Program


@pytest.fixture(params=list(SHAPES))
def program(request: pytest.FixtureRequest, program_of: Callable[[str], Program]) -> Program:
    """Every shape in turn."""
    return program_of(request.param)

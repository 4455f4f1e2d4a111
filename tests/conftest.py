"""What all tests share: the whole program, run once per shape of stack, and which tests cannot run here."""

from __future__ import annotations

import shutil
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the real engine say why they do not run where it is not."""
    if shutil.which("pulumi") is None:
        for item in items:
            if item.get_closest_marker("cli"):
                item.add_marker(pytest.mark.skip(reason="pulumi CLI is not on PATH"))

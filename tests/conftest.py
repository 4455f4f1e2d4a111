"""Fixtures of all tests."""

from tests.program.conftest import program_of

__all__ = ["program_of"]

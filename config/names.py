"""Names and limits that more than one layer needs; imports nothing, so that it costs nothing."""

from typing import Final

NAMESPACE: Final = "unifiedmeta"
"""Namespace of our keys in a stack file, and the name of the Pulumi project."""
API_VERSION: Final = 1
"""The layout of stack files that this program reads."""
STACK_NAME_MAX: Final = 40
"""Longest legal stack name, in characters."""

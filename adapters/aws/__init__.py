"""AWS. Importing this package loads no cloud SDK; :func:`create_adapter` does, when a stack names AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from config.model import StackConfig


def create_adapter(stack: StackConfig, stack_name: str) -> AwsAdapter:
    """The AWS adapter of one stack."""
    from adapters.aws.adapter import AwsAdapter

    return AwsAdapter(stack, stack_name)

"""The one module that names come from: the stack's own name, tags, and fitting a name into a CSP's limit.

Logical names are state: changing one deletes the resource. They are static words such as `server-0` or `subnet-private-ap-northeast-2a`, unique
within their type, and never contain the stack's name. See docs/conventions.md.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from config.names import STACK_NAME_MAX

if TYPE_CHECKING:
    from config.model import StackConfig

__all__ = ["STACK_NAME_MAX", "common_tags", "fit", "physical"]

_HASH_CHARACTERS = 6


def fit(name: str, limit: int) -> str:
    """`name`, or its beginning and a hash of all of it when it is longer than `limit` characters.

    Deterministic, and different for different names. `limit` must leave room for the hash.
    """
    if len(name) <= limit:
        return name
    if limit < _HASH_CHARACTERS + 2:
        raise ValueError(f"a limit of {limit} characters leaves no room for a name")
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_CHARACTERS]
    return f"{name[: limit - _HASH_CHARACTERS - 1].rstrip('-')}-{digest}"


def physical(stack_name: str, item: str, limit: int) -> str:
    """The name that people see in the CSP's console: `um-<stack>-<item>`, within the limit."""
    return fit(f"um-{stack_name}-{item}", limit)


def common_tags(stack: StackConfig, stack_name: str, component: str) -> dict[str, str]:
    """The tags of every resource; keys and values are legal on every CSP (clouds.md section 5)."""
    tags = {
        **stack.tags,
        "managed-by": "unifiedmeta",
        "stack": stack_name,
        "customer": stack.project.customer,
        "environment": stack.project.environment,
        "component": component,
    }
    if stack.project.cost_centre:
        tags["cost-centre"] = stack.project.cost_centre
    return tags

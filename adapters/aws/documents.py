"""IAM policy documents as plain data: statements, and the JSON of a document.

ARNs may be outputs; a key of a condition may not, so what depends on the cluster's id is built inside `apply`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from pulumi import Input

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]


def allow(
    sid: str,
    actions: Sequence[str],
    resources: Input[str] | Sequence[Input[str]],
    conditions: Conditions | None = None,
) -> Statement:
    """A statement of an identity's policy."""
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
    if conditions:
        statement["Condition"] = {operator: dict(values) for operator, values in conditions.items()}
    return statement


def allow_principal(
    sid: str,
    principal: Mapping[str, Input[str]],
    actions: Sequence[str],
    resources: Input[str] | Sequence[Input[str]],
    conditions: Conditions | None = None,
) -> Statement:
    """A statement of a resource's policy."""
    return {**allow(sid, actions, resources, conditions), "Principal": dict(principal)}


def deny_everyone(
    sid: str, actions: Sequence[str], resources: Sequence[Input[str]], conditions: Conditions
) -> Statement:
    """A statement that refuses, whoever asks."""
    return {**allow(sid, actions, resources, conditions), "Effect": "Deny", "Principal": "*"}


def trust(principal: Mapping[str, Input[str]], action: str, conditions: Conditions | None = None) -> Statement:
    """The statement of a role's trust policy."""
    statement: Statement = {"Sid": "Trust", "Effect": "Allow", "Principal": dict(principal), "Action": action}
    if conditions:
        statement["Condition"] = {operator: dict(values) for operator, values in conditions.items()}
    return statement


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """The document as JSON, outputs resolved, keys in a stable order."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)

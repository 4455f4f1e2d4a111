"""The account guard: whose credentials these are, asked before anything is created."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from config.load import refusal
from config.problems import Problem

if TYPE_CHECKING:
    from config.model import StackConfig

SANDBOX_ACCOUNT = "123456789012"
"""The account that the development stacks name as shipped; AWS's documentation uses it, nobody owns it."""

_DOCUMENTATION_RANGES = tuple(IPv4Network(cidr) for cidr in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
"""RFC 5737: ranges for documentation, which nobody can connect from."""
_RESERVED_ENDINGS = (".example", ".example.com", ".example.net", ".example.org", ".invalid", ".test")
"""RFC 2606 and 6761: domains that nobody can delegate."""


def provider(
    name: str, stack: StackConfig, allowed_account_ids: Sequence[str] | None = None, region: str | None = None
) -> aws.Provider:
    """An explicit provider in the stack's region, or another, in the role that the stack names."""
    role = stack.aws.assume_role_arn if stack.aws else None
    return aws.Provider(
        name,
        region=region or stack.cloud.region,
        allowed_account_ids=allowed_account_ids,
        assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=role, session_name="unifiedmeta")] if role else None,
    )


def guard(stack: StackConfig, stack_name: str) -> None:
    """Asks AWS whose credentials these are. Errors: StackFileError with every line that has to change.

    The question goes through a provider of its own that allows any account, so that the answer is this message
    and not the SDK's. Nothing is created: a provider is no cloud resource.
    """
    caller = aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=provider("guard", stack)))
    if problems := guard_problems(stack, str(caller.account_id)):
        raise refusal(problems, stack_name)


def guard_problems(stack: StackConfig, caller: str) -> list[Problem]:
    """What has to change before the account `caller` may be touched; all of it at once."""
    return [*_wrong_account(stack, caller), *(() if caller == SANDBOX_ACCOUNT else _left_from_the_sandbox(stack))]


def _wrong_account(stack: StackConfig, caller: str) -> Iterator[Problem]:
    expected = stack.cloud.account
    if caller == expected:
        return
    whose = "the sandbox account" if expected == SANDBOX_ACCOUNT else f"account {expected}"
    remedy = f'account: "{caller}", if that is the account you mean'
    if expected != SANDBOX_ACCOUNT:
        remedy += f"; or take credentials of {expected} (AWS_PROFILE, aws sso login)"
    yield Problem(("cloud", "account"), f"this stack is for {whose}, but the credentials are of {caller}", remedy)


def _left_from_the_sandbox(stack: StackConfig) -> Iterator[Problem]:
    if f".{stack.dns.domain}".endswith(_RESERVED_ENDINGS):
        yield Problem(
            ("dns", "domain"),
            f"{stack.dns.domain} is an example domain: nobody can delegate it",
            "name a domain of your own, such as dev.your-company.com",
        )
    documentation = (
        (("cluster", "api", "allowList"), stack.cluster.api.allow_list),
        (("ingress", "public", "allowList"), stack.ingress.public.allow_list),
    )
    for path, allow_list in documentation:
        for index, cidr in enumerate(allow_list):
            if any(cidr.overlaps(reserved) for reserved in _DOCUMENTATION_RANGES):
                yield Problem(
                    (*path, index),
                    f"{cidr} is a range for documentation (RFC 5737): nobody connects from it",
                    "name the addresses that you connect from; `curl https://checkip.amazonaws.com` says yours",
                )

"""Secrets Manager: one secret per role, encrypted with the stack's own key, read by node identity only.

Who may read is decided by the roles' policies (:mod:`adapters.aws.grants`). There is no policy on the secret itself: one that
refuses everybody but the nodes would refuse the operator's own `pulumi refresh`, which reads the value back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import secretsmanager

from adapters.options import child, stateful
from adapters.records import SecretRecord
from adapters.specs import SecretSpec

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter

_RECOVERY_DAYS = {True: 30, False: 0}
"""Days that a deleted secret can be got back, by `protection`; its name stays taken for as long."""
_LOOKS_LIKE_A_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}")
_LIMIT = 512


def secret_name(stack_name: str, name: str) -> str:
    """The name of a secret in Secrets Manager: `unifiedmeta/<stack>/<name>`.

    Errors: ValueError for a name that ends in a hyphen and six characters. AWS ends every secret's ARN so, and a
    search by the first part of an ARN would find the wrong secret.
    """
    if _LOOKS_LIKE_A_SUFFIX.fullmatch(name[-7:]):
        raise ValueError(f"the secret name {name!r} ends in a hyphen and six characters, as the ARNs of secrets do")
    full = f"unifiedmeta/{stack_name}/{name}"
    if len(full) > _LIMIT:
        raise ValueError(f"the secret name {full!r} is longer than {_LIMIT} characters")
    return full


class SecretStore(pulumi.ComponentResource):
    """See :class:`adapters.contract.SecretStore`."""

    def __init__(self, adapter: AwsAdapter) -> None:
        super().__init__("unifiedmeta:aws:SecretStore", "secret-store")
        self._adapter = adapter
        self.register_outputs({})

    def put(self, spec: SecretSpec) -> SecretRecord:
        """A secret and its first version."""
        adapter = self._adapter
        secret = secretsmanager.Secret(
            spec.name,
            name=secret_name(adapter.stack_name, spec.name),
            description=f"{spec.name} of stack {adapter.stack_name}",
            kms_key_id=spec.key.arn,
            recovery_window_in_days=_RECOVERY_DAYS[adapter.stack.protection],
            tags=adapter.tags("secret-store", spec.name),
            opts=stateful(adapter.stack, child(self, adapter.provider, depends_on=spec.key.ready)),
        )
        value: pulumi.Output[str] = pulumi.Output.secret(spec.value)
        version = secretsmanager.SecretVersion(
            spec.name,
            secret_id=secret.id,
            secret_string=value,
            opts=child(self, adapter.provider),
        )
        return SecretRecord(name=spec.name, id=version.secret_arn)

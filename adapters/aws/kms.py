"""One key per purpose, each with yearly rotation and a policy of its own (:mod:`adapters.aws.key_policies`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, get_args

import pulumi
from pulumi_aws import kms

from adapters.aws.documents import Statement, document
from adapters.aws.key_policies import key_policy, logs_policy
from adapters.options import child, stateful
from adapters.records import KeyRecord
from adapters.specs import KeyPurpose

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter

_PURPOSES: dict[KeyPurpose, str] = {
    "disks": "Volumes of nodes and pods",
    "vault": "Seal of Vault",
    "backups": "Backups in the object store",
    "secrets": "Secrets that nodes fetch at boot",
}
_ROTATION_DAYS = 365
_DELETION_DAYS = {True: 30, False: 7}
"""Days until a deleted key is gone, by `protection`: the longest that AWS allows, and the shortest."""


class Kms(pulumi.ComponentResource):
    """See :class:`adapters.contract.Kms`."""

    def __init__(self, adapter: AwsAdapter) -> None:
        super().__init__("unifiedmeta:aws:Kms", "kms")
        role = _auto_scaling_role(adapter, self)
        where = {"partition": adapter.partition, "account": adapter.account, "region": adapter.region}
        self._keys = {
            purpose: _key(
                adapter,
                self,
                purpose,
                _PURPOSES[purpose],
                key_policy(purpose, **where),
                depends_on=role if purpose == "disks" else (),
            )
            for purpose in get_args(KeyPurpose)
        }
        self.register_outputs({purpose: key.arn for purpose, key in self._keys.items()})

    @property
    def keys(self) -> Mapping[KeyPurpose, KeyRecord]:
        return MappingProxyType(self._keys)


class LogsKey(pulumi.ComponentResource):
    """The key of the stack's log groups: flow logs, sessions, WAF. Only the logs service can use it, only for them."""

    def __init__(self, adapter: AwsAdapter) -> None:
        super().__init__("unifiedmeta:aws:LogsKey", "logs-key")
        groups = (adapter.log_group("*"), f"{adapter.waf_log_group}*")
        policy = logs_policy(groups, partition=adapter.partition, account=adapter.account, region=adapter.region)
        self._record = _key(adapter, self, "logs", "Log groups", policy)
        self.register_outputs({"arn": self._record.arn})

    @property
    def record(self) -> KeyRecord:
        return self._record


def _key(
    adapter: AwsAdapter,
    parent: pulumi.Resource,
    purpose: str,
    description: str,
    policy: Sequence[Statement],
    *,
    depends_on: Sequence[pulumi.Resource] = (),
) -> KeyRecord:
    """A key and its alias. An alias is unique in an account and region, so it holds the stack's name."""
    key = kms.Key(
        purpose,
        description=f"{description} of stack {adapter.stack_name}",
        enable_key_rotation=True,
        rotation_period_in_days=_ROTATION_DAYS,
        deletion_window_in_days=_DELETION_DAYS[adapter.stack.protection],
        policy=document(policy),
        tags=adapter.tags("kms", purpose),
        opts=stateful(adapter.stack, child(parent, adapter.provider, depends_on=depends_on)),
    )
    alias = kms.Alias(
        purpose,
        name=f"alias/{adapter.physical(purpose, 256 - len('alias/'))}",
        target_key_id=key.key_id,
        opts=child(parent, adapter.provider),
    )
    return KeyRecord(id=key.key_id, arn=key.arn, ready=(alias,))


def _auto_scaling_role(adapter: AwsAdapter, parent: pulumi.Resource) -> tuple[pulumi.Resource, ...]:
    """Auto Scaling's role, in an account that never had a group: a policy that names a missing principal is refused.

    The role belongs to the account, not to the stack, so that it stays when the stack goes.
    """
    if not (adapter.stack.aws and adapter.stack.aws.create_autoscaling_service_linked_role):
        return ()
    from pulumi_aws import iam

    role = iam.ServiceLinkedRole(
        "auto-scaling",
        aws_service_name="autoscaling.amazonaws.com",
        tags=adapter.tags("kms", "auto-scaling"),
        opts=pulumi.ResourceOptions.merge(
            child(parent, adapter.provider), pulumi.ResourceOptions(retain_on_delete=True)
        ),
    )
    return (role,)

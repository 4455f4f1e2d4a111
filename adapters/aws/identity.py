"""IAM roles: of the machines, and of the pods by the cluster's own OIDC issuer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import iam

from adapters.aws.documents import Statement, document, trust
from adapters.aws.grants import Scope, statements
from adapters.aws.issuer import AUDIENCE, Issuer, make_issuer
from adapters.aws.node_policies import node_statements
from adapters.options import child
from adapters.records import IssuerRecord, NodeIdentityRecord, WorkloadIdentityRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.specs import IssuerSpec, NodeIdentitySpec, WorkloadIdentitySpec

_ROLE_LIMIT = 64


class Identity(pulumi.ComponentResource):
    """See :class:`adapters.contract.Identity`."""

    def __init__(self, adapter: AwsAdapter, cluster_id: pulumi.Output[str]) -> None:
        super().__init__("unifiedmeta:aws:Identity", "identity")
        self._adapter = adapter
        self._cluster_id = cluster_id
        self._issuer: Issuer | None = None
        self.register_outputs({})

    def node(self, spec: NodeIdentitySpec) -> NodeIdentityRecord:
        """The role of servers or of agents, and the profile that a machine takes it from."""
        adapter = self._adapter
        role = self._role(spec.role, document([trust({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")]))

        def policy(cluster_id: str) -> pulumi.Output[str]:
            scope = Scope.of(adapter, cluster_id)
            own = node_statements(spec.role, scope, adapter.log_group("sessions"))
            return document([*own, *statements(spec.grants, scope)])

        rights = self._rights(spec.role, role, self._cluster_id.apply(policy))
        profile = iam.InstanceProfile(
            spec.role,
            name=adapter.physical(spec.role, 128),
            role=role.name,
            tags=adapter.tags("identity", spec.role),
            opts=child(self, adapter.provider),
        )
        return NodeIdentityRecord(name=profile.name, principal=role.arn, ready=(rights, profile))

    def issuer(self, spec: IssuerSpec) -> IssuerRecord:
        """Called once; pods' identities need it."""
        self._issuer = make_issuer(self._adapter, self, spec)
        return IssuerRecord(url=self._issuer.url, ready=self._issuer.ready)

    def workload(self, spec: WorkloadIdentitySpec) -> WorkloadIdentityRecord:
        """A role that the tokens of one service account may take. Errors: RuntimeError before :meth:`issuer`."""
        if self._issuer is None:
            raise RuntimeError("make the issuer first: a pod's role trusts it")
        subject = f"system:serviceaccount:{spec.namespace}:{spec.service_account}"
        issuer_arn = self._issuer.provider.arn

        def trusted(url: str) -> pulumi.Output[str]:
            return document([workload_trust(issuer_arn, url, subject)])

        role = self._role(spec.name, self._issuer.url.apply(trusted))

        def policy(cluster_id: str) -> pulumi.Output[str]:
            return document(statements(spec.grants, Scope.of(self._adapter, cluster_id)))

        rights = self._rights(spec.name, role, self._cluster_id.apply(policy))
        return WorkloadIdentityRecord(id=role.arn, ready=(rights, *self._issuer.ready))

    def _role(self, name: str, trusted: pulumi.Output[str]) -> iam.Role:
        adapter = self._adapter
        return iam.Role(
            name,
            name=adapter.physical(name, _ROLE_LIMIT),
            description=f"{name} of stack {adapter.stack_name}",
            assume_role_policy=trusted,
            permissions_boundary=adapter.permissions_boundary,
            tags=adapter.tags("identity", name),
            opts=child(self, adapter.provider),
        )

    def _rights(self, name: str, role: iam.Role, policy: pulumi.Output[str]) -> iam.RolePolicy:
        """Rights stand in the role itself, not in shared policies: nobody else's change can widen them."""
        return iam.RolePolicy(name, role=role.id, policy=policy, opts=child(self, self._adapter.provider))


def workload_trust(issuer_arn: pulumi.Input[str], url: str, subject: str) -> Statement:
    """Trust in the tokens of one service account, and only in those that are meant for AWS."""
    issuer = url.removeprefix("https://")
    conditions = {"StringEquals": {f"{issuer}:sub": subject, f"{issuer}:aud": AUDIENCE}}
    return trust({"Federated": issuer_arn}, "sts:AssumeRoleWithWebIdentity", conditions)

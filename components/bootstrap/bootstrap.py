"""From a cluster that is starting to one that the platform can be installed on.

Order: ready gate, provider, priority classes and storage class, the foundation's own releases (the CSI driver), then namespaces,
then Secrets. Deleting goes the other way, which is why namespaces come after the CSI driver: when they go, their volumes go with them,
and somebody has to be there to delete those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes import Provider
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.meta import v1 as meta
from pulumi_kubernetes.scheduling import v1 as scheduling
from pulumi_kubernetes.storage import v1 as storage

from components.bootstrap.gate import ready_gate
from components.bootstrap.helm import ReleaseSpec, helm_release
from components.bootstrap.objects import MANAGED, PRIORITY_CLASSES, NamespaceSpec, storage_class
from config import effective

if TYPE_CHECKING:
    from adapters.records import CloudIntegration
    from components.rke2.records import ClusterRecord
    from config.model import StackConfig


def secret(value: pulumi.Output[str]) -> pulumi.Output[str]:
    """The same value, secret whatever it was before."""
    marked: pulumi.Output[str] = pulumi.Output.secret(value)
    return marked


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSpec:
    """A Kubernetes Secret: every value is a Pulumi secret."""

    namespace: str
    name: str
    values: Mapping[str, pulumi.Output[str]]


class Bootstrap(pulumi.ComponentResource):
    """The gate, the provider behind it, and the objects that charts rely on."""

    provider: Provider
    """For everything inside the cluster."""
    releases: Mapping[str, pulumi.Resource]
    """The foundation's own components, such as the CSI driver, by name."""
    namespaces: Mapping[str, pulumi.Resource]
    secrets: Mapping[tuple[str, str], pulumi.Resource]
    """By namespace and name."""
    ready: tuple[pulumi.Resource, ...]
    """The gate, and what every namespace relies on: priority classes, the storage class, the foundation's releases."""

    def __init__(
        self,
        stack: StackConfig,
        stack_name: str,
        cluster: ClusterRecord,
        *,
        releases: Sequence[ReleaseSpec] = (),
        namespaces: Sequence[NamespaceSpec] = (),
        secrets: Sequence[SecretSpec] = (),
        depends_on: Sequence[pulumi.Resource] = (),
    ) -> None:
        """`depends_on`: what must outlive everything in the cluster besides its machines (egress, firewall, fronts)."""
        super().__init__("unifiedmeta:bootstrap:Bootstrap", "bootstrap")
        self._stack = stack
        machines = [*cluster.ready_dependencies, *(pool.resource for pool in cluster.pools), *depends_on]
        self.gate = ready_gate(stack, stack_name, cluster.kubeconfig, self, machines)
        self.provider = self._kubernetes(cluster)
        self._base = [*self._priority_classes(), *self._storage_class(cluster.integration)]
        self.releases = {spec.component.name: self._release(spec) for spec in releases}
        self.ready = (self.gate, *self._base, *self.releases.values())
        self.namespaces = {spec.name: self._namespace(spec) for spec in namespaces}
        self.secrets = {(spec.namespace, spec.name): self._secret(spec) for spec in secrets}
        self.register_outputs({})

    def before(self, namespace: str) -> tuple[pulumi.Resource, ...]:
        """What a release in `namespace` waits for: the namespace, behind which all of :attr:`ready` stands, and its Secrets.

        And not the namespaces of others: the SDK looks at everything behind every dependency, so that a catalogue of sixteen times the
        components took forty times as long.
        """
        made = self.namespaces.get(namespace)
        secrets = (secret for (where, _), secret in self.secrets.items() if where == namespace)
        return (*((made,) if made else self.ready), *secrets)

    def _kubernetes(self, cluster: ClusterRecord) -> Provider:
        """`cluster_identifier` keeps the provider, and with it the whole platform, when address, CA or proxy change."""
        return Provider(
            "cluster",
            kubeconfig=secret(cluster.kubeconfig),
            cluster_identifier=cluster.id,
            enable_server_side_apply=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.gate]),
        )

    def _child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=self.provider, depends_on=depends_on or [self.gate])

    def _release(self, spec: ReleaseSpec) -> pulumi.Resource:
        return helm_release(spec, self, self.provider, [self.gate, *self._base])

    def _namespace(self, spec: NamespaceSpec) -> pulumi.Resource:
        metadata = meta.ObjectMetaArgs(name=spec.name, labels=spec.labels)
        return core.Namespace(spec.name, metadata=metadata, opts=self._child(*self.ready))

    def _secret(self, spec: SecretSpec) -> pulumi.Resource:
        namespace = self.namespaces.get(spec.namespace)
        return core.Secret(
            f"{spec.namespace}-{spec.name}",
            metadata=meta.ObjectMetaArgs(name=spec.name, namespace=spec.namespace, labels=MANAGED),
            string_data={key: secret(value) for key, value in spec.values.items()},
            opts=self._child(*([namespace] if namespace else self.ready)),
        )

    def _priority_classes(self) -> list[pulumi.Resource]:
        return [
            scheduling.PriorityClass(
                spec.name,
                metadata=meta.ObjectMetaArgs(name=spec.name, labels=MANAGED),
                value=spec.value,
                description=spec.description,
                opts=self._child(),
            )
            for spec in PRIORITY_CLASSES
        ]

    def _storage_class(self, integration: CloudIntegration) -> list[pulumi.Resource]:
        if integration.storage_class is None:
            return []
        default = effective.storage_default(self._stack) == "block"
        arguments = storage_class(integration.storage_class, default=default)
        return [storage.StorageClass("unifiedmeta-block", **arguments, opts=self._child())]

"""All that the platform needs before the first chart: the selection, cloud identities, facts, Secrets, namespaces.

Made when the cluster's machines are planned and before anything speaks to its API, so that the bootstrap can make namespaces and
Secrets, which both deliveries rely on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pulumi

from adapters import specs
from adapters.catalogue import Component, PodSecurity
from components.bootstrap.bootstrap import SecretSpec
from components.bootstrap.helm import ReleaseSpec
from components.bootstrap.objects import NamespaceSpec, namespaces
from components.platform import values as helm_values
from components.platform.facts import PublicFact, SecretFact, public_facts
from components.platform.identities import identities
from components.platform.selection import STACKS, selected

if TYPE_CHECKING:
    from adapters.records import CloudIntegration, WorkloadIdentityRecord
    from components.foundation import Foundation

STATIC_KEYS: Final[Mapping[str, str]] = {"longhorn": "longhorn/"}
"""The closed list of consumers that cannot take a workload identity, and the one prefix of the backups that each may use."""


class PlatformPlan:
    """What is installed, and everything that its values, Secrets and identities need."""

    components: tuple[Component, ...]
    """In the order in which they are installed."""
    identities: Mapping[str, WorkloadIdentityRecord]
    facts: Mapping[str, PublicFact]
    secret_facts: Mapping[str, SecretFact]

    def __init__(
        self,
        foundation: Foundation,
        integration: CloudIntegration,
        issuer: Sequence[pulumi.Resource] = (),
        overlays: Path = STACKS,
    ) -> None:
        """`issuer`: what must exist before an identity can trust the cluster's tokens."""
        stack, adapter = foundation.stack, foundation.adapter
        self.stack = stack
        self.issuer = tuple(issuer)
        self._overlays = overlays
        self.components = selected(stack, adapter.capabilities, adapter.components)
        self.identities = identities(self.components, foundation)
        self.facts = public_facts(foundation, integration, self.identities)
        self.secret_facts = self._static_keys(foundation)

    def release(self, component: Component) -> ReleaseSpec:
        """The component with its values: profiles, size, facts, the customer's overlay."""
        return ReleaseSpec(component, helm_values.values(component, self.stack, self.facts, self._overlays))

    @property
    def foundation_releases(self) -> tuple[ReleaseSpec, ...]:
        """What the bootstrap itself installs: volumes must work before there is a namespace to use them."""
        return tuple(self.release(c) for c in self.components if c.layer == "foundation")

    @property
    def namespaces(self) -> tuple[NamespaceSpec, ...]:
        """Of everything that is installed, with the least restriction that all of a namespace's components can live with."""
        wanted: dict[str, set[PodSecurity]] = {}
        for component in self.components:
            wanted.setdefault(component.namespace, set()).add(component.pod_security)
        return namespaces(wanted)

    @property
    def secrets(self) -> tuple[SecretSpec, ...]:
        """The Kubernetes Secrets that values refer to."""
        return tuple(
            SecretSpec(
                namespace=component.namespace,
                name=name,
                values={key: fact.value for key, fact in entries.items()},
            )
            for component in self.components
            for name, entries in helm_values.secrets(component, self.stack, self.secret_facts).items()
        )

    def before(self, component: Component) -> tuple[pulumi.Resource, ...]:
        """What the component's identity consists of besides its name: without it the first call to the cloud is refused."""
        identity = self.identities.get(component.name)
        return (*self.issuer, *identity.ready) if identity else ()

    def _static_keys(self, foundation: Foundation) -> dict[str, SecretFact]:
        """Only those keys that a selected component's profile for this CSP asks for."""
        wanted = {name for c in self.components for name in helm_values.secret_names(c, self.stack)}
        facts: dict[str, SecretFact] = {}
        for consumer, prefix in STATIC_KEYS.items():
            names = {part: f"backups.{consumer}.{part}" for part in ("access_key", "secret_key")}
            if not wanted & set(names.values()):
                continue
            grant = specs.UseObjects(foundation.backups, prefix, foundation.keys["backups"])
            key = foundation.object_store.static_key(specs.StaticKeySpec(consumer=consumer, grant=grant))
            facts |= {name: SecretFact(name, getattr(key, part)) for part, name in names.items()}
        return facts

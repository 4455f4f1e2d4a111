"""Facts: what only a run knows. A public fact may stand in Helm values; a secret one becomes a Kubernetes Secret.

The two are different types, and only the public one can be placed into values. A public fact whose value turns out to be a
Pulumi secret stops the run as well: see :attr:`PublicFact.output`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.platform import rules
from config import effective

if TYPE_CHECKING:
    from adapters.records import CloudIntegration, WorkloadIdentityRecord
    from components.foundation import Foundation


class SecretInValuesError(TypeError):
    """A secret was about to be written into Helm values, which anybody who may read a release can read."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the fact {name} is a secret and must not stand in Helm values: make it a SecretFact, "
            "name it in values/facts/<profile>.secrets.yaml and refer to that Secret"
        )


@dataclass(frozen=True, slots=True)
class PublicFact:
    """Something that anybody who may read the cluster's objects may know.

    Errors: SecretInValuesError for a value of any other type, a SecretFact first of all.
    """

    name: str
    value: str | pulumi.Output[str] | tuple[str, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.value, str | tuple | pulumi.Output):
            raise SecretInValuesError(self.name)

    @property
    def output(self) -> pulumi.Output[str]:
        """The value as an Output which, when it resolves, refuses to give a secret (SecretInValuesError).

        Errors: TypeError for a list, which has no place inside a text.
        """
        if isinstance(self.value, tuple):
            raise TypeError(f"the fact {self.name} is a list: write ${{{self.name}}} with nothing around it")
        value = pulumi.Output.from_input(self.value)

        async def refuse_secret() -> bool:
            if await value.is_secret():
                raise SecretInValuesError(self.name)
            return True

        return pulumi.Output.all(value, refuse_secret()).apply(lambda pair: str(pair[0]))


@dataclass(frozen=True, slots=True)
class SecretFact:
    """Something that only a Kubernetes Secret may hold. Secret from here on, whatever it was before."""

    name: str
    value: pulumi.Output[str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", pulumi.Output.secret(self.value))


PublicFacts = Mapping[str, PublicFact]
SecretFacts = Mapping[str, SecretFact]
Values = dict[str, str | pulumi.Output[str] | tuple[str, ...]]


def public_facts(
    foundation: Foundation, integration: CloudIntegration, identities: Mapping[str, WorkloadIdentityRecord]
) -> dict[str, PublicFact]:
    """Every public fact of a run by its name. A fact about something that the stack does not have is not there."""
    stack = foundation.stack
    values: Values = {
        "region": stack.cloud.region,
        "cluster.id": foundation.cluster_id,
        "cluster.pod_cidr": str(stack.cluster.pod_cidr),
        "domain": stack.dns.domain,
        "stack.name": foundation.stack_name,
        "customer": stack.project.customer,
        "network.cidr": str(foundation.network.cidr),
        "tls.cluster_issuer": rules.cluster_issuer(stack),
        "ingress.admin_class": rules.admin_ingress_class(stack),
        "ingress.public.allow_list": tuple(str(cidr) for cidr in stack.ingress.public.allow_list),
        "ingress.internal.allow_list": (str(foundation.network.cidr), *(str(cidr) for cidr in stack.network.peers)),
        "storage.class": rules.storage_class(stack),
        "storage.replicated_is_default": "true" if effective.storage_default(stack) == "replicated" else "false",
        "backups.bucket": foundation.backups.name,
        "backups.region": foundation.backups.region,
        "backups.endpoint": foundation.backups.endpoint,
        **{f"kms.{purpose}": key.id for purpose, key in foundation.keys.items()},
        **{f"ingress.{name}.address": front.address for name, front in foundation.fronts.items()},
        **{f"identity.{name}": identity.id for name, identity in identities.items()},
        **_names(foundation),
        **{name: pulumi.Output.from_input(value) for name, value in integration.facts.items()},
    }
    return {name: PublicFact(name, value) for name, value in values.items()}


def _names(foundation: Foundation) -> Values:
    facts: Values = {}
    if foundation.zones.public is not None:
        facts["dns.public_zone_id"] = foundation.zones.public.id
    if foundation.zones.private is not None:
        facts["dns.private_zone_id"] = foundation.zones.private.id
    if foundation.stack.dns.acme_email is not None:
        facts["acme.email"] = foundation.stack.dns.acme_email
    return facts

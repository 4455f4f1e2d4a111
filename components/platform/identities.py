"""Cloud identities of the platform's pods: who may do what, in words that name no cloud.

The adapter turns each into its own form (:class:`adapters.contract.Identity`) for exactly one service account. Pods take it by a projected token
and settings in values/<component>-<csp>.yaml; no webhook is involved, so that no pod waits for another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from adapters import specs
from adapters.catalogue import Component
from adapters.records import WorkloadIdentityRecord
from components.platform import rules

if TYPE_CHECKING:
    from components.foundation import Foundation

RECOVERY_SECRET: Final = "vault-recovery"  # noqa: S105  a name, not a secret
"""The secret in the CSP's store that takes Vault's recovery keys; written by vault-init, read by people only."""


def _cert_manager(foundation: Foundation) -> list[specs.Grant]:
    public = foundation.zones.public
    return [specs.ManageRecords(public, txt_only=True)] if public and rules.acme(foundation.stack) else []


def _dns_public(foundation: Foundation) -> list[specs.Grant]:
    return [specs.ManageRecords(foundation.zones.public)] if foundation.zones.public else []


def _dns_private(foundation: Foundation) -> list[specs.Grant]:
    return [specs.ManageRecords(foundation.zones.private)] if foundation.zones.private else []


def _vault(foundation: Foundation) -> list[specs.Grant]:
    return [specs.UseKey(foundation.keys["vault"])] if "vault" in foundation.keys else []


def _vault_init(foundation: Foundation) -> list[specs.Grant]:
    return [specs.WriteSecret(RECOVERY_SECRET, foundation.keys["secrets"])] if "secrets" in foundation.keys else []


GRANTS: Final[Mapping[str, Callable[[Foundation], Sequence[specs.Grant]]]] = {
    "cert-manager": _cert_manager,
    "external-dns-public": _dns_public,
    "external-dns-private": _dns_private,
    "vault": _vault,
    "vault-init": _vault_init,
}
"""Rights by the component's name. The CSI driver's identity is the cluster's business: nodes are planned with it."""


def grants(component: Component, foundation: Foundation) -> Sequence[specs.Grant]:
    """What the component's pods may do in this stack's cloud; empty when they need nothing.

    Errors: KeyError when the catalogue gives a service account to a component that this table does not know.
    """
    return GRANTS[component.name](foundation) if component.service_account else ()


def identities(components: Sequence[Component], foundation: Foundation) -> dict[str, WorkloadIdentityRecord]:
    """Makes an identity for every component that has something to ask of the cloud, by the component's name."""
    made: dict[str, WorkloadIdentityRecord] = {}
    for component in components:
        granted = grants(component, foundation)
        if granted:
            made[component.name] = foundation.identity.workload(
                specs.WorkloadIdentitySpec(
                    name=component.name,
                    namespace=component.namespace,
                    service_account=component.service_account,
                    grants=granted,
                )
            )
    return made

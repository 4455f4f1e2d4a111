"""Certificates: the controller, the platform's own CA, and public certificates once the zone is delegated."""

from __future__ import annotations

from adapters.catalogue import Chart, Component
from adapters.records import Capabilities
from components.platform.catalogue import own
from components.platform.rules import acme
from config.model import StackConfig


def _acme(stack: StackConfig, _capabilities: Capabilities) -> bool:
    return acme(stack)


def _cert_manager_profiles(stack: StackConfig) -> tuple[str, ...]:
    return ("cert-manager", "cert-manager-dns01") if acme(stack) else ("cert-manager",)


CERT_MANAGER = Component(
    name="cert-manager",
    why="issues and renews every certificate inside the cluster",
    colour="yellow",
    chart=Chart(name="cert-manager", version="v1.21.1", repository="oci://quay.io/jetstack/charts", first_minor=22),
    namespace="cert-manager",
    licence="Apache-2.0",
    profiles=_cert_manager_profiles,
    service_account="cert-manager",
    health=("deployment/cert-manager", "deployment/cert-manager-webhook", "deployment/cert-manager-cainjector"),
)

INTERNAL_CA = Component(
    name="internal-ca",
    why="the platform's own certificate authority, for names that no public authority can see",
    colour="green",
    chart=own.OBJECTS,
    namespace="cert-manager",
    licence="Apache-2.0",
    needs=("cert-manager",),
    health=("clusterissuer/internal-ca",),
)

ACME_ISSUER = Component(
    name="acme-issuer",
    why="publicly trusted certificates by DNS-01; only works in a delegated zone",
    colour="yellow",
    chart=own.OBJECTS,
    namespace="cert-manager",
    licence="Apache-2.0",
    on=_acme,
    needs=("cert-manager",),
    health=("clusterissuer/acme",),
)

COMPONENTS = (CERT_MANAGER, INTERNAL_CA, ACME_ISSUER)

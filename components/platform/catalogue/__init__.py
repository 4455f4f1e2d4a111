"""All portable components, in the order in which people read them; an adapter adds what only its CSP has.

Charts, versions and licences: each chart's own Chart.yaml, and the sources that docs/decisions/0020-platform-catalogue.md names.
"""

from __future__ import annotations

from adapters.catalogue import Component
from components.platform.catalogue import certificates, delivery, dns, ingress, secrets, storage

COMPONENTS: tuple[Component, ...] = (
    *storage.COMPONENTS,
    *certificates.COMPONENTS,
    *dns.COMPONENTS,
    *ingress.COMPONENTS,
    *secrets.COMPONENTS,
    *delivery.COMPONENTS,
)

"""Our own charts, in charts/."""

from __future__ import annotations

from typing import Final

from adapters.catalogue import Chart

OBJECTS: Final = Chart(name="objects", version="1.0.0")
"""Any Kubernetes objects, taken from the values as they are: custom resources of somebody else's chart."""
VAULT_INIT: Final = Chart(name="vault-init", version="1.0.0")
"""The Job that initialises Vault once and keeps its policies and roles as the values say."""

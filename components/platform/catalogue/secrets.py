"""Vault: what it stands on (certificate, seal), the servers, and the Job that initialises it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.catalogue import Chart, Component
from components.platform.catalogue import own

if TYPE_CHECKING:
    from adapters.records import Capabilities
    from config.model import StackConfig


def _with_vault(stack: StackConfig, _capabilities: Capabilities) -> bool:
    """What serves Vault alone comes and goes with it."""
    return stack.platform.components.get("vault", True)


VAULT_BASE = Component(
    name="vault-base",
    why="what Vault's servers mount: their certificate from the internal CA, and the seal that unseals them",
    colour="yellow",
    chart=own.OBJECTS,
    namespace="vault",
    licence="Apache-2.0",
    on=_with_vault,
    needs=("internal-ca",),
    health=("certificate/vault-server-tls",),
)

VAULT = Component(
    name="vault",
    why="keeps the applications' secrets, in three replicas that unseal themselves",
    colour="yellow",
    chart=Chart(name="vault", version="0.34.1", repository="https://helm.releases.hashicorp.com"),
    namespace="vault",
    licence="BUSL-1.1: free to use, not to be offered to third parties as a competing service; OpenBao (MPL-2.0) is its heir",
    needs=("vault-base",),
    after=("block-storage", "replicated-storage"),
    replicas=3,
    service_account="vault",
    # Its pods are not ready until they are initialised, which vault-init does.
    await_ready=False,
    health=("statefulset/vault",),
)

VAULT_INIT = Component(
    name="vault-init",
    why="initialises Vault once, hands its recovery keys to the cloud's secret store, and keeps policies and roles",
    colour="yellow",
    chart=own.VAULT_INIT,
    namespace="vault",
    licence="Apache-2.0",
    on=_with_vault,
    needs=("vault",),
    service_account="vault-init",
    health=("job/vault-init",),
    timeout_minutes=20,
)

COMPONENTS = (VAULT_BASE, VAULT, VAULT_INIT)

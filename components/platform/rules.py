"""What the catalogue and the facts both need to know of a stack: pure functions of the model."""

from __future__ import annotations

from typing import Literal

from config import effective
from config.model import StackConfig

BLOCK_CLASS = "unifiedmeta-block"
REPLICATED_CLASS = "unifiedmeta-replicated"


def acme(stack: StackConfig) -> bool:
    """Whether certificates come from a public authority.

    Never before the zone is delegated: every order would fail, and the authority limits failures.
    """
    return effective.delegated(stack)


def cluster_issuer(stack: StackConfig) -> Literal["acme", "internal-ca"]:
    """The ClusterIssuer that the platform's own Ingresses name."""
    return "acme" if acme(stack) else "internal-ca"


def admin_ingress_class(stack: StackConfig) -> Literal["internal", "public"]:
    """Where the platform's own user interfaces are: never on the internet while there is an internal front."""
    return "internal" if stack.ingress.internal.enabled else "public"


def admin_front(stack: StackConfig) -> Literal["l7", "l4"]:
    """What stands before :func:`admin_ingress_class`: with `l7` TLS ends there, with `l4` in the engine."""
    ingress = stack.ingress
    return ingress.internal.front if admin_ingress_class(stack) == "internal" else ingress.public.front


def storage_class(stack: StackConfig) -> str:
    """The name of the default StorageClass."""
    return BLOCK_CLASS if effective.storage_default(stack) == "block" else REPLICATED_CLASS

"""What a platform component is, as data: which chart, why, when, after what.

Entries themselves are in components/platform/catalogue/, and in adapters/<csp>/catalogue.py where only one CSP has the component (its CSI
driver, for one). How a component is configured is no part of this: that is values/<profile>.yaml, and values/facts/<profile>.yaml for
what only a run knows.

Importing this module loads neither the Pulumi SDK nor any cloud SDK.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from adapters.records import Capabilities
    from config.model import StackConfig

Colour = Literal["red", "yellow", "green"]
"""red: the CSP's own service; yellow: portable software configured per CSP; green: needs only a Kubernetes API."""
Layer = Literal["foundation", "platform", "application"]
PodSecurity = Literal["privileged", "baseline", "restricted"]
"""The Pod Security Standard that a namespace enforces (kubernetes.io, "Pod Security Standards")."""

NEWEST_MINOR = 36
"""The newest Kubernetes minor release that the charts below were rendered on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A Helm chart, pinned."""

    name: str
    version: str
    repository: str = ""
    """https://… or oci://…; empty: our own chart, charts/<name>."""
    first_minor: int = 21
    """The oldest Kubernetes 1.x that the chart accepts (its `kubeVersion`)."""
    last_minor: int = NEWEST_MINOR
    """The newest 1.x that it is known to work on."""


@dataclass(frozen=True, slots=True)
class EndOfLife:
    """Upstream has stopped, or said when it will."""

    when: date
    note: str


def always(_stack: StackConfig, _capabilities: Capabilities) -> bool:
    """On unless the stack file says otherwise."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One release: a chart in a namespace under a fixed name, the same in every delivery."""

    name: str
    """Name of the release, and the key in the stack file's `platform.components`."""
    why: str
    colour: Colour
    chart: Chart
    namespace: str
    licence: str
    """SPDX identifier, and what an operator has to know about it."""
    pod_security: PodSecurity = "restricted"
    layer: Layer = "platform"
    on: Callable[[StackConfig, Capabilities], bool] = always
    """Whether it is installed when the stack file does not say."""
    profiles: Callable[[StackConfig], tuple[str, ...]] | None = None
    """Values profiles, the general one first; its own name when None."""
    needs: tuple[str, ...] = ()
    """Components without which it cannot be installed; they come first."""
    after: tuple[str, ...] = ()
    """What comes first where it is installed: names, or what others provide."""
    provides: str = ""
    """A word that others can name in `after`, such as block-storage."""
    replicas: int = 1
    """How many nodes for ordinary pods it cannot do without."""
    secrets: tuple[str, ...] = ()
    """Kubernetes Secrets that it names in its values; made before it, see values/facts/*.secrets.yaml."""
    service_account: str = ""
    """The service account that the platform gives a cloud identity; empty: it needs none, or has it from the cluster (the CSI driver)."""
    health: tuple[str, ...] = ()
    """What is ready when it works, as kubectl names it: deployment/cert-manager."""
    await_ready: bool = True
    """False where pods only become ready by a later step."""
    timeout_minutes: int = 10
    end_of_life: EndOfLife | None = None

    def stems(self, stack: StackConfig) -> tuple[str, ...]:
        """The file stems of its values profiles, in the order in which they are merged."""
        return self.profiles(stack) if self.profiles else (self.name,)

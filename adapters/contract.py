"""What a CSP must provide: one small Protocol per concern, and the adapter that makes them.

A CSP is one folder, adapters/<csp>/, with the same file names in all of them; its ``__init__`` exports ``create_adapter``.
Each concern is a ``pulumi.ComponentResource`` of type ``unifiedmeta:<csp>:<Concern>`` which takes typed specs
(:mod:`adapters.specs`) and offers frozen records (:mod:`adapters.records`), never raw provider resources. What a CSP cannot do stands in its
:class:`~adapters.records.Capabilities` and is refused when the stack is checked.

Importing this module loads neither the Pulumi SDK nor any cloud SDK: the adapter of a CSP is imported by
:func:`load_adapter`, when a stack names that CSP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from pulumi import Input, Output, Resource

    from adapters import records as r
    from adapters import specs as s
    from adapters.catalogue import Component
    from adapters.flows import Flow
    from config.model import StackConfig
    from config.problems import Problem


class Network(Protocol):
    """Virtual network, subnet tiers, routes, NAT: made or adopted."""

    @property
    def record(self) -> r.NetworkRecord: ...


class Firewall(Protocol):
    """The flow table, translated; nothing else is let through."""

    @property
    def record(self) -> r.FirewallRecord: ...


class Kms(Protocol):
    """One key per purpose, with rotation."""

    @property
    def keys(self) -> Mapping[s.KeyPurpose, r.KeyRecord]: ...


class SecretStore(Protocol):
    """Secrets that nodes fetch at boot with their own identity."""

    def put(self, spec: s.SecretSpec) -> r.SecretRecord: ...


class ObjectStore(Protocol):
    """Buckets: versioned, encrypted, TLS only, closed to the public."""

    def bucket(self, spec: s.BucketSpec) -> r.BucketRecord: ...

    def static_key(self, spec: s.StaticKeySpec) -> r.StaticKeyRecord: ...


class Identity(Protocol):
    """Identities of nodes and, through the cluster's own issuer, of pods."""

    def node(self, spec: s.NodeIdentitySpec) -> r.NodeIdentityRecord: ...

    def issuer(self, spec: s.IssuerSpec) -> r.IssuerRecord: ...

    def workload(self, spec: s.WorkloadIdentitySpec) -> r.WorkloadIdentityRecord: ...


class Images(Protocol):
    """The nodes' machine image: an exact one, the golden one, or a pinned Ubuntu."""

    def image(self, *, gpu: bool) -> r.ImageRecord: ...


class Dns(Protocol):
    """Public and private zone, and records in them."""

    @property
    def zones(self) -> r.ZonesRecord: ...

    def alias(self, name: str, zone: r.ZoneRecord, front: r.FrontRecord) -> None: ...

    def record(self, name: str, zone: r.ZoneRecord, kind: str, values: Sequence[Input[str]]) -> None: ...


class LoadBalancer(Protocol):
    """The API's L4 address, and the L7 ingress fronts."""

    def api(self, spec: s.ApiSpec) -> r.ApiRecord: ...

    def front(self, spec: s.FrontSpec) -> r.FrontRecord: ...

    def attach_servers(self, servers: Sequence[r.ServerRecord]) -> None: ...

    def attach_pools(self, pools: Sequence[r.PoolRecord]) -> None: ...


class Waf(Protocol):
    """A web application firewall on one L7 front."""

    def protect(self, front: r.FrontRecord) -> None: ...


class Compute(Protocol):
    """Servers one by one, agents in pools."""

    def server(self, spec: s.ServerSpec) -> r.ServerRecord: ...

    def pool(self, spec: s.PoolSpec) -> r.PoolRecord: ...


class PrivateEndpoints(Protocol):
    """The CSP's own services inside the network."""

    @property
    def ready(self) -> Sequence[Resource]: ...


class RemoteAccess(Protocol):
    """Administration without an open SSH port."""

    @property
    def record(self) -> r.RemoteAccessRecord: ...


class Adapter(Protocol):
    """Makes every concern of one CSP. Methods are called in the fixed order of components/foundation.py."""

    @property
    def csp(self) -> str: ...

    @property
    def capabilities(self) -> r.Capabilities: ...

    @property
    def components(self) -> tuple[Component, ...]:
        """The catalogue's entries that only this CSP has, such as its CSI driver."""
        ...

    @property
    def zones(self) -> tuple[str, ...]:
        """The names of the zones that the stack asks for; known without asking the cloud."""
        ...

    def problems(self) -> list[Problem]:
        """Everything in the stack file that this CSP refuses; needs no cloud and no credentials."""
        ...

    def guard(self) -> None:
        """Refuse to go on with credentials of another account. Raises config.problems.StackFileError."""
        ...

    def network(self, cluster_id: Output[str]) -> Network: ...

    def firewall(self, network: r.NetworkRecord, flows: Sequence[Flow], cluster_id: Output[str]) -> Firewall: ...

    def kms(self) -> Kms: ...

    def secret_store(self) -> SecretStore: ...

    def object_store(self) -> ObjectStore: ...

    def identity(self, cluster_id: Output[str]) -> Identity: ...

    def images(self, disk_key: r.KeyRecord) -> Images: ...

    def dns(self, network: r.NetworkRecord) -> Dns: ...

    def load_balancer(self) -> LoadBalancer: ...

    def waf(self) -> Waf: ...

    def compute(self, spec: s.ComputeSpec) -> Compute: ...

    def private_endpoints(self, network: r.NetworkRecord, firewall: r.FirewallRecord) -> PrivateEndpoints: ...

    def remote_access(self, network: r.NetworkRecord, firewall: r.FirewallRecord) -> RemoteAccess: ...

    def node_hooks(self, spec: s.HooksSpec) -> r.NodeHooks: ...

    def integration(self, spec: s.IntegrationSpec) -> r.CloudIntegration: ...

    def peer_addresses(self) -> Sequence[r.Endpoint]:
        """Fixed server addresses known at plan time; empty where the network gives no such promise."""
        ...


def load_adapter(stack: StackConfig, stack_name: str) -> Adapter:
    """The adapter of the CSP that the stack names; imports only that one.

    Errors: ModuleNotFoundError when there is no folder adapters/<csp>.
    """
    module = import_module(f"adapters.{stack.cloud.csp.value}")
    return cast("Adapter", module.create_adapter(stack, stack_name))

"""The foundation: asks the adapter for its parts, in the fixed layer order, the same for every CSP.

Layers keep the numbers that users of v0.5 know: network (00), security (05), golden image (10), access control (15),
then keys, stores, DNS, load balancer, private endpoints, and WAF (20), which needs the front that it protects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pulumi

from adapters import specs
from adapters.contract import Adapter, Dns, Identity, Images, LoadBalancer, ObjectStore, SecretStore
from adapters.flows import flows
from adapters.records import (
    ApiRecord,
    BucketRecord,
    FirewallRecord,
    FrontRecord,
    KeyRecord,
    NetworkRecord,
    RemoteAccessRecord,
    ZonesRecord,
)
from config import effective
from config.model import StackConfig

FrontName = Literal["public", "internal"]

EXPIRING_PREFIXES = ("etcd/", "velero/", "longhorn/")
"""Where old versions of backups may expire. The cluster's claim, below cluster/, never does."""


class Foundation:
    """Everything below the cluster. Attributes are records and the concerns that later layers ask for more."""

    network: NetworkRecord
    firewall: FirewallRecord
    keys: Mapping[specs.KeyPurpose, KeyRecord]
    secret_store: SecretStore
    object_store: ObjectStore
    backups: BucketRecord
    identity: Identity
    images: Images
    dns: Dns
    zones: ZonesRecord
    load_balancer: LoadBalancer
    api: ApiRecord
    fronts: Mapping[FrontName, FrontRecord]
    private_endpoints_ready: Sequence[pulumi.Resource]
    remote_access: RemoteAccessRecord

    def __init__(self, stack: StackConfig, stack_name: str, adapter: Adapter, cluster_id: pulumi.Output[str]) -> None:
        self.stack = stack
        self.stack_name = stack_name
        self.adapter = adapter
        self.cluster_id = cluster_id
        self._network_and_firewall()
        self._keys_and_stores()
        self._identity_and_images()
        self._names_and_fronts()

    def _network_and_firewall(self) -> None:
        self.network = self.adapter.network(self.cluster_id).record
        self.firewall = self.adapter.firewall(self.network, flows(self.stack), self.cluster_id).record

    def _keys_and_stores(self) -> None:
        self.keys = self.adapter.kms().keys
        self.secret_store = self.adapter.secret_store()
        self.object_store = self.adapter.object_store()
        self.backups = self.object_store.bucket(
            specs.BucketSpec(
                name="backups",
                key=self.keys["backups"],
                expire_days=self.stack.backup.retention_days,
                expire_prefixes=EXPIRING_PREFIXES,
            )
        )

    def _identity_and_images(self) -> None:
        self.images = self.adapter.images(self.keys["disks"])
        self.identity = self.adapter.identity(self.cluster_id)
        self.remote_access = self.adapter.remote_access(self.network, self.firewall).record

    def _names_and_fronts(self) -> None:
        self.dns = self.adapter.dns(self.network)
        self.zones = self.dns.zones
        self.load_balancer = self.adapter.load_balancer()
        self.api = self.load_balancer.api(specs.ApiSpec(network=self.network, firewall=self.firewall))
        self.fronts = {name: self._front(name) for name in self._l7_fronts()}
        self.private_endpoints_ready = (
            self.adapter.private_endpoints(self.network, self.firewall).ready
            if self.stack.network.private_endpoints
            else ()
        )
        if "public" in self.fronts and effective.waf(self.stack).enabled:
            self.adapter.waf().protect(self.fronts["public"])

    def _l7_fronts(self) -> list[FrontName]:
        ingress = self.stack.ingress
        names: list[FrontName] = []
        if ingress.public.enabled and ingress.public.front == "l7":
            names.append("public")
        if ingress.internal.enabled and ingress.internal.front == "l7":
            names.append("internal")
        return names

    def _front(self, name: FrontName) -> FrontRecord:
        return self.load_balancer.front(
            specs.FrontSpec(name=name, network=self.network, firewall=self.firewall, zones=self.zones)
        )

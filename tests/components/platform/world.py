"""A foundation without a cloud: records with made-up values, and concerns that write down what they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any, cast

import pulumi

from adapters import records as r
from adapters import specs
from adapters.aws.adapter import CAPABILITIES
from adapters.aws.catalogue import COMPONENTS
from adapters.catalogue import Component
from components.foundation import Foundation
from components.platform.selection import catalogue
from components.rke2.records import ClusterRecord
from config.model import StackConfig
from sandbox.engine.monitor import Monitor
from tests.support.stacks import stack_with

BIG_ENOUGH = {"cluster__pools": {"general": {"min": 3, "max": 6}}}
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
  - name: dev
    cluster: {server: "https://api.example:6443", certificate-authority-data: Q0E=, tls-server-name: kubernetes}
users:
  - name: admin
    user: {client-certificate-data: Q0VSVA==, client-key-data: VE9QLVNFQ1JFVA==}
"""


def component(name: str) -> Component:
    """An entry of the catalogue."""
    return catalogue(COMPONENTS)[name]


def out(value: Any) -> pulumi.Output[Any]:
    return pulumi.Output.from_input(value)


@dataclass
class Asked:
    """Identity and object store in one: everything asked of them, in order."""

    workloads: list[specs.WorkloadIdentitySpec] = field(default_factory=list)
    keys: list[specs.StaticKeySpec] = field(default_factory=list)

    def workload(self, spec: specs.WorkloadIdentitySpec) -> r.WorkloadIdentityRecord:
        self.workloads.append(spec)
        return r.WorkloadIdentityRecord(id=out(f"arn:aws:iam::123456789012:role/{spec.name}"))

    def static_key(self, spec: specs.StaticKeySpec) -> r.StaticKeyRecord:
        self.keys.append(spec)
        return r.StaticKeyRecord(access_key=out("AKIA-ACCESS"), secret_key=out("SECRET-KEY"))


class FakeAdapter:
    csp = "aws"
    capabilities = CAPABILITIES
    components = COMPONENTS


class FakeFoundation:
    """The attributes of :class:`components.foundation.Foundation` that the platform reads."""

    def __init__(self, stack: StackConfig) -> None:
        self.stack, self.stack_name = stack, "aws-dev"
        self.adapter = FakeAdapter()
        self.cluster_id = out("um-c1")
        self.asked = Asked()
        self.identity = self.object_store = self.asked
        self.network = r.NetworkRecord(
            id=out("net"),
            cidr=IPv4Network("10.0.0.0/16"),
            zones=("a",),
            public=(),
            private=(),
            data=(),
            egress_addresses=(),
            egress=(),
        )
        self.keys = {
            p: r.KeyRecord(id=out(f"key-{p}"), arn=out(f"arn-{p}")) for p in ("disks", "vault", "backups", "secrets")
        }
        self.backups = r.BucketRecord(
            name=out("um-backups"), arn=out("arn"), endpoint=out("s3.example"), region="ap-northeast-2"
        )
        self.zones = r.ZonesRecord(public=self._zone("public"), private=self._zone("private"))
        self.fronts = {side: self._front(side) for side in ("public", "internal") if self._l7(side)}

    def _l7(self, side: str) -> bool:
        front = getattr(self.stack.ingress, side)
        return bool(front.enabled and front.front == "l7")

    def _front(self, side: Any) -> r.FrontRecord:
        return r.FrontRecord(name=side, id=out("lb"), address=out(f"{side}.lb.example"), zone_alias=None, https=False)

    def _zone(self, kind: str) -> r.ZoneRecord | None:
        if getattr(self.stack.dns, kind).mode == "none":
            return None
        return r.ZoneRecord(
            id=out(f"Z-{kind}"), name="acme.example", private=kind == "private", delegated=False, name_servers=None
        )


def foundation(**edits: Any) -> Foundation:
    return cast("Foundation", FakeFoundation(stack_with(**(BIG_ENOUGH | edits))))


def asked(of: Foundation) -> Asked:
    return cast("FakeFoundation", of).asked


def integration(**facts: Any) -> r.CloudIntegration:
    return r.CloudIntegration(
        bootstrap_charts=(),
        csi_component="aws-ebs-csi-driver",
        storage_class={"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3", "encrypted": "true"}},
        facts={"identity.csi": out("arn:aws:iam::123456789012:role/csi"), **facts},
    )


def cluster(kubeconfig: str = KUBECONFIG) -> ClusterRecord:
    return ClusterRecord(
        id=out("um-c1"),
        kubeconfig=pulumi.Output.secret(kubeconfig),
        ca_hash=out("hash"),
        server_url=out("https://api.example:6443"),
        issuer_url=out("https://issuer.example"),
        servers=(),
        pools=(),
        integration=integration(),
        ready_dependencies=(),
    )


@contextmanager
def dependencies() -> Iterator[dict[str, set[str]]]:
    """While it is open: what each registered resource depends on, both written as `Release/vault`."""
    found: dict[str, set[str]] = {}
    original = Monitor.RegisterResource

    def register(monitor: Monitor, request: Any) -> Any:
        found[_short(request.type, request.name)] = {_short(*urn.split("::")[2:]) for urn in request.dependencies}
        return original(monitor, request)

    Monitor.RegisterResource = register  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Monitor.RegisterResource = original  # type: ignore[method-assign]


def _short(type_: str, name: str) -> str:
    return f"{type_.rpartition(':')[2]}/{name}"

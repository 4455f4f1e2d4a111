"""Records the layers from the network to remote access of one stack, as the foundation makes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from adapters import specs
from adapters.aws.adapter import AwsAdapter
from adapters.flows import flows
from adapters.records import BucketRecord, FirewallRecord, KeyRecord, NetworkRecord
from tests.adapters.aws.parts import out, stack
from tests.support.recording import Recorded, Recording, record

CLUSTER_ID = "um-4f2a"
CLUSTER_TAG = f"kubernetes.io/cluster/{CLUSTER_ID}"
ISSUER = "https://d111111abcdef8.cloudfront.net"

_COMPUTED: dict[str, dict[str, Any]] = {
    "aws:cloudfront/distribution:Distribution": {"domainName": ISSUER.removeprefix("https://")},
    "aws:iam/accessKey:AccessKey": {"secret": "key-of-the-static-user"},
    "aws:s3/bucket:Bucket": {"bucketRegionalDomainName": "issuer.s3.ap-northeast-2.amazonaws.com"},
    "random:index/randomId:RandomId": {"hex": "0badcafe"},
}


def computed(type_: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    found = dict(_COMPUTED.get(type_, {}))
    if type_ == "aws:kms/key:Key":
        found["keyId"] = f"{name}-key"
    return found


@dataclass
class Layers:
    """What was recorded, and the records that the layers gave back."""

    adapter: AwsAdapter
    recording: Recording = field(default_factory=Recording)
    network: NetworkRecord | None = None
    firewall: FirewallRecord | None = None
    keys: dict[str, KeyRecord] = field(default_factory=dict)
    backups: BucketRecord | None = None
    others: dict[str, Any] = field(default_factory=dict)

    def make(self) -> None:
        cluster_id = out(CLUSTER_ID)
        self.network = self.adapter.network(cluster_id).record
        self.firewall = self.adapter.firewall(self.network, flows(self.adapter.stack), cluster_id).record
        self.keys = dict(self.adapter.kms().keys)
        self._stores()
        self._identities(cluster_id)
        self.others["remote"] = self.adapter.remote_access(self.network, self.firewall).record
        self.others["endpoints"] = self.adapter.private_endpoints(self.network, self.firewall).ready

    def _stores(self) -> None:
        store = self.adapter.object_store()
        self.backups = store.bucket(
            specs.BucketSpec(
                name="backups", key=self.keys["backups"], expire_days=30, expire_prefixes=("etcd/", "velero/")
            )
        )
        longhorn = specs.UseObjects(self.backups, "longhorn/", self.keys["backups"])
        self.others["static"] = store.static_key(specs.StaticKeySpec(consumer="longhorn", grant=longhorn))
        secrets = self.adapter.secret_store()
        secret = specs.SecretSpec(name="agent", value=out("join-token"), key=self.keys["secrets"])
        self.others["secret"] = secrets.put(secret)

    def _identities(self, cluster_id: Any) -> None:
        identity = self.adapter.identity(cluster_id)
        for role in ("server", "agent"):
            grants = [specs.ReadSecret(role, self.keys["secrets"])]
            self.others[role] = identity.node(specs.NodeIdentitySpec(role=role, grants=grants))
        self.others["issuer"] = identity.issuer(
            specs.IssuerSpec(
                jwks='{"keys": []}',
                discovery=lambda url: url.apply(lambda at: json.dumps({"issuer": at})),
                issuer_url=self.adapter.stack.identity.issuer_url,
            )
        )
        assert self.backups is not None
        every = [
            specs.UseKey(self.keys["vault"]),
            specs.UseObjects(self.backups, "velero/", self.keys["backups"]),
            specs.WriteSecret("vault-recovery", self.keys["secrets"]),
            specs.ManageVolumes(self.keys["disks"]),
            specs.ScaleNodes(),
        ]
        self.others["pod"] = identity.workload(
            specs.WorkloadIdentitySpec(name="vault", namespace="vault", service_account="vault", grants=every)
        )


def layers(stack_name: str = "aws-test", then: Callable[[Layers], None] = lambda _: None, **sections: Any) -> Layers:
    """The layers of a stack with these sections over the smallest one; `then` runs in the same program."""
    made = Layers(AwsAdapter(stack(**sections), stack_name))

    def program() -> None:
        made.make()
        then(made)

    made.recording = record(program, computed)
    return made


@cache
def default_layers() -> Layers:
    """Those of the smallest stack; recorded once, not to be changed."""
    return layers()


CLOUD_PREFIX = "aws:"
PUBLIC_API = {"api": {"access": "public", "allowList": ["198.51.100.0/24"]}}


def cloud_resources(recording: Recording) -> Iterator[Recorded]:
    return (r for r in recording.resources if r.type.startswith(CLOUD_PREFIX))


def documents(recording: Recording, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content of every policy document of resources of these types."""
    for resource in recording.resources:
        if resource.type in types:
            yield f"{resource.type}/{resource.name}", json.loads(resource.inputs["policy"])

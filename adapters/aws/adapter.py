"""The AWS adapter: one explicit provider, what every concern shares, and a factory method for each concern.

Each factory imports its module when it is called, so that a service package of the SDK is loaded only when it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from adapters import naming
from adapters.aws.catalogue import COMPONENTS
from adapters.aws.subnets import plan
from adapters.aws.zones import zones_of
from adapters.records import Capabilities, ServiceAccount

if TYPE_CHECKING:
    import pulumi_aws as aws
    import pulumi_random
    from pulumi import Output

    from adapters import records as r
    from adapters import specs as s
    from adapters.aws.compute import Compute
    from adapters.aws.dns import Dns
    from adapters.aws.firewall import Firewall
    from adapters.aws.identity import Identity
    from adapters.aws.images import Images
    from adapters.aws.kms import Kms, LogsKey
    from adapters.aws.load_balancer import LoadBalancer
    from adapters.aws.network import Network
    from adapters.aws.object_store import ObjectStore
    from adapters.aws.private_endpoints import PrivateEndpoints
    from adapters.aws.remote_access import RemoteAccess
    from adapters.aws.secret_store import SecretStore
    from adapters.aws.waf import Waf
    from adapters.flows import Flow
    from config.model import StackConfig
    from config.problems import Problem

CAPABILITIES = Capabilities(
    zones_max=6,
    l7_fronts=True,
    waf=True,
    private_endpoints=True,
    spot=True,
    gpu=True,
    managed_kms=True,
    block_storage=True,
    load_balancer_services=True,
    csi_service_account=ServiceAccount(namespace="kube-system", name="ebs-csi-controller-sa"),
)

CLUSTER_TAG_PREFIX = "kubernetes.io/cluster/"
"""The tag by which the cloud controller and the CSI driver know what belongs to their cluster."""


class AwsAdapter:
    """Makes every concern on AWS; see :class:`adapters.contract.Adapter`."""

    csp = "aws"
    capabilities = CAPABILITIES
    components = COMPONENTS
    partition = "aws"
    """First part of every ARN; the regions of other partitions are refused by :meth:`problems`."""

    def __init__(self, stack: StackConfig, stack_name: str) -> None:
        self.stack = stack
        self.stack_name = stack_name
        self.region = stack.cloud.region
        self.account = stack.cloud.account
        self.zones = zones_of(stack.network, stack.cloud.region)

    @cached_property
    def provider(self) -> aws.Provider:
        """The one provider of all resources. It too refuses any other account, should the guard be left out.

        No `default_tags`: a key that stands in both places shows as changed for ever, and neither Auto Scaling groups
        nor the volumes of launch templates would get them. Every resource names its tags: :meth:`tags`.
        """
        from adapters.aws.guard import provider

        return provider("aws", self.stack, allowed_account_ids=[self.account])

    @cached_property
    def random(self) -> pulumi_random.Provider:
        """The provider of the random ends of names that the whole world shares."""
        import pulumi_random

        return pulumi_random.Provider("names")

    @cached_property
    def logs_key(self) -> r.KeyRecord:
        """The key of this stack's log groups; made when the first of them is."""
        from adapters.aws.kms import LogsKey

        key: LogsKey = LogsKey(self)
        return key.record

    @property
    def permissions_boundary(self) -> str | None:
        """ARN of the policy that bounds every role and user that is made."""
        return self.stack.aws.permissions_boundary_arn if self.stack.aws else None

    def physical(self, item: str, limit: int) -> str:
        """`um-<stack>-<item>` within `limit` characters."""
        return naming.physical(self.stack_name, item, limit)

    def log_group(self, item: str) -> str:
        """The name of a log group. :attr:`logs_key` encrypts groups below this path, and :attr:`waf_log_group`, no others."""
        return f"/unifiedmeta/{self.stack_name}/{item}"

    @property
    def waf_log_group(self) -> str:
        """The name of the WAF's log group; AWS demands the prefix."""
        return f"aws-waf-logs-{self.physical('waf', 200)}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this stack's account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def tags(self, component: str, name: str) -> dict[str, str]:
        """The tags of every resource, and the name that the console shows."""
        return {**naming.common_tags(self.stack, self.stack_name, component), "Name": self.physical(name, 255)}

    def cluster_tags(self, cluster_id: Output[str]) -> Output[dict[str, str]]:
        """The tag that makes a resource the cluster's own: `kubernetes.io/cluster/<id>` = `owned`."""
        return cluster_id.apply(lambda id_: {f"{CLUSTER_TAG_PREFIX}{id_}": "owned"})

    def problems(self) -> list[Problem]:
        from adapters.aws.checks import problems

        return problems(self.stack)

    def guard(self) -> None:
        from adapters.aws.guard import guard

        guard(self.stack, self.stack_name)

    def network(self, cluster_id: Output[str]) -> Network:
        from adapters.aws.network import Network

        return Network(self, cluster_id)

    def firewall(self, network: r.NetworkRecord, flows: Sequence[Flow], cluster_id: Output[str]) -> Firewall:
        from adapters.aws.firewall import Firewall

        return Firewall(self, network, flows, cluster_id)

    def kms(self) -> Kms:
        from adapters.aws.kms import Kms

        return Kms(self)

    def secret_store(self) -> SecretStore:
        from adapters.aws.secret_store import SecretStore

        return SecretStore(self)

    def object_store(self) -> ObjectStore:
        from adapters.aws.object_store import ObjectStore

        return ObjectStore(self)

    def identity(self, cluster_id: Output[str]) -> Identity:
        from adapters.aws.identity import Identity

        return Identity(self, cluster_id)

    def images(self, disk_key: r.KeyRecord) -> Images:
        from adapters.aws.images import Images

        return Images(self, disk_key)

    def dns(self, network: r.NetworkRecord) -> Dns:
        from adapters.aws.dns import Dns

        return Dns(self, network)

    def load_balancer(self) -> LoadBalancer:
        from adapters.aws.load_balancer import LoadBalancer

        return LoadBalancer(self)

    def waf(self) -> Waf:
        from adapters.aws.waf import Waf

        return Waf(self)

    def compute(self, spec: s.ComputeSpec) -> Compute:
        from adapters.aws.compute import Compute

        return Compute(self, spec)

    def private_endpoints(self, network: r.NetworkRecord, firewall: r.FirewallRecord) -> PrivateEndpoints:
        from adapters.aws.private_endpoints import PrivateEndpoints

        return PrivateEndpoints(self, network, firewall)

    def remote_access(self, network: r.NetworkRecord, firewall: r.FirewallRecord) -> RemoteAccess:
        from adapters.aws.remote_access import RemoteAccess

        return RemoteAccess(self, network, firewall)

    def node_hooks(self, spec: s.HooksSpec) -> r.NodeHooks:
        from adapters.aws.node_hooks import node_hooks

        return node_hooks(self, spec)

    def integration(self, spec: s.IntegrationSpec) -> r.CloudIntegration:
        from adapters.aws.integration import integration

        return integration(self, spec)

    def peer_addresses(self) -> Sequence[r.Endpoint]:
        """The servers' addresses, which a network that we make keeps for them; none in an adopted one."""
        from adapters.aws.addresses import peer_addresses

        network = self.stack.network
        if network.adopt is not None:
            return ()
        private = [item.cidr for item in plan(network.cidr, self.zones) if item.tier == "private"]
        return peer_addresses(self.stack.cluster.servers.count, private)

"""The program: read the stack file, then adapter, foundation, cluster, bootstrap, platform."""

import pulumi

from adapters.contract import load_adapter
from components.bootstrap.bootstrap import Bootstrap
from components.checks import refuse_problems
from components.foundation import Foundation
from components.outputs import export_outputs
from components.platform.plan import PlatformPlan
from components.platform.platform import Platform
from components.rke2.cluster import Cluster
from components.rke2.pki import ClusterCredentials
from config.load import load_program

stack_name = pulumi.get_stack()
stack = load_program(pulumi.Config("unifiedmeta"), stack_name)
adapter = load_adapter(stack, stack_name)
refuse_problems(stack, stack_name, adapter)
adapter.guard()
credentials = ClusterCredentials(stack, stack_name)
foundation = Foundation(stack, stack_name, adapter, credentials.cluster_id)
cluster = Cluster(foundation, credentials)
plan = PlatformPlan(foundation, cluster.record.integration, cluster.issuer.ready)
bootstrap = Bootstrap(
    stack,
    stack_name,
    cluster.record,
    releases=plan.foundation_releases,
    namespaces=plan.namespaces,
    secrets=plan.secrets,
    depends_on=[*foundation.network.egress, *foundation.firewall.all_rules],
)
Platform(plan, bootstrap)
export_outputs(foundation, cluster)

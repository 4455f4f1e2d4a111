"""What the machines themselves may do, as plain data: the cloud controller's rights for servers, little for agents.

Every ordinary pod is kept from the machine's role by the metadata service's hop limit of 1; only pods on the host's network
(the cloud controller on servers) have it. Sources: cloud-provider-aws "Prerequisites" and its source (which requests it makes, and that
it tags all it creates with the cluster's tag); AWS's Service Authorization Reference; Systems Manager User Guide "Create a custom IAM
role for Session Manager".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.aws.documents import Statement, allow

if TYPE_CHECKING:
    from adapters.aws.grants import Scope
    from adapters.specs import NodeRole


def node_statements(role: NodeRole, scope: Scope, session_log_group: str) -> list[Statement]:
    """Everything but the grants that the stack adds."""
    common = [*_sessions(scope, session_log_group), *_pull_images(scope)]
    if role == "agent":
        return [*common, allow("KnowInstances", ["ec2:DescribeInstances", "ec2:DescribeRegions"], "*")]
    return [*common, *_cloud_controller(scope)]


def _sessions(scope: Scope, log_group: str) -> list[Statement]:
    """Session Manager, and the sessions' log.

    AWS's own policy for it (AmazonSSMManagedInstanceCore) also reads every parameter and document of the account; this does not.
    """
    channels = [f"ssmmessages:{verb}{channel}Channel" for verb in ("Create", "Open") for channel in ("Control", "Data")]
    commands = [
        f"ec2messages:{action}"
        for action in ("AcknowledgeMessage", "DeleteMessage", "FailMessage", "GetEndpoint", "GetMessages", "SendReply")
    ]
    instances = scope.arn("ec2", "instance/*")
    return [
        allow("SessionChannels", channels, "*"),
        allow("Commands", commands, "*"),
        allow("ReportToSessionManager", ["ssm:ListInstanceAssociations", "ssm:UpdateInstanceInformation"], instances),
        allow("FindSessionLog", ["logs:DescribeLogGroups"], scope.arn("logs", "log-group:*")),
        allow(
            "WriteSessionLog",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            scope.arn("logs", f"log-group:{log_group}:*"),
        ),
    ]


def _pull_images(scope: Scope) -> list[Statement]:
    """The account's own image registry."""
    pull = [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:DescribeRepositories",
        "ecr:GetDownloadUrlForLayer",
        "ecr:GetRepositoryPolicy",
        "ecr:ListImages",
    ]
    return [
        allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], "*"),
        allow("PullImages", pull, scope.arn("ecr", "repository/*")),
    ]


def _cloud_controller(scope: Scope) -> list[Statement]:
    """The cloud controller: it sees everything, makes only what carries the cluster's tag, and changes only that.

    Our own load balancers do not carry the tag, so that it cannot touch them.
    """
    made = {"StringEquals": {f"aws:RequestTag/{scope.cluster_tag}": "owned"}}
    ours = {"StringEquals": {f"aws:ResourceTag/{scope.cluster_tag}": "owned"}}
    return [_see(), *_security_groups(scope, made, ours), *_load_balancers(scope, made, ours), *_once(scope)]


def _see() -> Statement:
    """Describe actions, which know no resources."""
    actions = [f"autoscaling:Describe{what}" for what in ("AutoScalingGroups", "LaunchConfigurations", "Tags")]
    actions += [
        f"ec2:Describe{what}"
        for what in (
            "AvailabilityZones",
            "InstanceTopology",
            "Instances",
            "Regions",
            "RouteTables",
            "SecurityGroups",
            "Subnets",
            "Vpcs",
        )
    ]
    actions += [
        f"elasticloadbalancing:Describe{what}"
        for what in (
            "Listeners",
            "LoadBalancerAttributes",
            "LoadBalancers",
            "TargetGroupAttributes",
            "TargetGroups",
            "TargetHealth",
        )
    ]
    return allow("See", actions, "*")


def _security_groups(scope: Scope, made: dict[str, dict[str, str]], ours: dict[str, dict[str, str]]) -> list[Statement]:
    group, network, instance = (scope.arn("ec2", f"{kind}/*") for kind in ("security-group", "vpc", "instance"))
    change = ["ec2:AuthorizeSecurityGroupIngress", "ec2:DeleteSecurityGroup", "ec2:RevokeSecurityGroupIngress"]
    return [
        allow("MakeGroup", ["ec2:CreateSecurityGroup"], group, made),
        allow("MakeGroupInNetwork", ["ec2:CreateSecurityGroup"], network),
        allow("TagNewGroup", ["ec2:CreateTags"], group, {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}}),
        allow("ChangeGroup", change, group, ours),
        allow("ChangeInstance", ["ec2:ModifyInstanceAttribute"], instance, ours),
    ]


def _load_balancers(scope: Scope, made: dict[str, dict[str, str]], ours: dict[str, dict[str, str]]) -> list[Statement]:
    """Network load balancers: the chart's values ask for no others."""
    elb = "elasticloadbalancing"
    balancer, listener, targets = (
        scope.arn(elb, resource) for resource in ("loadbalancer/net/*/*", "listener/net/*/*/*", "targetgroup/*/*")
    )
    creating = {"StringEquals": {f"{elb}:CreateAction": ["CreateListener", "CreateLoadBalancer", "CreateTargetGroup"]}}
    return [
        allow("MakeBalancer", [f"{elb}:CreateLoadBalancer", f"{elb}:CreateTargetGroup"], [balancer, targets], made),
        allow("MakeListener", [f"{elb}:CreateListener"], balancer, ours),
        allow("TagNewBalancer", [f"{elb}:AddTags"], [balancer, listener, targets], creating),
        allow(
            "ChangeBalancer",
            [f"{elb}:DeleteLoadBalancer", f"{elb}:ModifyLoadBalancerAttributes", f"{elb}:SetSecurityGroups"],
            balancer,
            ours,
        ),
        allow("ChangeListener", [f"{elb}:DeleteListener", f"{elb}:ModifyListener"], listener, ours),
        allow(
            "ChangeTargets",
            [
                f"{elb}:DeleteTargetGroup",
                f"{elb}:DeregisterTargets",
                f"{elb}:ModifyTargetGroup",
                f"{elb}:ModifyTargetGroupAttributes",
                f"{elb}:RegisterTargets",
            ],
            targets,
            ours,
        ),
    ]


def _once(scope: Scope) -> list[Statement]:
    """The load balancing service's own role, if the account never had one; and looking at the account's keys."""
    service = "elasticloadbalancing.amazonaws.com"
    role = f"role/aws-service-role/{service}/AWSServiceRoleForElasticLoadBalancing"
    return [
        allow(
            "MakeBalancingRole",
            ["iam:CreateServiceLinkedRole"],
            scope.arn("iam", role, region=""),
            {"StringEquals": {"iam:AWSServiceName": service}},
        ),
        allow("LookAtKeys", ["kms:DescribeKey"], scope.arn("kms", "key/*")),
    ]

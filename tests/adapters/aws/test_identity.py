from __future__ import annotations

import json

import pytest

from adapters.aws.grants import Scope
from adapters.aws.node_policies import node_statements
from adapters.specs import WorkloadIdentitySpec
from tests.adapters.aws.layers import CLUSTER_TAG, ISSUER, default_layers, layers
from tests.adapters.aws.parts import adapter, out
from tests.support.recording import record, value_of

ROLE = "aws:iam/role:Role"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
SCOPE = Scope("aws", "123456789012", "ap-northeast-2", "aws-test", "um-4f2a")
OWNED = {"StringEquals": {f"aws:ResourceTag/{CLUSTER_TAG}": "owned"}}
MADE = {"StringEquals": {f"aws:RequestTag/{CLUSTER_TAG}": "owned"}}


def of(role):
    return {s["Sid"]: s for s in node_statements(role, SCOPE, "/unifiedmeta/aws-test/sessions")}


def actions(role, *services):
    return {a for s in of(role).values() for a in s["Action"] if a.split(":")[0] in services}


CLOUD_CONTROLLER = """
autoscaling:DescribeAutoScalingGroups autoscaling:DescribeLaunchConfigurations autoscaling:DescribeTags
ec2:DescribeInstances ec2:DescribeRegions ec2:DescribeRouteTables ec2:DescribeSecurityGroups ec2:DescribeSubnets
ec2:DescribeAvailabilityZones ec2:DescribeVpcs ec2:DescribeInstanceTopology
ec2:CreateSecurityGroup ec2:DeleteSecurityGroup ec2:AuthorizeSecurityGroupIngress ec2:RevokeSecurityGroupIngress
ec2:CreateTags ec2:ModifyInstanceAttribute
elasticloadbalancing:AddTags elasticloadbalancing:DescribeLoadBalancers elasticloadbalancing:DescribeLoadBalancerAttributes
elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeTargetGroups
elasticloadbalancing:DescribeTargetGroupAttributes elasticloadbalancing:DescribeTargetHealth
elasticloadbalancing:CreateLoadBalancer elasticloadbalancing:DeleteLoadBalancer
elasticloadbalancing:ModifyLoadBalancerAttributes elasticloadbalancing:SetSecurityGroups
elasticloadbalancing:CreateListener elasticloadbalancing:ModifyListener elasticloadbalancing:DeleteListener
elasticloadbalancing:CreateTargetGroup elasticloadbalancing:ModifyTargetGroup elasticloadbalancing:DeleteTargetGroup
elasticloadbalancing:ModifyTargetGroupAttributes elasticloadbalancing:RegisterTargets elasticloadbalancing:DeregisterTargets
iam:CreateServiceLinkedRole kms:DescribeKey
""".split()  # noqa: SIM905  read as a table


def test_a_server_may_do_what_the_cloud_controller_needs_and_nothing_more():
    assert actions("server", "autoscaling", "ec2", "elasticloadbalancing", "iam", "kms") == set(CLOUD_CONTROLLER)


def test_trap_the_published_policy_lacks_what_the_target_group_annotation_needs():
    assert {
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:ModifyTargetGroupAttributes",
    } <= actions("server", "elasticloadbalancing")


def test_an_agent_knows_instances_pulls_images_and_is_reached_by_sessions():
    assert actions("agent", "ec2", "autoscaling", "elasticloadbalancing", "iam", "kms") == {
        "ec2:DescribeInstances",
        "ec2:DescribeRegions",
    }
    assert actions("agent", "ecr") == actions("server", "ecr")
    assert "ssmmessages:OpenDataChannel" in actions("agent", "ssmmessages")


def test_nobody_reads_the_parameters_of_the_account():
    for role in ("server", "agent"):
        assert actions(role, "ssm") == {"ssm:ListInstanceAssociations", "ssm:UpdateInstanceInformation"}


def test_the_cloud_controller_makes_and_changes_only_what_carries_its_clusters_tag():
    found = of("server")
    for sid in ("ChangeGroup", "ChangeInstance", "MakeListener", "ChangeBalancer", "ChangeListener", "ChangeTargets"):
        assert found[sid]["Condition"] == OWNED, sid
    for sid in ("MakeGroup", "MakeBalancer"):
        assert found[sid]["Condition"] == MADE, sid


def test_our_own_load_balancers_are_out_of_the_cloud_controllers_reach():
    """They do not carry the cluster's tag: `tags` never gives it."""
    assert not any(k.startswith("kubernetes.io/") for k in adapter().tags("load-balancer", "api"))


def test_nothing_can_be_tagged_into_the_cluster_after_it_was_made():
    found = of("server")
    assert found["TagNewGroup"]["Condition"] == {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}}
    assert set(found["TagNewBalancer"]["Condition"]["StringEquals"]) == {"elasticloadbalancing:CreateAction"}


def test_only_the_load_balancing_services_own_role_can_be_made():
    made = of("server")["MakeBalancingRole"]
    assert made["Resource"].endswith(
        ":role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"
    )
    assert made["Condition"] == {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}}


@pytest.mark.parametrize("role", ["server", "agent"])
def test_a_machine_takes_its_role_from_ec2_and_reads_its_own_secret(role):
    recording = default_layers().recording
    trusted = json.loads(recording.one(ROLE, role).inputs["assumeRolePolicy"])["Statement"]
    assert [(s["Principal"], s["Action"]) for s in trusted] == [({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")]
    policy = json.loads(recording.one("aws:iam/rolePolicy:RolePolicy", role).inputs["policy"])
    read = next(s for s in policy["Statement"] if s["Sid"] == "ReadSecret0")
    assert read["Resource"].endswith(f":secret:unifiedmeta/aws-test/{role}-??????")
    profile = recording.one("aws:iam/instanceProfile:InstanceProfile", role)
    assert profile.inputs["role"] == f"um-aws-test-{role}"


def test_an_inline_policy_fits_into_what_iam_allows_a_role():
    """10,240 characters without white space, over all inline policies of a role."""
    for policy in default_layers().recording.of("aws:iam/rolePolicy:RolePolicy"):
        assert len("".join(policy.inputs["policy"].split())) <= 10_240


def test_trap_roles_name_no_policies_inline_because_that_would_remove_the_others():
    for role in default_layers().recording.of(ROLE):
        assert "inlinePolicies" not in role.inputs
        assert "managedPolicyArns" not in role.inputs


def test_a_permissions_boundary_is_on_every_role_and_user():
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    recording = layers(aws={"permissionsBoundaryArn": boundary}).recording
    made = [*recording.of(ROLE), *recording.of("aws:iam/user:User")]
    assert len(made) == 5
    assert {r.inputs["permissionsBoundary"] for r in made} == {boundary}


def test_a_pods_role_trusts_one_service_account_of_our_issuer_and_one_audience():
    trusted = json.loads(default_layers().recording.one(ROLE, "vault").inputs["assumeRolePolicy"])
    (statement,) = trusted["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Principal"] == {"Federated": "arn:aws:iam/openIdConnectProvider:OpenIdConnectProvider:issuer"}
    issuer = ISSUER.removeprefix("https://")
    assert statement["Condition"] == {
        "StringEquals": {f"{issuer}:sub": "system:serviceaccount:vault:vault", f"{issuer}:aud": "sts.amazonaws.com"}
    }


def test_a_pods_role_cannot_be_made_before_the_issuer():
    def program():
        identity = adapter().identity(out("um-1"))
        with pytest.raises(RuntimeError, match="issuer first"):
            identity.workload(WorkloadIdentitySpec(name="x", namespace="x", service_account="x", grants=[]))

    record(program)


def test_the_issuers_documents_are_where_the_address_says():
    recording = default_layers().recording
    objects = {r.inputs["key"]: r.inputs for r in recording.of(OBJECT)}
    assert set(objects) == {".well-known/openid-configuration", "openid/v1/jwks"}
    assert json.loads(objects[".well-known/openid-configuration"]["content"]) == {"issuer": ISSUER}
    assert all(o["contentType"] == "application/json" for o in objects.values())
    assert value_of(default_layers().others["issuer"].url) == ISSUER
    provider = recording.one("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "issuer")
    assert provider.inputs["url"] == ISSUER
    assert provider.inputs["clientIdLists"] == ["sts.amazonaws.com"]


def test_trap_a_public_bucket_is_forbidden_so_only_the_distribution_reads_the_documents():
    recording = default_layers().recording
    (distribution,) = recording.of("aws:cloudfront/distribution:Distribution")
    (origin,) = distribution.inputs["origins"]
    assert origin["originAccessControlId"] == "issuer-id"
    assert distribution.inputs["defaultCacheBehavior"]["viewerProtocolPolicy"] == "https-only"
    access = recording.one("aws:cloudfront/originAccessControl:OriginAccessControl", "issuer").inputs
    assert (access["signingBehavior"], access["signingProtocol"]) == ("always", "sigv4")
    policy = json.loads(recording.one("aws:s3/bucketPolicy:BucketPolicy", "issuer").inputs["policy"])
    (allowed,) = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == ["s3:GetObject"]
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceArn": "arn:aws:cloudfront/distribution:Distribution:issuer"}
    }


def test_trap_iam_looks_at_the_address_so_the_documents_are_there_first():
    recording = default_layers().recording
    provider = recording.one("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "issuer")
    for resource in (*recording.of(OBJECT), recording.one("aws:cloudfront/distribution:Distribution", "issuer")):
        assert resource.urn in provider.depends_on


def test_a_customer_can_publish_the_documents():
    made = layers(identity={"issuerUrl": "https://id.acme.example/um/"})
    assert not made.recording.of(OBJECT)
    assert not made.recording.of("aws:cloudfront/distribution:Distribution")
    provider = made.recording.one("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "issuer")
    assert provider.inputs["url"] == "https://id.acme.example/um"
    trusted = json.loads(made.recording.one(ROLE, "vault").inputs["assumeRolePolicy"])
    assert "id.acme.example/um:sub" in trusted["Statement"][0]["Condition"]["StringEquals"]

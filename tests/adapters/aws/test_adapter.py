"""What holds for every resource of the adapter's layers."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys

import pytest

from adapters import contract
from adapters.aws.adapter import AwsAdapter
from sandbox.simulators import provider_for
from tests.adapters.aws.layers import PUBLIC_API, cloud_resources, default_layers, layers
from tests.adapters.aws.parts import LONGEST_STACK_NAME, adapter
from tests.support.recording import record

COMMON_TAGS = {"managed-by", "stack", "customer", "environment", "component", "Name"}
EVERYTHING = {"cluster": PUBLIC_API, "ingress": {"internal": {"front": "l7"}}}

TAGLESS = {
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/subnetCidrReservation:SubnetCidrReservation",
    "aws:ec2/tag:Tag",
    "aws:iam/accessKey:AccessKey",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:kms/alias:Alias",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:secretsmanager/secretVersion:SecretVersion",
}
"""Types that AWS gives no tags."""

NAME_LIMITS = {
    "aws:cloudfront/originAccessControl:OriginAccessControl": ("name", 64, r"[\w.-]+"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", 512, r"[.\-_/#A-Za-z0-9]+"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", 255, r"(?!sg-)[\w. -]+"),
    "aws:iam/instanceProfile:InstanceProfile": ("name", 128, r"[\w+=,.@-]+"),
    "aws:iam/role:Role": ("name", 64, r"[\w+=,.@-]+"),
    "aws:iam/user:User": ("name", 64, r"[\w+=,.@-]+"),
    "aws:kms/alias:Alias": ("name", 256, r"alias/(?!aws/)[\w/-]+"),
    "aws:s3/bucket:Bucket": ("bucket", 63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]"),
    "aws:secretsmanager/secret:Secret": ("name", 512, r"(?!.*-[A-Za-z0-9]{6}$)[\w/+=.@-]+"),
    "aws:ssm/document:Document": ("name", 128, r"[\w.-]{3,}"),
}
"""Type to the property that names it, its longest length in characters, and its legal form (clouds of AWS's own documents)."""


def test_every_resource_that_can_have_tags_has_them_all():
    checked = 0
    for resource in cloud_resources(layers(**EVERYTHING).recording):
        if resource.type in TAGLESS:
            assert "tags" not in resource.inputs
            continue
        assert set(resource.inputs["tags"]) >= COMMON_TAGS, resource.type
        checked += 1
    assert checked > 100


def test_trap_the_list_of_types_without_tags_is_what_the_sdk_says():
    import pulumi_aws

    for type_ in TAGLESS | set(NAME_LIMITS):
        _, path, class_ = type_.split(":")
        class_object = getattr(getattr(pulumi_aws, path.split("/")[0]), class_)
        assert ("tags" in inspect.signature(class_object._internal_init).parameters) is (type_ not in TAGLESS), type_


def test_tags_are_within_what_aws_allows():
    tags = {"a" * 63: "b" * 63}
    for resource in cloud_resources(layers(LONGEST_STACK_NAME, tags=tags).recording):
        for key, value in resource.inputs.get("tags", {}).items():
            assert len(resource.inputs["tags"]) <= 50
            assert 0 < len(key) <= 128
            assert len(value) <= 256
            assert not key.startswith("aws:")
            assert re.fullmatch(r"[\w\s.:/=+\-@]*", value), (resource.name, value)


def test_trap_the_same_tag_twice_shows_as_a_change_for_ever_so_the_provider_has_none():
    providers = [r for r in default_layers().recording.resources if r.type == "pulumi:providers:aws"]
    (only,) = providers
    assert "defaultTags" not in only.inputs
    assert json.loads(only.inputs["allowedAccountIds"]) == ["123456789012"]
    assert only.inputs["region"] == "ap-northeast-2"


def test_every_resource_has_the_explicit_provider():
    for resource in cloud_resources(default_layers().recording):
        assert resource.provider is not None, resource.type
        assert "::aws::" in resource.provider, resource.type


def test_trap_a_region_on_a_resource_would_overrule_the_provider():
    assert not [r.name for r in cloud_resources(default_layers().recording) if "region" in r.inputs]


def test_the_provider_takes_the_role_that_the_stack_names():
    role = "arn:aws:iam::123456789012:role/deployer"
    given = adapter(aws={"assumeRoleArn": role})
    (made,) = record(lambda: given.provider).resources
    (assumed,) = json.loads(made.inputs["assumeRoles"])
    assert assumed["roleArn"] == role


@pytest.mark.parametrize("stack_name", ["a", "aws-dev", LONGEST_STACK_NAME])
def test_names_are_within_aws_limits_for_every_stack_name(stack_name):
    seen = set()
    for resource in cloud_resources(layers(stack_name, **EVERYTHING).recording):
        if resource.type not in NAME_LIMITS:
            assert "name" not in resource.inputs, f"{resource.type} has a name and no limit in this test"
            continue
        seen.add(resource.type)
        property_, limit, form = NAME_LIMITS[resource.type]
        name = resource.inputs[property_]
        assert len(name) <= limit, (resource.type, name)
        assert re.fullmatch(form, name), (resource.type, name)
    assert seen == set(NAME_LIMITS)


def test_two_stacks_share_no_name():
    def names(stack_name):
        found = set()
        for resource in cloud_resources(layers(stack_name, **EVERYTHING).recording):
            if resource.type in NAME_LIMITS:
                found.add((resource.type, resource.inputs[NAME_LIMITS[resource.type][0]]))
        return found

    long = LONGEST_STACK_NAME[:-1]
    assert not names(f"{long}x") & names(f"{long}y")


def test_logical_names_never_contain_the_stacks_name():
    for resource in layers("quokka", **EVERYTHING).recording.resources:
        assert "quokka" not in resource.name


def test_logical_names_are_unique_within_their_type():
    names = [(r.type, r.name) for r in layers(**EVERYTHING).recording.resources]
    assert len(names) == len(set(names))


def test_everything_that_stores_something_is_encrypted():
    recording = default_layers().recording
    groups = recording.of("aws:cloudwatch/logGroup:LogGroup")
    secrets = recording.of("aws:secretsmanager/secret:Secret")
    assert groups
    assert secrets
    assert all(r.inputs["kmsKeyId"] for r in (*groups, *secrets))
    encrypted = recording.of("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
    assert {r.name for r in encrypted} == {r.name for r in recording.of("aws:s3/bucket:Bucket")}


def test_no_deprecated_type_is_used():
    for resource in cloud_resources(layers(**EVERYTHING).recording):
        assert not resource.type.endswith("V2"), resource.type


SECTIONS = (
    EVERYTHING,
    {"network": {"exposure": "private", "nat": "none"}, "ingress": {"public": {"enabled": False}}},
    {
        "aws": {
            "createAutoscalingServiceLinkedRole": True,
            "permissionsBoundaryArn": "arn:aws:iam::123456789012:policy/b",
        }
    },
)


@pytest.mark.parametrize("sections", SECTIONS, ids=["everything", "private", "own section"])
def test_every_input_is_one_that_the_sdk_knows_and_of_its_type(sections):
    provider = provider_for("aws").configure({"region": "ap-northeast-2"})
    resources = list(cloud_resources(layers(**sections).recording))
    refused = [(r.type, r.name, f) for r in resources for f in provider.check(r.type, r.urn, None, dict(r.plain))[1]]
    assert refused == []
    assert len(resources) > 100


def test_an_input_that_the_sdk_does_not_know_would_be_seen():
    provider = provider_for("aws").configure({"region": "ap-northeast-2"})
    vpc = default_layers().recording.one("aws:ec2/vpc:Vpc", "vpc")
    _, failures = provider.check(vpc.type, vpc.urn, None, {**vpc.plain, "cidr_block": "10.0.0.0/16"})
    assert failures


def test_every_concern_of_the_contract_is_made_by_a_factory():
    wanted = {name for name, member in vars(contract.Adapter).items() if inspect.isfunction(member) and name[0] != "_"}
    assert all(callable(getattr(AwsAdapter, name)) for name in wanted)
    for name in wanted:
        ours = list(inspect.signature(getattr(AwsAdapter, name)).parameters)
        assert ours == list(inspect.signature(getattr(contract.Adapter, name)).parameters), name


def _loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sorted(m for m in sys.modules if m.split('.')[0].startswith('pulumi')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_the_adapters_package_loads_no_sdk():
    assert _loaded_after("import adapters.aws") == set()
    assert _loaded_after("import adapters.aws.checks, adapters.aws.subnets, adapters.aws.zones") == set()


def test_a_stack_is_checked_without_the_sdk():
    statement = (
        "from adapters.contract import load_adapter; from config.load import load_file;"
        "s = load_file('stacks/Pulumi.aws-dev.yaml'); load_adapter(s.stack, s.name).problems()"
    )
    assert not any(m.startswith("pulumi_") for m in _loaded_after(statement))


def test_remote_access_opens_no_port_and_logs_every_session():
    made = default_layers()
    document = made.recording.one("aws:ssm/document:Document", "shell").inputs
    content = json.loads(document["content"])
    assert (document["documentType"], content["sessionType"]) == ("Session", "Standard_Stream")
    assert content["inputs"]["cloudWatchLogGroupName"] == "/unifiedmeta/aws-test/sessions"
    assert content["inputs"]["cloudWatchEncryptionEnabled"] is True
    group = made.recording.one("aws:cloudwatch/logGroup:LogGroup", "sessions").inputs
    assert group["name"] == content["inputs"]["cloudWatchLogGroupName"]
    ssh = [r for r in made.recording.resources if r.inputs.get("fromPort") == 22]
    assert ssh == []


def test_the_commands_of_remote_access_are_complete():
    remote = default_layers().others["remote"]
    assert remote.shell_command.format(server="i-0abc") == (
        "aws ssm start-session --region ap-northeast-2 --target i-0abc --document-name um-aws-test-shell"
    )
    tunnel = [
        p.format(target="i-0abc", host="10.0.0.9", remote_port=6443, local_port=16443) for p in remote.tunnel_command
    ]
    assert tunnel == [
        "aws", "ssm", "start-session", "--region", "ap-northeast-2", "--target", "i-0abc",
        "--document-name", "AWS-StartPortForwardingSessionToRemoteHost",
        "--parameters", "host=10.0.0.9,portNumber=6443,localPortNumber=16443",
    ]  # fmt: skip


STATEFUL = {
    ("aws:s3/bucket:Bucket", "backups"),
    ("aws:secretsmanager/secret:Secret", "agent"),
    *(("aws:kms/key:Key", name) for name in ("disks", "vault", "backups", "secrets", "logs")),
}
"""What cannot be made again once it is gone."""


@pytest.mark.parametrize(("protection", "expected"), [("on", STATEFUL), ("off", set())])
def test_protection_is_on_everything_whose_loss_loses_data(protection, expected):
    resources = layers(protection=protection).recording.resources
    assert {(r.type, r.name) for r in resources if r.protect} == expected
    assert {(r.type, r.name) for r in resources if r.retain_on_delete} == expected

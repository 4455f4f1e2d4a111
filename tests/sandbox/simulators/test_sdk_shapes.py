import pytest

from sandbox.provider import UNKNOWN
from sandbox.simulators import sdk, sdk_shapes
from tests.sandbox.simulators.kit import aws, cloud, paths

SUBNET = "aws:ec2/subnet:Subnet"
INSTANCE = "aws:ec2/instance:Instance"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"


def problems(token, **inputs):
    return dict(sdk_shapes.inputs_of(token.split(":")[0], token).problems(inputs))


def test_an_unknown_property_is_named_with_the_nearest_one_that_exists():
    (failure,) = aws().failures(SUBNET, vpcId="vpc-1", cidrBlok="10.0.0.0/24")
    assert failure.property == "cidrBlok"
    assert failure.reason == 'aws:ec2/subnet:Subnet has no such property; did you mean "cidrBlock"?'


def test_a_python_name_where_the_wire_has_another_is_recognised():
    assert problems(SUBNET, vpcId="v", map_public_ip_on_launch=True)["map_public_ip_on_launch"].endswith(
        'did you mean "mapPublicIpOnLaunch"?'
    )


def test_what_a_type_requires_is_missed_by_name_and_null_counts_as_missing():
    assert problems(SUBNET, cidrBlock="10.0.0.0/24") == {"vpcId": "missing required property of aws:ec2/subnet:Subnet"}
    assert problems(SUBNET, vpcId=None) == {"vpcId": "missing required property of aws:ec2/subnet:Subnet"}


@pytest.mark.parametrize(
    ("inputs", "path", "reason"),
    [
        ({"metadataOptions": {"httpTokens": 5}}, "metadataOptions.httpTokens", "expected a string, got a number"),
        ({"metadataOptions": {"httpTokes": "x"}}, "metadataOptions.httpTokes", 'did you mean "httpTokens"'),
        ({"metadataOptions": "x"}, "metadataOptions", "expected an object (InstanceMetadataOptions), got a string"),
        ({"vpcSecurityGroupIds": ["a", 1]}, "vpcSecurityGroupIds[1]", "expected a string, got a number"),
        ({"vpcSecurityGroupIds": "a"}, "vpcSecurityGroupIds", "expected a list, got a string"),
        ({"tags": {"a": 1}}, "tags.a", "expected a string, got a number"),
        ({"tags": {"a/b": 1}}, 'tags["a/b"]', "expected a string, got a number"),
        ({"monitoring": "true"}, "monitoring", "expected a boolean, got a string"),
        ({"ipv6AddressCount": 1.5}, "ipv6AddressCount", "expected a whole number, got a number"),
        ({"ebsBlockDevices": [{"deviceName": "x"}, {}]}, "ebsBlockDevices[1].deviceName", "missing required property"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(inputs, path, reason):
    found = problems(INSTANCE, **inputs)
    assert list(found) == [path]
    assert reason in found[path]


def test_messages_never_repeat_a_value_of_the_wrong_type():
    assert "hunter2" not in str(problems(INSTANCE, monitoring="hunter2"))


def test_unknown_values_are_good_everywhere():
    inputs = {
        "metadataOptions": UNKNOWN,
        "monitoring": UNKNOWN,
        "vpcSecurityGroupIds": [UNKNOWN],
        "tags": {"a": UNKNOWN},
    }
    assert problems(INSTANCE, rootBlockDevice={"volumeSize": UNKNOWN}, **inputs) == {}


def test_whole_numbers_may_come_as_doubles_from_the_wire():
    assert problems(INSTANCE, ipv6AddressCount=2.0) == {}


def test_an_open_enum_takes_any_string_and_a_closed_one_only_its_own():
    assert problems(INSTANCE, instanceType="m99.huge") == {}
    wrong = problems("kubernetes:core/v1:Namespace", kind="Namespaces")
    assert wrong == {"kind": "expected 'Namespace', got 'Namespaces'; did you mean \"Namespace\"?"}


def test_the_init_args_win_where_a_nested_type_took_the_name():
    args = sdk.args_class("aws", VERSIONING)
    assert args.__name__ == "BucketVersioningInitArgs"
    assert problems(VERSIONING, bucket="b", versioningConfiguration={"status": "Enabled"}) == {}
    assert "bucket" in problems(VERSIONING, versioningConfiguration={"status": "Enabled"})


def test_a_type_that_contains_itself_ends():
    schema = {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"b": {"typ": "string"}}}}},
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "g", "names": {"kind": "K", "plural": "ks"}, "scope": "Namespaced", "versions": [version]}
    found = problems("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", spec=spec)
    assert list(found) == ["spec.versions[0].schema.openAPIV3Schema.properties.a.items.properties.b.typ"]


def test_a_type_that_the_sdk_does_not_have_is_refused_by_name():
    (failure,) = aws().failures("aws:ec2/vpcc:Vpcc", cidrBlock="10.0.0.0/16")
    assert "has no resource type aws:ec2/vpcc:Vpcc" in failure.reason


def test_a_package_without_a_simulator_is_refused_by_name():
    with pytest.raises(LookupError, match="no simulator for the package digitalocean"):
        cloud("digitalocean")


def test_a_provider_is_checked_with_its_lists_in_json():
    provider = aws().provider
    assert provider.check_config({"region": "ap-northeast-2", "allowedAccountIds": '["123456789012"]'}) == []
    assert paths(provider.check_config({"regoin": "x", "allowedAccountIds": "[1]"})) == [
        "regoin",
        "allowedAccountIds[0]",
        "region",
    ]
    assert paths(provider.check_config({"region": "r", "allowedAccountIds": '["12"]'})) == ["allowedAccountIds"]

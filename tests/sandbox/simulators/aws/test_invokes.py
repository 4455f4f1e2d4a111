import pytest

from sandbox.provider import ProviderError
from tests.sandbox.simulators.kit import aws, urn_of

AMI = "aws:ec2/getAmi:getAmi"


def ask(token, config=None, **args):
    return aws(config).provider.invoke(token, args)


def test_the_caller_is_in_the_account_that_the_provider_allows():
    token = "aws:index/getCallerIdentity:getCallerIdentity"
    assert ask(token)["accountId"] == "123456789012"
    assert ask(token, {"allowedAccountIds": '["210987654321"]'})["accountId"] == "210987654321"


def test_the_same_question_has_the_same_answer_and_another_question_another():
    question = {
        "mostRecent": True,
        "owners": ["099720109477"],
        "filters": [{"name": "name", "values": ["ubuntu/*24.04*"]}],
    }
    assert ask(AMI, **question) == ask(AMI, **question)
    assert ask(AMI, **question)["id"] != ask(AMI, **{**question, "owners": ["self"]})["id"]
    assert ask(AMI, **question)["id"] != ask(AMI, {"region": "us-east-1"}, **question)["id"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"mostRecnt": True}, 'mostRecnt: aws:ec2/getAmi:getAmi has no such property; did you mean "mostRecent"?'),
        ({"owners": "self"}, "owners: expected a list, got a string"),
        ({"filters": [{"name": "x"}]}, "filters[0].values: missing required property"),
    ],
)
def test_arguments_are_held_against_the_function(args, said):
    with pytest.raises(ProviderError) as error:
        ask(AMI, **args)
    assert said in str(error.value)


def test_what_is_not_simulated_or_does_not_exist_is_said_so():
    with pytest.raises(ProviderError, match="does not simulate aws:ec2/getKeyPair:getKeyPair"):
        ask("aws:ec2/getKeyPair:getKeyPair", keyName="k")
    with pytest.raises(ProviderError, match="has no function aws:ec2/getAmy:getAmy"):
        ask("aws:ec2/getAmy:getAmy")


def test_zones_belong_to_the_region():
    zones = ask("aws:index/getAvailabilityZones:getAvailabilityZones", state="available")
    assert zones["names"] == [f"ap-northeast-2{z}" for z in "abcd"]
    assert zones["zoneIds"][0] == "apne2-az1"


def test_a_parameter_is_the_stacks_own_or_awss_and_else_missing():
    cloud = aws()
    cloud.make("aws:ssm/parameter:Parameter", "image", name="/um/image", type="String", value="ami-0123")
    token = "aws:ssm/getParameter:getParameter"
    assert cloud.provider.invoke(token, {"name": "/um/image"})["value"] == "ami-0123"
    aws_own = cloud.provider.invoke(
        token, {"name": "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"}
    )
    assert aws_own["value"].startswith("ami-0")
    with pytest.raises(ProviderError, match="ParameterNotFound"):
        cloud.provider.invoke(token, {"name": "/um/none"})


def test_a_network_that_was_looked_up_can_be_built_in():
    cloud = aws()
    vpc = cloud.provider.invoke("aws:ec2/getVpc:getVpc", {"id": "vpc-0123456789abcdef0"})
    subnet = cloud.provider.invoke("aws:ec2/getSubnet:getSubnet", {"id": "subnet-0123456789abcdef0"})
    assert subnet["vpcId"] == vpc["id"] == "vpc-0123456789abcdef0"
    cloud.make("aws:ec2/securityGroup:SecurityGroup", "nodes", vpcId=vpc["id"], description="nodes")
    cloud.make("aws:ec2/instance:Instance", "s", subnetId=subnet["id"], ami="ami-1", instanceType="m7i.large")


def test_a_resource_that_is_only_read_exists_when_its_id_can_be_one():
    provider = aws().provider
    vpc = "aws:ec2/vpc:Vpc"
    live = provider.read(vpc, urn_of(vpc, "adopted"), "vpc-0123456789abcdef0", {})
    assert live.properties["cidrBlock"] == "10.0.0.0/16"
    assert provider.read(vpc, urn_of(vpc, "adopted"), "my-vpc", {}) is None

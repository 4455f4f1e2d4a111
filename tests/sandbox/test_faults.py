import pytest

from sandbox.faults import Fault, FaultPlan, FaultyProvider, Kind, Operation
from sandbox.provider import ProviderError
from sandbox.simulators import provider_for
from tests.sandbox.simulators.kit import AWS_CONFIG, Cloud, urn_of

VPC = "aws:ec2/vpc:Vpc"
BLOCK = {"cidrBlock": "10.0.0.0/16"}


def faulty(*faults: Fault) -> tuple[Cloud, FaultPlan]:
    plan = FaultPlan(faults)
    return Cloud(FaultyProvider(provider_for("aws"), plan).configure(AWS_CONFIG)), plan


def read(cloud, live):
    return cloud.provider.read(VPC, urn_of(VPC, "thing"), live.id, live.properties)


def test_the_nth_create_is_refused_and_makes_nothing():
    cloud, plan = faulty(Fault(Kind.REFUSE, nth=2, message="InsufficientInstanceCapacity"))
    first = cloud.make(VPC, "one", **BLOCK)
    assert cloud.refusal(VPC, "two", **BLOCK) == "InsufficientInstanceCapacity"
    second = cloud.make(VPC, "two", **BLOCK)
    assert first.id != second.id
    assert plan.count(Operation.CREATE) == 3


def test_a_fault_may_be_for_one_type_and_name_only_and_for_every_time():
    cloud, _ = faulty(Fault(Kind.REFUSE, nth=0, type="aws:ec2/*", name="bad-*"))
    cloud.make(VPC, "good", **BLOCK)
    for _ in range(2):
        assert "on purpose" in cloud.refusal(VPC, "bad-one", **BLOCK)


def test_a_create_that_times_out_leaves_the_resource_as_partial():
    cloud, _ = faulty(Fault(Kind.TIME_OUT))
    with pytest.raises(ProviderError) as error:
        cloud.make(VPC, **BLOCK)
    assert "timed out" in str(error.value)
    assert read(cloud, error.value.partial) == error.value.partial


def test_a_partial_create_is_there_but_not_as_asked_and_the_next_plan_sees_it():
    cloud, _ = faulty(Fault(Kind.PARTIAL, drift={"enableDnsSupport": False}))
    inputs = {**BLOCK, "enableDnsSupport": True}
    with pytest.raises(ProviderError) as error:
        cloud.make(VPC, **inputs)
    partial = error.value.partial
    assert read(cloud, partial).properties["enableDnsSupport"] is False
    assert cloud.provider.diff(VPC, partial, inputs, inputs).changed == ("enableDnsSupport",)


def test_drift_is_found_on_read_and_stays():
    cloud, _ = faulty(Fault(Kind.CHANGED, Operation.READ, drift={"enableDnsHostnames": True}))
    live = cloud.make(VPC, **BLOCK)
    assert read(cloud, live).properties["enableDnsHostnames"] is True
    assert read(cloud, live).properties["enableDnsHostnames"] is True


def test_what_somebody_deleted_is_gone_for_good():
    cloud, _ = faulty(Fault(Kind.GONE, Operation.READ))
    live = cloud.make(VPC, **BLOCK)
    assert read(cloud, live) is None
    assert read(cloud, live) is None


def test_updates_and_deletes_can_fail_after_the_work_was_done():
    cloud, _ = faulty(Fault(Kind.TIME_OUT, Operation.UPDATE), Fault(Kind.TIME_OUT, Operation.DELETE))
    live = cloud.make(VPC, **BLOCK)
    with pytest.raises(ProviderError):
        cloud.change(VPC, live, **BLOCK, tags={"a": "b"})
    assert read(cloud, live).properties["tags"] == {"a": "b"}
    with pytest.raises(ProviderError):
        cloud.delete(VPC, live)
    assert read(cloud, live) is None
    cloud.delete(VPC, live)


def test_an_interrupt_comes_before_anything_happens():
    cloud, _ = faulty(Fault(Kind.INTERRUPT))
    with pytest.raises(KeyboardInterrupt):
        cloud.make(VPC, **BLOCK)
    cloud.make(VPC, **BLOCK)


def test_previews_meet_no_faults_and_are_not_counted():
    cloud, plan = faulty(Fault(Kind.REFUSE))
    cloud.plan(VPC, **BLOCK)
    assert plan.count(Operation.CREATE) == 0


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        (Kind.GONE, Operation.CREATE),
        (Kind.CHANGED, Operation.DELETE),
        (Kind.PARTIAL, Operation.DELETE),
        (Kind.PARTIAL, Operation.READ),
    ],
)
def test_a_fault_that_an_operation_cannot_meet_is_refused_when_it_is_planned(kind, operation):
    with pytest.raises(ValueError, match="cannot be"):
        Fault(kind, operation)


def test_the_wrapper_answers_everything_else_as_the_provider_does():
    plain = provider_for("aws").configure(AWS_CONFIG)
    cloud, _ = faulty()
    token = "aws:index/getRegion:getRegion"
    assert cloud.provider.invoke(token, {}) == plain.invoke(token, {})
    assert cloud.provider.schema_version() == plain.schema_version()
    assert cloud.provider.secret_outputs("aws:iam/accessKey:AccessKey") == plain.secret_outputs(
        "aws:iam/accessKey:AccessKey"
    )
    assert cloud.provider.check_config({"regoin": "x"}) == plain.check_config({"regoin": "x"})
    assert cloud.provider.diff_config({"region": "a"}, {"region": "b"}).replaces == ("region",)

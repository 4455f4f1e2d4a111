from collections.abc import Iterator

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, status_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from sandbox.grpc.server import serve
from sandbox.grpc.values import decode, encode, plain
from sandbox.provider import UNKNOWN, Live
from tests.sandbox.grpc.fake import FakeProvider

THING = {"urn": "urn:pulumi:s::p::fake:index:Thing::thing", "type": "fake:index:Thing"}
VAULT = {"urn": "urn:pulumi:s::p::fake:index:Vault::vault", "type": "fake:index:Vault"}


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def address(fake: FakeProvider) -> Iterator[str]:
    known = {"urn:provider": [("fake:index:Thing", "urn:old", Live("id-1"))]}
    with serve({"other": FakeProvider, "fake": lambda: fake}, lambda urn: known.get(urn, [])) as attached:
        ports = dict(one.split(":") for one in attached.split(","))
        assert list(ports) == ["other", "fake"]
        yield f"127.0.0.1:{ports['fake']}"


def connect(address: str, **config: str) -> ResourceProviderStub:
    """A configured instance. Every one has a connection of its own, as the engine's have."""
    stub = ResourceProviderStub(grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]))
    stub.Handshake(pb.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    stub.Configure(pb.ConfigureRequest(args=encode(config), urn="urn:provider"))
    return stub


def test_the_handshake_and_the_configuration_agree_on_what_is_served(address: str):
    stub = ResourceProviderStub(grpc.insecure_channel(address))
    shaken = stub.Handshake(pb.ProviderHandshakeRequest())
    configured = stub.Configure(pb.ConfigureRequest())
    assert (shaken.accept_secrets, shaken.accept_resources, shaken.accept_outputs) == (True, True, False)
    assert (configured.acceptSecrets, configured.acceptResources, configured.acceptOutputs) == (True, True, False)
    assert configured.supportsPreview


def test_a_plugin_says_its_version_and_ends_nothing_when_cancelled(address: str):
    stub = connect(address)
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == "1.2.3"
    stub.Cancel(empty_pb2.Empty())
    assert stub.GetSchema(pb.GetSchemaRequest()).schema == '{"name": "fake", "version": "1.2.3"}'


def test_parameters_components_and_lists_are_not_offered(address: str):
    stub = connect(address)
    for call, request in (
        (stub.Parameterize, pb.ParameterizeRequest()),
        (stub.Construct, pb.ConstructRequest()),
        (stub.Call, pb.CallRequest()),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            call(request)
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_two_instances_of_one_package_keep_their_own_configuration(address: str):
    here, there = connect(address, region="here"), connect(address, region="there")
    request = pb.CreateRequest(**THING, properties=encode({"name": "n"}))
    assert plain(here.Create(request).properties)["arn"] == "arn:fake:here:n"
    assert plain(there.Create(request).properties)["arn"] == "arn:fake:there:n"


def test_an_unconfigured_connection_is_refused_when_it_could_be_any_instance(address: str):
    connect(address, region="here")
    connect(address, region="there")
    stranger = ResourceProviderStub(grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]))
    with pytest.raises(grpc.RpcError, match="had not configured"):
        stranger.Invoke(pb.InvokeRequest(tok="fake:index:lookup"))


def test_an_instance_learns_what_the_state_holds_when_it_is_configured(address: str, fake: FakeProvider):
    connect(address)
    assert fake.log == [("restore", "urn:old")]


def test_a_wrong_configuration_is_refused_by_property(address: str):
    answer = connect(address).CheckConfig(pb.CheckRequest(news=encode({"region": "nowhere"})))
    assert [(failure.property, failure.reason) for failure in answer.failures] == [
        ("region", "there is no region nowhere")
    ]


def test_a_changed_configuration_is_told_from_one_that_replaces(address: str):
    stub = connect(address)
    update = stub.DiffConfig(pb.DiffRequest(old_inputs=encode({"profile": "a"}), news=encode({"profile": "b"})))
    replace = stub.DiffConfig(pb.DiffRequest(old_inputs=encode({"region": "a"}), news=encode({"region": "b"})))
    assert (list(update.diffs), list(update.replaces), list(replace.replaces)) == (["profile"], [], ["region"])


def test_check_completes_inputs_and_keeps_their_secrets(address: str):
    answer = connect(address).Check(
        pb.CheckRequest(**THING, news=encode({"hidden": "h", "name": UNKNOWN}, {"hidden": True}))
    )
    assert decode(answer.inputs) == ({"hidden": "h", "name": UNKNOWN}, {"hidden": True})


def test_check_names_the_property_and_what_is_wrong_with_it(address: str):
    answer = connect(address).Check(pb.CheckRequest(**THING, news=encode({"size": "large"})))
    assert [(failure.property, failure.reason) for failure in answer.failures] == [("size", "must be a number")]


def test_a_preview_makes_nothing_and_knows_nothing_computed(address: str, fake: FakeProvider):
    made = connect(address).Create(pb.CreateRequest(**THING, properties=encode({"name": "n", "size": 1}), preview=True))
    assert (made.id, plain(made.properties)) == ("", {"name": "n", "size": 1, "arn": UNKNOWN})
    assert ("create", THING["urn"]) not in fake.log


def test_outputs_are_secret_where_inputs_were_and_where_the_provider_says_so(address: str):
    made = connect(address).Create(pb.CreateRequest(**VAULT, properties=encode({"name": "n", "of": "h"}, {"of": True})))
    assert decode(made.properties)[1] == {"of": True, "password": True}


def test_an_update_keeps_what_stays_and_the_secrets_of_both(address: str):
    stub = connect(address)
    olds = encode({"name": "n", "arn": "a", "password": "p"}, {"password": True})
    after = stub.Update(
        pb.UpdateRequest(**VAULT, id="id-n", olds=olds, news=encode({"name": "n", "of": "h"}, {"of": True}))
    )
    assert decode(after.properties) == (
        {"name": "n", "of": "h", "arn": "a", "password": "p"},
        {"of": True, "password": True},
    )


def test_a_diff_compares_what_was_written_with_what_is(address: str):
    answer = connect(address).Diff(
        pb.DiffRequest(
            **THING,
            id="id-n",
            olds=encode({"kind": "a", "arn": "x"}),
            old_inputs=encode({"kind": "a"}),
            news=encode({"kind": "b"}),
        )
    )
    assert list(answer.replaces) == ["kind"]


def test_what_is_gone_reads_as_nothing(address: str):
    assert connect(address).Read(pb.ReadRequest(**THING, id="missing-1")) == pb.ReadResponse()


def test_what_drifted_is_read_into_the_inputs_that_were_written(address: str):
    inputs = encode({"drift": "x", "hidden": "h", "size": 1}, {"hidden": True})
    state = encode({"drift": "x", "hidden": "h", "size": 1, "arn": "a"}, {"hidden": True})
    answer = connect(address).Read(pb.ReadRequest(**THING, id="id-n", inputs=inputs, properties=state))
    assert decode(answer.inputs) == ({"drift": "y", "hidden": "h", "size": 1}, {"hidden": True})
    assert decode(answer.properties) == ({"drift": "y", "hidden": "h", "size": 1, "arn": "a"}, {"hidden": True})


def test_an_import_reads_everything_into_the_inputs(address: str):
    answer = connect(address).Read(pb.ReadRequest(**THING, id="id-known"))
    assert (answer.id, plain(answer.inputs)) == ("id-known", {"name": "known", "size": 1, "kind": "a"})


def test_a_function_answers_through_its_instance(address: str):
    answer = connect(address, region="here").Invoke(
        pb.InvokeRequest(tok="fake:index:lookup", args=encode({"name": "n"}))
    )
    assert plain(getattr(answer, "return")) == {"found": "n in here"}


def test_delete_reaches_the_cloud(address: str, fake: FakeProvider):
    connect(address).Delete(pb.DeleteRequest(**THING, id="id-n", properties=encode({"name": "n"})))
    assert ("delete", THING["urn"]) in fake.log


def test_a_refusal_is_passed_on_as_the_cloud_said_it(address: str):
    with pytest.raises(grpc.RpcError) as refused:
        connect(address).Create(pb.CreateRequest(**THING, properties=encode({"name": "n", "fails": "before"})))
    assert refused.value.details() == "quota exceeded"
    assert "grpc-status-details-bin" not in dict(refused.value.trailing_metadata())


def test_what_was_half_made_is_told_with_its_id_and_its_secrets(address: str):
    inputs = encode({"name": "n", "fails": "half-way", "hidden": "h"}, {"hidden": True})
    with pytest.raises(grpc.RpcError) as refused:
        connect(address).Create(pb.CreateRequest(**THING, properties=inputs))
    status = status_pb2.Status.FromString(dict(refused.value.trailing_metadata())["grpc-status-details-bin"])
    detail = pb.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert (detail.id, list(detail.reasons)) == ("id-n", ["made, but never became ready"])
    assert decode(detail.properties)[1] == {"hidden": True}


def test_a_defect_of_a_simulator_is_an_answer_and_a_log_entry(
    address: str, fake: FakeProvider, caplog: pytest.LogCaptureFixture
):
    stub = connect(address)
    with pytest.raises(grpc.RpcError, match="defect in the sandbox: KeyError"):
        stub.Diff(
            pb.DiffRequest(urn="urn:x", type="fake:index:Unheard", old_inputs=encode({"a": 1}), news=encode({"a": 2}))
        )
    assert "a simulator failed" in caplog.text

"""One simulated provider as the engine's ResourceProvider service."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, status_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from sandbox.grpc import differences, values
from sandbox.provider import CheckFailure, Live, PropertyMap, Provider, ProviderError

_LOG: Final = logging.getLogger(__name__)

Known = Callable[[str], list[tuple[str, str, Live]]]
"""What the state holds of one provider instance, by that instance's URN: type, URN and the resource."""


class Servicer(ResourceProviderServicer):
    """Serves any number of configured instances of one package.

    The engine opens one connection for each instance (the default provider, every explicit one), and no call but
    Configure names the instance: the connection is what tells them apart.
    """

    def __init__(self, make: Callable[[], Provider], known: Known | None = None) -> None:
        self._make = make
        self._made: Provider | None = None
        self._lock = Lock()
        self._known = known or (lambda _: [])
        self._instances: dict[str, Provider] = {}

    @property
    def _provider(self) -> Provider:
        """The provider before any configuration, made at first use: a package that nothing uses costs nothing."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    # Connection and configuration

    def Handshake(
        self, request: pb.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> pb.ProviderHandshakeResponse:
        return pb.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Nothing to abort: no operation of a simulator waits for anything."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def GetSchema(self, request: pb.GetSchemaRequest, context: grpc.ServicerContext) -> pb.GetSchemaResponse:
        """The least that is a schema: the SDK's own types, not this, are what the simulators check against."""
        return pb.GetSchemaResponse(
            schema=f'{{"name": "{self._provider.package}", "version": "{self._provider.version}"}}'
        )

    def CheckConfig(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        with _refusals(context):
            failures = self._provider.check_config(values.plain(request.news))
            return pb.CheckResponse(inputs=request.news, failures=_failures(failures))

    def DiffConfig(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        with _refusals(context):
            old, new = values.plain(request.old_inputs), values.plain(request.news)
            return differences.response(self._provider.diff_config(old, new), old, new)

    def Configure(self, request: pb.ConfigureRequest, context: grpc.ServicerContext) -> pb.ConfigureResponse:
        with _refusals(context):
            instance = self._provider.configure(values.plain(request.args))
            for type_, urn, live in self._known(request.urn):
                instance.restore(type_, urn, live)
            self._instances[context.peer()] = instance
            return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def _instance(self, context: grpc.ServicerContext) -> Provider:
        found = self._instances.get(context.peer())
        if found is not None:
            return found
        if len(self._instances) == 1:  # the connection broke and came back under another port
            return next(iter(self._instances.values()))
        raise ProviderError(f"the engine used a connection to {self._provider.package} that it had not configured")

    # Resources

    def Check(self, request: pb.CheckRequest, context: grpc.ServicerContext) -> pb.CheckResponse:
        with _refusals(context):
            news, marks = values.decode(request.news)
            old = values.plain(request.olds) or None
            inputs, failures = self._instance(context).check(request.type, request.urn, old, news)
            return pb.CheckResponse(inputs=values.encode(inputs, marks), failures=_failures(failures))

    def Diff(self, request: pb.DiffRequest, context: grpc.ServicerContext) -> pb.DiffResponse:
        with _refusals(context):
            old, new = values.plain(request.old_inputs), values.plain(request.news)
            live = Live(request.id, values.plain(request.olds))
            diff = self._instance(context).diff(request.type, live, old, new)
            return differences.response(diff, old, new)

    def Create(self, request: pb.CreateRequest, context: grpc.ServicerContext) -> pb.CreateResponse:
        instance = self._instance(context)
        inputs, marks = values.decode(request.properties)
        marks = values.merged(marks, values.wholly(instance.secret_outputs(request.type)))
        with _refusals(context, marks):
            live = instance.create(request.type, request.urn, inputs, preview=request.preview)
            return pb.CreateResponse(id=live.id, properties=values.encode(live.properties, marks))

    def Update(self, request: pb.UpdateRequest, context: grpc.ServicerContext) -> pb.UpdateResponse:
        instance = self._instance(context)
        inputs, marks = values.decode(request.news)
        marks = values.merged(marks, values.wholly(instance.secret_outputs(request.type)))
        live = Live(request.id, values.plain(request.olds))
        with _refusals(context, marks):
            after = instance.update(request.type, request.urn, live, inputs, preview=request.preview)
            return pb.UpdateResponse(properties=values.encode(after.properties, marks))

    def Delete(self, request: pb.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        with _refusals(context):
            live = Live(request.id, values.plain(request.properties))
            self._instance(context).delete(request.type, request.urn, live)
            return empty_pb2.Empty()

    def Read(self, request: pb.ReadRequest, context: grpc.ServicerContext) -> pb.ReadResponse:
        with _refusals(context):
            instance = self._instance(context)
            before, state_marks = values.decode(request.properties)
            inputs, input_marks = values.decode(request.inputs)
            live = instance.read(request.type, request.urn, request.id, before)
            if live is None:
                return pb.ReadResponse()
            marks = values.merged(state_marks, input_marks, values.wholly(instance.secret_outputs(request.type)))
            return pb.ReadResponse(
                id=live.id,
                properties=values.encode(live.properties, marks),
                inputs=values.encode(_inputs_now(inputs, before, live), marks),
            )

    def Invoke(self, request: pb.InvokeRequest, context: grpc.ServicerContext) -> pb.InvokeResponse:
        with _refusals(context):
            args = values.plain(request.args)
            result = self._instance(context).invoke(request.tok, args)
            return pb.InvokeResponse(**{"return": values.encode(result)})


def _inputs_now(inputs: PropertyMap, before: PropertyMap, live: Live) -> PropertyMap:
    """The inputs that would give the resource as it is: those that drifted follow it, the others stay as written."""
    if not inputs:  # an import: nothing was written yet
        return live.properties
    drifted = {key for key in inputs if key in live.properties and live.properties[key] != before.get(key)}
    return {key: live.properties[key] if key in drifted else value for key, value in inputs.items()}


def _failures(failures: list[CheckFailure]) -> list[pb.CheckFailure]:
    return [pb.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures]


@contextmanager
def _refusals(context: grpc.ServicerContext, marks: dict[str, values.Marks] | None = None) -> Iterator[None]:
    """Turns what a simulator raises into what the engine understands; a defect of a simulator is also logged."""
    try:
        yield
    except ProviderError as error:
        _refuse(context, str(error), error.partial, marks)
    except Exception as error:  # noqa: BLE001 whatever a simulator's defect is, the engine gets an answer
        _LOG.exception("a simulator failed")
        _refuse(context, f"defect in the sandbox: {type(error).__name__}: {error}", None, marks)


def _refuse(
    context: grpc.ServicerContext, message: str, partial: Live | None, marks: dict[str, values.Marks] | None
) -> NoReturn:
    if partial is not None:
        detail = pb.ErrorResourceInitFailed(
            id=partial.id, properties=values.encode(partial.properties, marks), reasons=[message]
        )
        status: Any = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
        status.details.add().Pack(detail)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort returns never")

"""The resource monitor that the SDK talks to: the engine's side of the protocol, answered from a deployment.

The SDK calls these methods with protobuf messages, directly and on the thread of its event loop (program.py sees to
that), so nothing here needs a lock.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from time import perf_counter
from typing import Any, TypeVar

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_ID

from sandbox.engine.deployment import Answer, Deployment
from sandbox.engine.properties import Properties
from sandbox.engine.reads import read
from sandbox.engine.registry import Blind, OptionError
from sandbox.engine.report import Report
from sandbox.engine.resources import AliasSpec, Goal
from sandbox.engine.urns import make_urn
from sandbox.grpc.values import decode, encode, plain
from sandbox.provider import ProviderError

T = TypeVar("T")
# Transforms and hooks are left out: the SDK itself then refuses a program that uses them.
_FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
)
_FEATURE_NAMES = frozenset(
    {"secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "replaceWith", "parameterization"}
)

_SEVERITIES = {
    engine_pb2.DEBUG: "debug",
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


class RefusedError(Exception):
    """The sandbox does not do this."""


class Monitor:
    """Serves one run."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._packages: list[resource_pb2.RegisterPackageRequest] = []
        self.seconds = 0.0
        """Time spent in here, providers included."""

    def SupportsFeature(self, request: resource_pb2.SupportsFeatureRequest) -> resource_pb2.SupportsFeatureResponse:  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _FEATURE_NAMES)

    def GetDeploymentInfo(self, _request: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:  # noqa: N802
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        return self._timed(lambda: self._register(request))

    def _register(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        if request.remote:
            raise RefusedError(f"{request.type} is a component of another language, which the sandbox cannot run")
        answer = self._deployment.register(goal_of(request, self._package_version(request.packageRef)))
        return resource_pb2.RegisterResourceResponse(
            urn=answer.urn,
            id=answer.id,
            object=_struct(answer),
            result=resource_pb2.Result.FAIL if answer.failed else resource_pb2.Result.SUCCESS,
        )

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:  # noqa: N802
        def register() -> empty_pb2.Empty:
            self._deployment.set_outputs(request.urn, Properties(*decode(request.outputs)))
            return empty_pb2.Empty()

        return self._timed(register)

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        def look() -> resource_pb2.ReadResourceResponse:
            answer = self._read(request)
            return resource_pb2.ReadResourceResponse(
                urn=answer.urn,
                id=answer.id,
                properties=_struct(answer),
                result=resource_pb2.Result.FAIL if answer.failed else resource_pb2.Result.SUCCESS,
            )

        return self._timed(look)

    def ExistsResource(self, request: resource_pb2.ExistsResourceRequest) -> resource_pb2.ExistsResourceResponse:  # noqa: N802
        goal = Goal(request.type, "exists", custom=True, provider=request.provider, version=request.version)
        provider = self._deployment.provider_of(goal)
        live = self._deployment.operations.read(provider, request.type, "", request.id, plain(request.properties))
        return resource_pb2.ExistsResourceResponse(exists=live is not None)

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        def invoke() -> resource_pb2.ResourceInvokeResponse:
            if request.tok == "pulumi:pulumi:getResource":
                return self._known_resource(plain(request.args)["urn"])
            try:
                goal = Goal(request.tok, "", custom=True, provider=request.provider, version=request.version)
                provider = self._deployment.provider_of(goal)
                if isinstance(provider, Blind):
                    return resource_pb2.ResourceInvokeResponse(unknown=True)
                args = plain(request.args)
                result = self._deployment.operations.timed(request.tok, lambda: provider.invoke(request.tok, args))
            except (OptionError, ProviderError) as error:
                return _invoke_failed(self._deployment.report.redacted(str(error)))
            return resource_pb2.ResourceInvokeResponse(**{"return": encode(result)})

        return self._timed(invoke)

    def Call(self, request: resource_pb2.ResourceCallRequest) -> None:  # noqa: N802
        raise RefusedError(f"{request.tok} is a method of a component, which the sandbox cannot call")

    def RegisterPackage(self, request: resource_pb2.RegisterPackageRequest) -> resource_pb2.RegisterPackageResponse:  # noqa: N802
        self._packages.append(request)
        return resource_pb2.RegisterPackageResponse(ref=str(len(self._packages) - 1))

    def SignalAndWaitForShutdown(self, _request: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def _timed(self, serve: Callable[[], T]) -> T:
        begun = perf_counter()
        try:
            return serve()
        finally:
            self.seconds += perf_counter() - begun

    def _package_version(self, package_ref: str) -> str:
        return self._packages[int(package_ref)].version if package_ref else ""

    def _read(self, request: resource_pb2.ReadResourceRequest) -> Answer:
        goal = Goal(
            type=request.type,
            name=request.name,
            custom=True,
            inputs=Properties(*decode(request.properties)),
            parent=request.parent,
            provider=request.provider,
            version=request.version,
            dependencies=tuple(request.dependencies),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
        )
        if request.id == UNKNOWN_ID:
            return Answer(make_urn(self._deployment.stack, self._deployment.project, goal.parent, goal.type, goal.name))
        return read(self._deployment, goal, request.id)

    def _known_resource(self, urn: str) -> resource_pb2.ResourceInvokeResponse:
        resource = self._deployment.news.get(urn)
        if resource is None:
            return _invoke_failed(f"unknown resource {urn}")
        state = {"urn": urn, "id": resource.id, "state": resource.outputs.values}
        return resource_pb2.ResourceInvokeResponse(**{"return": encode(state, {"state": dict(resource.outputs.marks)})})


class Log:
    """The engine's other service: what the program logs."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        # The SDK logs several debug messages for every resource; nobody asked for them.
        if request.severity != engine_pb2.DEBUG:
            self._report.log(_SEVERITIES[request.severity], request.message, request.urn)
        return empty_pb2.Empty()


def goal_of(request: resource_pb2.RegisterResourceRequest, version: str = "") -> Goal:
    """A registration as the driver understands it."""
    values, marks = decode(request.object)
    timeouts = request.customTimeouts
    explicit = request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=Properties(values, marks),
        parent=request.parent,
        provider=request.provider,
        version=request.version or version,
        dependencies=tuple(request.dependencies),
        property_dependencies={
            key: tuple(value.urns) for key, value in request.propertyDependencies.items() if value.urns
        },
        aliases=tuple(map(_alias, request.aliases)) + tuple(AliasSpec(urn=urn) for urn in request.aliasURNs),
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        delete_before_replace=request.deleteBeforeReplace if explicit else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        import_id=request.importId,
        custom_timeouts={name: text for name in ("create", "update", "delete") if (text := getattr(timeouts, name))},
        deleted_with=request.deletedWith,
        replace_with=tuple(request.replace_with),
        replacement_trigger=_trigger(request) if request.HasField("replacement_trigger") else None,
    )


def _alias(alias: Any) -> AliasSpec:
    if alias.WhichOneof("alias") == "urn":
        return AliasSpec(urn=alias.urn)
    spec = alias.spec
    return AliasSpec(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


def _trigger(request: resource_pb2.RegisterResourceRequest) -> Any:
    holder = request.object.__class__()
    holder.fields["trigger"].CopyFrom(request.replacement_trigger)
    values, marks = decode(holder)
    # Only equality counts, so of a secret trigger nothing but a digest is kept.
    return sha256(repr(values["trigger"]).encode()).hexdigest() if marks else values["trigger"]


def _struct(answer: Answer) -> Any:
    return encode(answer.outputs.values, answer.outputs.marks)


def _invoke_failed(reason: str) -> resource_pb2.ResourceInvokeResponse:
    return resource_pb2.ResourceInvokeResponse(failures=[provider_pb2.CheckFailure(property="", reason=reason)])

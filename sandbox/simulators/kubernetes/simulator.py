"""The Kubernetes provider: every kind by the same rules, Helm releases by their own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from sandbox.provider import UNKNOWN, CheckFailure, Diff, Live, PropertyMap, Provider, ProviderError
from sandbox.simulators import sdk, sdk_shapes, seeds
from sandbox.simulators.base import Simulator
from sandbox.simulators.definition import ResourceType
from sandbox.simulators.kubernetes import helm, kinds
from sandbox.simulators.kubernetes.kubeconfig import KubeconfigError, active_cluster, configuration_diff, parsed
from sandbox.simulators.world import Thing, urn_name

_AUTONAMED: Final = "pulumi.com/autonamed"
_MUTABLE_FLAGS: Final = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}
_NAMESPACE: Final = "kubernetes:core/v1:Namespace"
_NAMESPACES_AT_START: Final = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
_CREATED: Final = "2026-01-01T00:00:00Z"
_LONGEST_NAME: Final = 253


class KubernetesSimulator(Simulator):
    package = "kubernetes"

    # Configuration

    def check_config(self, inputs: PropertyMap) -> list[CheckFailure]:
        failures = super().check_config(inputs)
        kubeconfig = inputs.get("kubeconfig")
        if isinstance(kubeconfig, str) and kubeconfig:
            try:
                if not parsed(kubeconfig).get("clusters"):
                    failures.append(CheckFailure("kubeconfig", "the kubeconfig names no cluster"))
            except KubeconfigError as error:
                failures.append(CheckFailure("kubeconfig", str(error)))
        return failures

    def diff_config(self, old: PropertyMap, new: PropertyMap) -> Diff:
        decoded = sdk_shapes.decoded_config
        return configuration_diff(decoded(self.package, old), decoded(self.package, new))

    def configure(self, inputs: PropertyMap) -> Provider:
        return KubernetesSimulator(self.world, sdk_shapes.decoded_config(self.package, inputs))

    @cached_property
    def cluster(self) -> str:
        """What tells one simulated cluster from another."""
        identifier = self.config.get("clusterIdentifier")
        if isinstance(identifier, str):
            return identifier
        try:
            settings = active_cluster(self.config)
        except KubeconfigError:
            settings = None
        return str((settings or {}).get("server", ""))

    # Inputs

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        inputs = {key: value for key, value in new.items() if value is not None}
        failures = self.type_failures(type_, inputs)
        if type_ == helm.RELEASE:
            return inputs, failures or helm.problems(inputs)
        if not failures:
            inputs["metadata"], wrong = self._metadata(type_, urn, old, inputs.get("metadata"))
            failures.extend(wrong)
        return inputs, failures

    def type_failures(self, type_: str, inputs: PropertyMap) -> list[CheckFailure]:
        if type_ == helm.RELEASE or sdk.has_resource(self.package, type_):
            return super().type_failures(type_, inputs)
        failures = []  # a custom resource: only the cluster knows its schema
        api_version, _, kind = type_.removeprefix("kubernetes:").rpartition(":")
        for key, expected in (("apiVersion", api_version), ("kind", kind)):
            if inputs.get(key, expected) not in (expected, UNKNOWN):
                failures.append(CheckFailure(key, f"expected '{expected}' as the type says, got '{inputs[key]}'"))
        if not isinstance(inputs.get("metadata", {}), dict) and inputs.get("metadata") is not UNKNOWN:
            failures.append(CheckFailure("metadata", "expected an object"))
        return failures

    def _metadata(self, type_: str, urn: str, old: PropertyMap | None, given: Any) -> tuple[Any, list[CheckFailure]]:
        """Metadata with the name and namespace that the provider fills in."""
        if given is UNKNOWN:
            return UNKNOWN, []
        metadata = dict(given or {})
        name = metadata.get("name")
        if type_.endswith("Patch") and name is None:
            return metadata, [
                CheckFailure("metadata.name", "patch resources require the metadata.name field to be set")
            ]
        if name is None and not metadata.get("generateName"):
            before = (old or {}).get("metadata")
            kept = before.get("name") if isinstance(before, dict) and _is_autonamed(before) else None
            metadata["name"] = kept or self._fresh_object_name(urn)
            if metadata.get("annotations") is not UNKNOWN:
                metadata["annotations"] = {**(metadata.get("annotations") or {}), _AUTONAMED: "true"}
        if kinds.is_namespaced(type_) and not metadata.get("namespace"):
            metadata["namespace"] = self.config.get("namespace") or "default"
        name = metadata.get("name")
        failures = []
        if isinstance(name, str) and (len(name) > _LONGEST_NAME or not _is_dns_name(type_, name)):
            words = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'"
            failures.append(CheckFailure("metadata.name", f'Invalid value: "{name}": {words}'))
        return metadata, failures

    def _fresh_object_name(self, urn: str) -> str:
        taken = {_name(thing.properties) for thing in self.world.made_as(urn)}
        nonce = 0
        while (name := f"{urn_name(urn)}-{seeds.hexadecimal(8, 'object', urn, nonce)}") in taken:
            nonce += 1
        return name

    # Changes

    def replacing(self, type_: str, definition: ResourceType) -> tuple[str, ...]:  # noqa: ARG002
        if type_ == helm.RELEASE:
            return helm.REPLACES
        flag = _MUTABLE_FLAGS.get(kinds.split(type_)[2])
        if flag and self.config.get(flag) is True:
            return ("metadata.name", "metadata.namespace", "immutable", "type")
        return kinds.immutable(type_)

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff:
        found = super().diff(type_, live, old_inputs, new_inputs)
        frozen = live.properties.get("immutable") is True
        late = [path for path in found.changed if frozen and path.split(".")[0] in {"data", "stringData", "binaryData"}]
        if not late or found.replaces:
            return found
        return Diff(found.changed, tuple(late), self.deletes_first(type_, live, new_inputs))

    def deletes_first(self, type_: str, live: Live, new_inputs: PropertyMap) -> bool:
        if type_ == helm.RELEASE:
            return all(new_inputs.get(key) == live.properties.get(key) for key in ("name", "namespace"))
        now, before = new_inputs.get("metadata"), live.properties.get("metadata")
        if not isinstance(now, dict) or not isinstance(before, dict) or _is_autonamed(now):
            return False
        return all(now.get(key) == before.get(key) for key in ("name", "namespace"))

    # Life

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:
        if preview:
            return Live("", self._planned_object(type_, inputs))
        with self.world.lock:
            id_ = self._object_id(type_, urn, inputs)
            self._is_new(type_, id_)
            self._namespace_exists(type_, inputs)
            properties = self._object(type_, urn, inputs, None)
            self._keep(type_, urn, id_, properties)
        return Live(id_, properties)

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:
        properties = self._object(type_, urn, inputs, live.properties)
        if not preview:
            with self.world.lock:
                self._keep(type_, urn, live.id, properties)
        return Live(live.id, properties)

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:  # noqa: ARG002
        thing = self.world.get(type_, self._key(id_))
        return None if thing is None else Live(id_, dict(thing.properties))

    def delete(self, type_: str, urn: str, live: Live) -> None:  # noqa: ARG002
        with self.world.lock:
            self.world.remove(type_, self._key(live.id))

    def restore(self, type_: str, urn: str, live: Live) -> None:
        with self.world.lock:
            self._keep(type_, urn, live.id, live.properties)

    def secret_outputs(self, type_: str) -> frozenset[str]:
        return frozenset({"data", "stringData"}) if kinds.split(type_)[2] == "Secret" else frozenset()

    # Inside

    def _key(self, id_: str) -> str:
        """An object's key in the world, which holds every cluster."""
        return f"{self.cluster}/{id_}"

    def _keep(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> None:
        self.world.put(Thing(type_, self._key(id_), urn, properties))

    def _object_id(self, type_: str, urn: str, inputs: PropertyMap) -> str:
        if type_ == helm.RELEASE:
            return f"{inputs.get('namespace') or self._default_namespace()}/{inputs['name']}"
        metadata = inputs["metadata"]
        name = metadata.get("name") or f"{metadata['generateName']}{seeds.alphanumeric(5, urn).lower()}"
        return f"{metadata['namespace']}/{name}" if kinds.is_namespaced(type_) else str(name)

    def _is_new(self, type_: str, id_: str) -> None:
        """An object that is there already is refused, unless the provider is told to take it over."""
        thing = self.world.get(type_, self._key(id_))
        if thing is None or type_.endswith("Patch") or self.config.get("upsertExistingObjects") is True:
            return
        by = f" (made by {urn_name(thing.urn)})" if thing.urn else ""
        raise ProviderError(f'{kinds.split(type_)[2]} "{id_}" already exists{by}')

    def _default_namespace(self) -> str:
        return str(self.config.get("namespace") or "default")

    def _namespace_exists(self, type_: str, inputs: PropertyMap) -> None:
        release = type_ == helm.RELEASE
        if not release and not kinds.is_namespaced(type_):
            return
        namespace = (
            inputs.get("namespace") if release else inputs["metadata"].get("namespace")
        ) or self._default_namespace()
        if (release and inputs.get("createNamespace")) or namespace in _NAMESPACES_AT_START:
            return
        if self.world.exists(_NAMESPACE, self._key(namespace)):
            return
        for other in self.world.of_type(helm.RELEASE):
            if other.properties.get("createNamespace") and other.properties.get("namespace") == namespace:
                return
        raise ProviderError(f'namespaces "{namespace}" not found')

    def _object(self, type_: str, urn: str, inputs: PropertyMap, before: Mapping[str, Any] | None) -> PropertyMap:
        if type_ == helm.RELEASE:
            return helm.outputs(inputs, before, self._default_namespace())
        api_version, _, kind = type_.removeprefix("kubernetes:").rpartition(":")
        properties: PropertyMap = {"apiVersion": api_version, "kind": kind, **inputs}
        metadata = inputs.get("metadata")
        if isinstance(metadata, dict):
            old = before.get("metadata") if before else None
            properties["metadata"] = self._served_metadata(type_, urn, metadata, old if isinstance(old, dict) else {})
        if kind == "Secret":
            properties.update(_secret_data(inputs))
        if kind == "Service" and isinstance(inputs.get("spec"), dict):
            properties.update(_service(urn, inputs["spec"], str(properties.get("metadata", {}).get("uid"))))
        if kind == "Namespace":
            properties["status"] = {"phase": "Active"}
        return properties

    def _served_metadata(self, type_: str, urn: str, metadata: PropertyMap, old: Mapping[str, Any]) -> PropertyMap:
        generation = int(old.get("generation") or 0) + 1
        return {
            "uid": old.get("uid") or seeds.uuid(self.cluster, type_, urn, metadata.get("name")),
            "resourceVersion": str(generation),
            "generation": generation,
            "creationTimestamp": _CREATED,
            **metadata,
        }

    def _planned_object(self, type_: str, inputs: PropertyMap) -> PropertyMap:
        if type_ == helm.RELEASE:
            return {**inputs, "status": UNKNOWN, "resourceNames": UNKNOWN}
        properties = {**inputs}
        metadata = inputs.get("metadata")
        if isinstance(metadata, dict):
            unknown = dict.fromkeys(("uid", "resourceVersion", "generation", "creationTimestamp"), UNKNOWN)
            properties["metadata"] = {**unknown, **metadata}
        if kinds.split(type_)[2] in {"Service", "Namespace"}:
            properties.setdefault("status", UNKNOWN)
        return properties


def _name(properties: Mapping[str, Any]) -> Any:
    metadata = properties.get("metadata")
    return metadata.get("name") if isinstance(metadata, dict) else None


def _is_autonamed(metadata: Mapping[str, Any]) -> bool:
    annotations = metadata.get("annotations")
    return isinstance(annotations, dict) and annotations.get(_AUTONAMED) == "true"


def _is_dns_name(type_: str, name: str) -> bool:
    """Roles and their bindings may have nearly any name; everything else has a DNS name."""
    if kinds.split(type_)[0] == "rbac.authorization.k8s.io":
        return "/" not in name and "%" not in name
    labels = name.split(".")
    legal = set("abcdefghijklmnopqrstuvwxyz0123456789-")
    return all(label and set(label) <= legal and label[0] != "-" and label[-1] != "-" for label in labels)


def _secret_data(inputs: PropertyMap) -> PropertyMap:
    """The API stores `stringData` in `data`."""
    text, data = inputs.get("stringData"), inputs.get("data")
    if not isinstance(text, dict):
        return {}
    encoded = {k: UNKNOWN if v is UNKNOWN else base64.b64encode(str(v).encode()).decode() for k, v in text.items()}
    return {"data": {**(data if isinstance(data, dict) else {}), **encoded}}


def _service(urn: str, spec: PropertyMap, uid: str) -> PropertyMap:
    """The addresses that the cluster gives a service, and the name that a cloud gives its load balancer."""
    address = f"10.43.{seeds.number(254, urn, uid) + 1}.{seeds.number(254, uid) + 1}"
    served: PropertyMap = {"clusterIP": address, "type": "ClusterIP", **spec}
    if served["type"] != "LoadBalancer":
        return {"spec": served, "status": {"loadBalancer": {}}}
    host = f"{seeds.hexadecimal(32, uid)}.elb.sandbox.example"
    return {"spec": served, "status": {"loadBalancer": {"ingress": [{"hostname": host}]}}}

"""A small provider with every behaviour that a driver must handle, and a resource class for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from sandbox.provider import UNKNOWN, CheckFailure, Diff, Live, PropertyMap, Provider, ProviderError

THING = "fake:index:Thing"


class Thing(pulumi.CustomResource):
    """A resource of the fake provider; `computed`, `token` and `echo` are outputs."""

    computed: pulumi.Output[str]
    token: pulumi.Output[str]
    name: pulumi.Output[str]
    value: pulumi.Output[Any]

    def __init__(self, name_: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        outputs = {"computed": None, "token": None, "name": None, "value": None}
        super().__init__(THING, name_, {**outputs, **inputs}, opts)


class Fake(pulumi.ProviderResource):
    """Its provider."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        super().__init__("fake", name, inputs, opts)


@dataclass
class Cloud:
    """What exists, and every call that was made, in order."""

    things: dict[str, Live] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    made: int = 0

    def names(self, call: str) -> list[str]:
        return [urn.rpartition("::")[2] for kind, urn in self.calls if kind == call]


class FakeProvider:
    """Inputs of a Thing: `size` replaces, `solid` replaces after deletion, `bad` fails the check, everything else updates."""

    package = "fake"
    version = "1.0.0"

    def __init__(self, cloud: Cloud | None = None, config: PropertyMap | None = None) -> None:
        self.cloud = cloud or Cloud()
        self.config = config or {}

    def check_config(self, inputs: PropertyMap) -> list[CheckFailure]:
        return [CheckFailure("region", "must not be empty")] if inputs.get("region") == "" else []

    def diff_config(self, old: PropertyMap, new: PropertyMap) -> Diff:
        changed = tuple(key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key))
        return Diff(changed, tuple(key for key in changed if key == "region"))

    def configure(self, inputs: PropertyMap) -> Provider:
        return FakeProvider(self.cloud, inputs)

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        failures = [CheckFailure("bad", "is not good")] if new.get("bad") else []
        name = new.get("name") or (old or {}).get("name") or f"auto-{urn.rpartition('::')[2]}"
        return {**new, "name": name}, failures

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff:
        keys = old_inputs.keys() | new_inputs.keys()
        changed = tuple(key for key in sorted(keys) if old_inputs.get(key) != new_inputs.get(key))
        replaces = tuple(key for key in changed if key in ("size", "solid"))
        return Diff(changed, replaces, delete_before_replace="solid" in replaces)

    def _live(self, id_: str, inputs: PropertyMap, *, known: bool) -> Live:
        computed = (
            {"computed": f"computed-{id_}", "token": f"token-of-{id_}"}
            if known
            else {"computed": UNKNOWN, "token": UNKNOWN}
        )
        return Live(id_ if known else "", {**inputs, **computed})

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:
        if preview:
            return self._live("", inputs, known=False)
        self.cloud.calls.append(("create", urn))
        if inputs.get("broken"):
            raise ProviderError(
                "the cloud has no room", self._live("half", inputs, known=True) if inputs["broken"] == "half" else None
            )
        self.cloud.made += 1
        live = self._live(f"{urn.rpartition('::')[2]}-{self.cloud.made}", inputs, known=True)
        self.cloud.things[live.id] = live
        return live

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:
        self.cloud.calls.append(("read", urn))
        return self.cloud.things.get(id_)

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:
        if not preview:
            self.cloud.calls.append(("update", urn))
            self.cloud.things[live.id] = self._live(live.id, inputs, known=True)
        return self._live(live.id, inputs, known=True)

    def delete(self, type_: str, urn: str, live: Live) -> None:
        self.cloud.calls.append(("delete", urn))
        if live.properties.get("stuck"):
            raise ProviderError("it will not go")
        self.cloud.things.pop(live.id, None)

    def restore(self, type_: str, urn: str, live: Live) -> None:
        self.cloud.calls.append(("restore", urn))
        self.cloud.things.setdefault(live.id, live)

    def invoke(self, token: str, args: PropertyMap) -> PropertyMap:
        self.cloud.calls.append(("invoke", token))
        if args.get("fail"):
            raise ProviderError("no such thing")
        return {"doubled": args["number"] * 2, "region": self.config.get("region", "nowhere")}

    def secret_outputs(self, type_: str) -> frozenset[str]:
        return frozenset({"token"})

    def schema_version(self) -> Mapping[str, str]:
        return {"name": self.package, "version": self.version}

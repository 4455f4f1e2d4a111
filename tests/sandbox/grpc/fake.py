"""A tiny package for tests of the drivers: no cloud SDK, no memory, every rule visible on this page.

`fake:index:Thing`  kind replaces; everything else updates; `lifetime: short` is gone at the next refresh, `drift: x` reads as y
`fake:index:Slot`   address replaces, and the old one must go first
`fake:index:Vault`  its `password` is made by the provider, and secret
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.provider import UNKNOWN, CheckFailure, Diff, Live, PropertyMap, ProviderError

_REPLACES = {"fake:index:Thing": ("kind",), "fake:index:Slot": ("address",), "fake:index:Vault": ()}
_COMPUTED = {"fake:index:Thing": ("arn",), "fake:index:Slot": ("arn",), "fake:index:Vault": ("arn", "password")}


def changed(old: Any, new: Any, path: str = "") -> list[str]:
    """Paths that differ, as deep as objects go."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            found
            for key in sorted({*old, *new})
            for found in changed(old.get(key), new.get(key), f"{path}.{key}" if path else key)
        ]
    return [] if old == new else [path]


@dataclass
class FakeProvider:
    config: PropertyMap = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    package: str = "fake"
    version: str = "1.2.3"

    def check_config(self, inputs: PropertyMap) -> list[CheckFailure]:
        return [CheckFailure("region", "there is no region nowhere")] if inputs.get("region") == "nowhere" else []

    def diff_config(self, old: PropertyMap, new: PropertyMap) -> Diff:
        paths = tuple(path for path in changed(old, new) if path != "version")
        return Diff(paths, tuple(path for path in paths if path == "region"))

    def configure(self, inputs: PropertyMap) -> FakeProvider:
        return FakeProvider(inputs, self.log)

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        failures = [CheckFailure("size", "must be a number")] if isinstance(new.get("size"), str) else []
        # Another name for other inputs, as a cloud's random one would be: what replaces has another arn, too.
        seed = hashlib.sha256(f"{urn} {json.dumps(new, sort_keys=True, default=repr)}".encode()).hexdigest()[:7]
        automatic = (old or {}).get("name") or f"{urn.rsplit('::', 1)[1]}-{seed}"
        return {"name": automatic, **new}, failures

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff:
        paths = tuple(changed(old_inputs, new_inputs))
        replaces = tuple(path for path in paths if path.split(".")[0] in _REPLACES[type_])
        return Diff(paths, replaces, delete_before_replace=type_ == "fake:index:Slot" and bool(replaces))

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:
        if preview:
            return Live("", {**inputs, **dict.fromkeys(_COMPUTED[type_], UNKNOWN)})
        self.log.append(("create", urn))
        if inputs.get("fails") == "before":
            raise ProviderError("quota exceeded")
        live = Live(f"id-{inputs['name']}", {**inputs, **self._computed(type_, urn, inputs)})
        if inputs.get("fails") == "half-way":
            raise ProviderError("made, but never became ready", partial=live)
        return live

    def _computed(self, type_: str, urn: str, inputs: PropertyMap) -> PropertyMap:
        region = self.config.get("region", "default")
        values = {
            "arn": f"arn:fake:{region}:{inputs['name']}",
            "password": hashlib.sha256(urn.encode()).hexdigest()[:12],
        }
        return {key: values[key] for key in _COMPUTED[type_]}

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:
        if properties.get("lifetime") == "short" or id_.startswith("missing"):
            return None
        if not properties:
            return Live(id_, {"name": id_.removeprefix("id-"), "size": 1, "kind": "a"})
        return Live(id_, {**properties, **({"drift": "y"} if "drift" in properties else {})})

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:
        if not preview:
            self.log.append(("update", urn))
        return Live(
            live.id, {**inputs, **{key: live.properties[key] for key in _COMPUTED[type_] if key in live.properties}}
        )

    def delete(self, type_: str, urn: str, live: Live) -> None:
        self.log.append(("delete", urn))

    def restore(self, type_: str, urn: str, live: Live) -> None:
        self.log.append(("restore", urn))

    def invoke(self, token: str, args: PropertyMap) -> PropertyMap:
        if token != "fake:index:lookup":
            raise ProviderError(f"no such function: {token}")
        return {"found": f"{args.get('name')} in {self.config.get('region', 'default')}"}

    def secret_outputs(self, type_: str) -> frozenset[str]:
        return frozenset({"password"}) if type_ == "fake:index:Vault" else frozenset()

    def schema_version(self) -> Mapping[str, str]:
        return {"name": self.package, "version": self.version}

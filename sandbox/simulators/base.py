"""The simulator that every package shares: it checks inputs against the SDK's types and follows a table of types.

A package adds what the types do not say: how ids look, computed outputs, names, what forces a replacement, and what
the cloud refuses. Without any of that a type still works, with plausible values for every output.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

from sandbox.provider import UNKNOWN, CheckFailure, Diff, Live, PropertyMap, Provider, ProviderError
from sandbox.simulators import sdk, sdk_shapes
from sandbox.simulators.definition import Making, NameRule, NotKnownError, ResourceType
from sandbox.simulators.difference import changed_paths, drifted_paths, matches, strings_at
from sandbox.simulators.plausible import plausible_output
from sandbox.simulators.world import Thing, World, urn_name

_ANY_TYPE = ResourceType()


class Simulator:
    """A provider of one package, simulated. Instances made by :meth:`configure` share one world."""

    package: str = ""
    catalogue: ClassVar[Mapping[str, ResourceType]] = {}
    config_replaces: ClassVar[tuple[str, ...]] = ()
    """Configuration whose change replaces the provider, and with it every resource that it made."""

    def __init__(self, world: World | None = None, config: PropertyMap | None = None) -> None:
        self.world = world or World()
        self.config: PropertyMap = config or {}

    @property
    def version(self) -> str:
        return sdk.sdk_version(self.package)

    def schema_version(self) -> Mapping[str, str]:
        return {"name": self.package, "version": self.version}

    # Configuration

    def check_config(self, inputs: PropertyMap) -> list[CheckFailure]:
        return [CheckFailure(path, reason) for path, reason in sdk_shapes.config_problems(self.package, inputs)]

    def diff_config(self, old: PropertyMap, new: PropertyMap) -> Diff:
        changed = tuple(
            changed_paths(sdk_shapes.decoded_config(self.package, old), sdk_shapes.decoded_config(self.package, new))
        )
        return Diff(changed, tuple(path for path in changed if matches(path, self.config_replaces)))

    def configure(self, inputs: PropertyMap) -> Provider:
        return type(self)(self.world, sdk_shapes.decoded_config(self.package, inputs))

    # Inputs

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        definition = self.definition(type_)
        inputs = {key: value for key, value in new.items() if value is not None}
        failures = self.type_failures(type_, inputs)
        if definition.name is not None:
            if definition.name.is_wanted(inputs):
                before = (old or {}).get(definition.name.property)
                inputs[definition.name.property] = before or self._fresh_name(definition.name, urn)
            if problem := definition.name.problem(inputs.get(definition.name.property)):
                failures.append(CheckFailure(definition.name.property, problem))
        if not failures:
            for check in definition.checks:
                failures.extend(check(inputs))
            failures.extend(self.common_failures(type_, inputs))
        return inputs, failures

    def type_failures(self, type_: str, inputs: PropertyMap) -> list[CheckFailure]:
        """What the SDK's types refuse."""
        try:
            shape = sdk_shapes.inputs_of(self.package, type_)
        except sdk.UnknownTokenError as error:
            return [CheckFailure("", str(error))]
        return [CheckFailure(path, reason) for path, reason in shape.problems(inputs)]

    def common_failures(self, type_: str, inputs: PropertyMap) -> list[CheckFailure]:  # noqa: ARG002
        """What the package refuses of every type, such as too many tags."""
        return []

    def _fresh_name(self, rule: NameRule, urn: str) -> str:
        """An automatic name that the resource does not have yet: a replacement needs one of its own."""
        taken = {thing.properties.get(rule.property) for thing in self.world.made_as(urn)}
        nonce = 0
        while (name := rule.automatic(urn, nonce)) in taken:
            nonce += 1
        return name

    # Changes

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff:
        definition = self.definition(type_)
        changed = dict.fromkeys(changed_paths(old_inputs, new_inputs))
        changed.update(dict.fromkeys(drifted_paths(live.properties, new_inputs)))  # what a refresh found
        if not changed:
            return Diff()
        replaces = [path for path in changed if matches(path, self.replacing(type_, definition))]
        if definition.replaces_if:
            replaces += [path for path in definition.replaces_if(old_inputs, new_inputs) if path not in replaces]
        return Diff(
            tuple(dict.fromkeys([*changed, *replaces])),
            tuple(replaces),
            delete_before_replace=bool(replaces) and self.deletes_first(type_, live, new_inputs),
        )

    def replacing(self, type_: str, definition: ResourceType) -> tuple[str, ...]:  # noqa: ARG002
        """Paths whose change forces a replacement: the table's, and the name."""
        name = definition.name
        return definition.replaces if name is None else (*definition.replaces, name.property, *name.alternatives)

    def deletes_first(self, type_: str, live: Live, new_inputs: PropertyMap) -> bool:
        """Whether the old one must go first: its name was given, and the new one would have the same."""
        definition = self.definition(type_)
        rule = definition.name
        if definition.delete_first or rule is None:
            return definition.delete_first
        name = new_inputs.get(rule.property)
        return name is not None and name == live.properties.get(rule.property) and not rule.is_automatic(name)

    # Life

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:
        definition = self.definition(type_)
        making = self.making(type_, urn, inputs)
        if preview:
            return Live("", self._planned(definition, making))
        with self.world.lock:
            self._admit(definition, making)
            making.id = self._fresh_id(definition, making)
            properties = self._properties(definition, making)
            self._remember(definition, making, properties)
        return Live(making.id, properties)

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:
        definition = self.definition(type_)
        making = self.making(type_, urn, inputs)
        making.id, making.previous = live.id, live.properties
        if preview:
            properties = self._properties(definition, making)
            properties.update(dict.fromkeys(definition.renews, UNKNOWN))
            return Live(live.id, properties)
        with self.world.lock:
            self._admit(definition, making)
            properties = self._properties(definition, making)
            self._remember(definition, making, properties)
        return Live(live.id, properties)

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:  # noqa: ARG002
        thing = self.world.get(type_, id_)
        return None if thing is None else Live(id_, dict(thing.properties))

    def delete(self, type_: str, urn: str, live: Live) -> None:
        definition = self.definition(type_)
        with self.world.lock:
            making = self.making(type_, urn, live.properties)
            making.id = live.id
            users = (
                sorted({f"{urn_name(t.urn)} ({t.id})" for t in self.world.needing(type_, live.id)})
                if definition.in_use
                else []
            )
            if users:
                raise ProviderError(definition.in_use.format(id=live.id, users=", ".join(users), name=making.name))
            for release in definition.releases:
                release(making)
            self.world.remove(type_, live.id)

    def restore(self, type_: str, urn: str, live: Live) -> None:
        making = self.making(type_, urn, live.properties)
        making.id = live.id
        with self.world.lock:
            self._remember(self.definition(type_), making, live.properties)

    def invoke(self, token: str, args: PropertyMap) -> PropertyMap:
        raise ProviderError(f"the sandbox does not simulate {token}{f' ({len(args)} arguments)' if args else ''}")

    def secret_outputs(self, type_: str) -> frozenset[str]:
        return self.definition(type_).secrets

    # For packages

    def definition(self, type_: str) -> ResourceType:
        """The row of a type; an empty one for a type that has none."""
        return self.catalogue.get(type_, _ANY_TYPE)

    def making(self, type_: str, urn: str, inputs: PropertyMap) -> Making:
        """The context of computed values. Packages add account and region."""
        return Making(type_, urn, inputs, self.world, self.config)

    def was_there_before(self, making: Making, type_: str, id_: str) -> bool:  # noqa: ARG002
        """Whether something that nobody made here is taken to exist all the same. Packages with an account say."""
        return False

    # Inside

    def _admit(self, definition: ResourceType, making: Making) -> None:
        for need in definition.needs:
            for id_ in strings_at(making.inputs, need.property) if need.error else ():
                known = not id_.startswith(need.prefix) or self.world.exists(need.type, id_)
                if not known and not self.was_there_before(making, need.type, id_):
                    raise ProviderError(need.error.format(id=id_))
        for unique in definition.unique:
            key = unique.key(making)
            holder = None if key is None else self.world.holder((making.type, key))
            if holder is not None and holder.id != making.id:
                name = making.inputs.get(definition.name.property) if definition.name else making.name
                raise ProviderError(unique.error.format(name=name, id=holder.id))
        for admit in definition.admits:
            admit(making)

    def _fresh_id(self, definition: ResourceType, making: Making) -> str:
        if definition.id is None:
            name = making.inputs.get(definition.name.property) if definition.name else None
            if isinstance(name, str):
                return name
        make = definition.id or (lambda m: f"{m.name}-{m.hex(8)}")
        first = str(make(making))
        if self.world.is_fresh(making.type, first):
            return first
        for nonce in range(1, 10_000):
            making.id = f"{making.urn}#{nonce}"  # other digits from the same seed
            candidate = str(make(making))
            making.id = ""
            if candidate == first or self.world.is_fresh(making.type, candidate):
                return candidate
        raise ProviderError(f"no id left for {making.urn}")

    def _properties(self, definition: ResourceType, making: Making) -> PropertyMap:
        """All properties of a resource that exists: defaults, inputs, computed ones; UNKNOWN where an input is."""
        properties: PropertyMap = dict(definition.defaults)
        properties.update(making.inputs)
        for name in definition.write_only:
            properties.pop(name, None)
        for name, compute in definition.outputs.items():
            given = properties.get(name)
            if given is None:
                properties[name] = _computed(compute, making)
            elif isinstance(given, dict) and isinstance(filled := _computed(compute, making), dict):
                properties[name] = {**filled, **given}
        for name, hint in self._always(making.type):
            if name not in properties:
                before = making.previous.get(name) if making.previous else None
                properties[name] = plausible_output(making, name, hint) if before is None else before
        return properties

    def _planned(self, definition: ResourceType, making: Making) -> PropertyMap:
        """The properties of a resource to be made: what is computed is not known."""
        properties: PropertyMap = dict(definition.defaults)
        properties.update(making.inputs)
        for name in definition.write_only:
            properties.pop(name, None)
        for name in definition.outputs:
            if properties.get(name) is None:
                properties[name] = UNKNOWN
        for name, _ in self._always(making.type):
            properties.setdefault(name, UNKNOWN)
        return properties

    def _always(self, type_: str) -> tuple[tuple[str, Any], ...]:
        return _outputs_that_always_have_a_value(self.package, type_)

    def _remember(self, definition: ResourceType, making: Making, properties: PropertyMap) -> None:
        found = [(need, (need.type, id_)) for need in definition.needs for id_ in strings_at(properties, need.property)]
        claims = {(making.type, key) for unique in definition.unique if (key := _key(unique.key, making)) is not None}
        satellites = tuple(
            (t, properties[name]) for name, t in definition.satellites.items() if isinstance(properties.get(name), str)
        )
        self.world.put(
            Thing(
                making.type,
                making.id,
                making.urn,
                properties,
                claims=frozenset(claims),
                needs=frozenset(target for need, target in found if need.holds),
                mentions=frozenset(target for _, target in found),
                satellites=satellites,
            )
        )


def _key(compute: Any, making: Making) -> Any:
    try:
        return compute(making)
    except (NotKnownError, KeyError):
        return None


def _computed(compute: Any, making: Making) -> Any:
    try:
        return compute(making)
    except NotKnownError:
        return UNKNOWN


@cache
def _outputs_that_always_have_a_value(package: str, type_: str) -> tuple[tuple[str, Any], ...]:
    if not sdk.has_resource(package, type_):
        return ()
    return tuple((name, hint) for name, (hint, always) in sdk_shapes.outputs_of(package, type_).items() if always)

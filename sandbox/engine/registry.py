"""The configured provider instances of a run, found by the URN of their provider resource."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

from sandbox.engine.properties import NOTHING, Properties, has_unknown
from sandbox.engine.resources import Goal, Resource
from sandbox.engine.urns import PROVIDER_PREFIX, make_urn, package_of, split_reference
from sandbox.provider import Live, PropertyMap, Provider

ProviderFactory = Callable[[str], Provider]
"""An unconfigured provider of a package. Raises LookupError where nothing simulates it."""


class OptionError(Exception):
    """The program asks for something that the sandbox, or Pulumi itself, refuses."""


class Blind:
    """A provider whose configuration a preview does not know: it can check inputs, and cannot say what will come of them."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:
        del type_, urn, inputs, preview
        return Live("")

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live:
        del type_, urn, properties
        return Live(id_)

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:
        del type_, urn, inputs, preview
        return Live(live.id)


class Registry:
    """Makes provider instances and remembers them."""

    def __init__(self, factory: ProviderFactory) -> None:
        self._factory = factory
        self._bases: dict[str, Provider] = {}
        self._configured: dict[str, tuple[PropertyMap, Provider]] = {}
        self._served: dict[str, list[tuple[str, str, Live]]] = {}
        """By provider URN, what exists in its cloud: type, URN and resource."""

    def base(self, package: str) -> Provider:
        """The unconfigured provider of a package. Raises OptionError where there is none."""
        if package not in self._bases:
            try:
                self._bases[package] = self._factory(package)
            except LookupError as error:
                raise OptionError(f"the sandbox has no simulator of the package {package!r}: {error}") from error
        return self._bases[package]

    def load(self, resources: Iterable[Resource]) -> None:
        """Configure the providers of the state, and tell each what exists in its cloud."""
        providers = {}
        for resource in resources:
            if resource.is_provider:
                providers[resource.urn] = resource
            elif resource.managed and resource.provider:
                served = self._served.setdefault(split_reference(resource.provider)[0], [])
                served.append((resource.type, resource.urn, Live(resource.id, resource.outputs.values)))
        for urn, resource in providers.items():
            self.configure(urn, resource.type, resource.inputs.values)

    def configure(self, urn: str, type_: str, inputs: PropertyMap) -> Provider:
        """The instance of a provider resource with these inputs; the same one as long as they are."""
        before = self._configured.get(urn)
        if before is not None and before[0] == inputs:
            return before[1]
        provider = self.base(package_of(type_)).configure(inputs)
        if has_unknown(inputs):
            provider = cast("Provider", Blind(provider))
        for what in self._served.get(urn, ()):
            provider.restore(*what)
        self._configured[urn] = (inputs, provider)
        return provider

    def renamed(self, old: str, new: str) -> None:
        """The provider resource goes by another URN now."""
        if old in self._configured:
            self._configured[new] = self._configured[old]
        if old in self._served:
            self._served[new] = self._served[old]

    def of(self, reference: str) -> Provider:
        """The instance that a reference `urn::id` names. Raises OptionError for one that is not registered."""
        urn, _ = split_reference(reference)
        try:
            return self._configured[urn][1]
        except KeyError:
            raise OptionError(f"the provider {urn} has not been registered") from None


def default_goal(package: str, version: str, config: Mapping[str, str]) -> Goal:
    """The registration of the provider that serves resources which name none, configured by `<package>:` settings."""
    name = "default" + (f"_{version}" if version else "")
    prefix = package + ":"
    settings = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    return Goal(
        type=PROVIDER_PREFIX + package,
        name=name.replace(".", "_").replace("-", "_").replace("+", "_"),
        custom=True,
        inputs=Properties(settings) if settings else NOTHING,
    )


def default_urn(stack: str, project: str, goal: Goal) -> str:
    """Its URN."""
    return make_urn(stack, project, "", goal.type, goal.name)


def refuse_disabled(package: str, config: Mapping[str, str]) -> None:
    """Raises OptionError where the setting `pulumi:disable-default-providers` forbids a default provider."""
    barred = config.get("pulumi:disable-default-providers")
    if not barred or package == "pulumi":
        return
    if any(str(name).strip() in ("*", package) for name in json.loads(barred)):
        raise OptionError(f"the default provider of {package!r} is disabled: give the resource an explicit provider")


def provider_id(urn: str, taken: Iterable[str]) -> str:
    """An id for a provider resource: the same in every run, and none of those that are taken."""
    taken = set(taken)
    number = 0
    while (found := str(uuid5(NAMESPACE_URL, f"{urn}#{number}"))) in taken:
        number += 1
    return found

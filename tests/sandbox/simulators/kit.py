"""A simulated cloud as a driver uses it: check, then create; diff, then update or replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.provider import CheckFailure, Diff, Live, Provider, ProviderError
from sandbox.simulators import provider_for

AWS_CONFIG = {"region": "ap-northeast-2", "allowedAccountIds": '["123456789012"]'}


def urn_of(type_: str, name: str, stack: str = "aws-dev") -> str:
    return f"urn:pulumi:{stack}::unifiedmeta::{type_}::{name}"


@dataclass
class Cloud:
    """A configured provider and the inputs of everything made in it."""

    provider: Provider
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def failures(self, type_: str, name: str = "thing", /, **inputs: Any) -> list[CheckFailure]:
        return self.provider.check(type_, urn_of(type_, name), None, inputs)[1]

    def make(self, type_: str, name: str = "thing", /, **inputs: Any) -> Live:
        urn = urn_of(type_, name)
        checked, failures = self.provider.check(type_, urn, None, inputs)
        assert not failures, failures
        live = self.provider.create(type_, urn, checked, preview=False)
        self.inputs[live.id] = checked
        return live

    def plan(self, type_: str, name: str = "thing", /, **inputs: Any) -> Live:
        urn = urn_of(type_, name)
        checked, failures = self.provider.check(type_, urn, None, inputs)
        assert not failures, failures
        return self.provider.create(type_, urn, checked, preview=True)

    def diff(self, type_: str, live: Live, name: str = "thing", /, **inputs: Any) -> Diff:
        old = self.inputs[live.id]
        new, failures = self.provider.check(type_, urn_of(type_, name), old, inputs)
        assert not failures, failures
        return self.provider.diff(type_, live, old, new)

    def change(self, type_: str, live: Live, name: str = "thing", /, **inputs: Any) -> Live:
        urn = urn_of(type_, name)
        new, failures = self.provider.check(type_, urn, self.inputs[live.id], inputs)
        assert not failures, failures
        self.inputs[live.id] = new
        return self.provider.update(type_, urn, live, new, preview=False)

    def delete(self, type_: str, live: Live, name: str = "thing", /) -> None:
        self.provider.delete(type_, urn_of(type_, name), live)

    def refusal(self, type_: str, name: str = "thing", /, **inputs: Any) -> str:
        """What the cloud says instead of making it."""
        with pytest.raises(ProviderError) as error:
            self.make(type_, name, **inputs)
        return str(error.value)


def aws(config: Mapping[str, Any] | None = None) -> Cloud:
    return Cloud(provider_for("aws").configure({**AWS_CONFIG, **(config or {})}))


def cloud(package: str, **config: Any) -> Cloud:
    return Cloud(provider_for(package).configure(config))


def paths(failures: list[CheckFailure]) -> list[str]:
    return [failure.property for failure in failures]

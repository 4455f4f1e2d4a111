"""The AWS provider: account and region from its configuration, the tables of all concerns, rules on tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from sandbox.provider import UNKNOWN, CheckFailure, Live, PropertyMap, Provider
from sandbox.simulators import sdk_shapes
from sandbox.simulators.aws import (
    compute,
    dns,
    firewall,
    identity,
    images,
    invokes,
    kms,
    load_balancer,
    logs,
    network,
    object_store,
    pools,
    private_endpoints,
    secret_store,
    waf,
)
from sandbox.simulators.aws.adoption import may_be_adopted
from sandbox.simulators.aws.shared import SANDBOX_ACCOUNT, partition_of
from sandbox.simulators.base import Simulator
from sandbox.simulators.definition import Making, ResourceType

_MOST_TAGS: Final = 50
_TAG_KEY: Final = re.compile(r"[\w\s.:/=+\-@]{1,128}")
_TAG_VALUE: Final = re.compile(r"[\w\s.:/=+\-@]{0,256}")
_ACCOUNT: Final = re.compile(r"\d{12}")


class AwsSimulator(Simulator):
    package = "aws"
    config_replaces: ClassVar[tuple[str, ...]] = ("region",)
    catalogue: ClassVar[Mapping[str, ResourceType]] = {
        **network.TYPES,
        **private_endpoints.TYPES,
        **firewall.TYPES,
        **identity.TYPES,
        **compute.TYPES,
        **pools.TYPES,
        **images.TYPES,
        **load_balancer.TYPES,
        **dns.TYPES,
        **kms.TYPES,
        **secret_store.TYPES,
        **object_store.TYPES,
        **waf.TYPES,
        **logs.TYPES,
    }

    def check_config(self, inputs: PropertyMap) -> list[CheckFailure]:
        failures = super().check_config(inputs)
        config = sdk_shapes.decoded_config(self.package, inputs)
        if not config.get("region"):
            failures.append(CheckFailure("region", "Missing region configuration: set region on the provider"))
        for key in ("allowedAccountIds", "forbiddenAccountIds"):
            wrong = [a for a in config.get(key) or [] if isinstance(a, str) and not _ACCOUNT.fullmatch(a)]
            failures += [CheckFailure(key, f"an account id has 12 digits, got {a}") for a in wrong]
        return failures

    def configure(self, inputs: PropertyMap) -> Provider:
        return AwsSimulator(self.world, sdk_shapes.decoded_config(self.package, inputs))

    def making(self, type_: str, urn: str, inputs: PropertyMap) -> Making:
        region = inputs.get("region")
        if not isinstance(region, str) or not region:
            region = self.config.get("region")
        region = region if isinstance(region, str) else ""
        return Making(type_, urn, inputs, self.world, self.config, self.account, region, partition_of(region))

    @property
    def account(self) -> str:
        """The first account that the provider is allowed in; the sandbox's own where it is not said."""
        allowed = self.config.get("allowedAccountIds")
        known = isinstance(allowed, list) and allowed and isinstance(allowed[0], str)
        return str(allowed[0]) if known else SANDBOX_ACCOUNT  # type: ignore[index]

    def common_failures(self, type_: str, inputs: PropertyMap) -> list[CheckFailure]:  # noqa: ARG002
        tags = inputs.get("tags")
        return list(_tag_failures(tags)) if isinstance(tags, dict) else []

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:
        found = super().read(type_, urn, id_, properties)
        if found is None and not properties:
            return invokes.read_only(self.making(type_, urn, {}), id_)
        return found

    def was_there_before(self, making: Making, type_: str, id_: str) -> bool:
        return may_be_adopted(making, type_, id_)

    def invoke(self, token: str, args: PropertyMap) -> PropertyMap:
        return invokes.answer(self.making(token, token, args), token)


def _tag_failures(tags: Mapping[str, Any]) -> list[CheckFailure]:
    failures = []
    if len(tags) > _MOST_TAGS:
        failures.append(CheckFailure("tags", f"TagLimitExceeded: more than {_MOST_TAGS} tags: {len(tags)}"))
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            failures.append(CheckFailure(f'tags["{key}"]', "tag keys starting with 'aws:' are reserved for system use"))
        elif not _TAG_KEY.fullmatch(key):
            failures.append(
                CheckFailure(f'tags["{key}"]', "a tag key has 1 to 128 letters, digits, spaces and _.:/=+-@")
            )
        if value is not UNKNOWN and isinstance(value, str) and not _TAG_VALUE.fullmatch(value):
            failures.append(
                CheckFailure(f'tags["{key}"]', "a tag value has at most 256 letters, digits, spaces and _.:/=+-@")
            )
    return failures

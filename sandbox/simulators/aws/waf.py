"""WAF v2: web ACLs, IP sets, associations, logging."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sandbox.provider import CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.shared import LOAD_BALANCER, WEB_ACL, always, arn, region, tags_all
from sandbox.simulators.definition import Compute, Making, NameRule, Need, ResourceType, Unique, one_of

_NAME = NameRule(most=128, pattern=r"[a-zA-Z0-9_-]+", words="letters, digits, hyphens and underscores only")
_METRIC: Final = re.compile(r"[\w-]{1,255}")
_LOG_NAME: Final = "aws-waf-logs-"
_IP_SET: Final = "aws:wafv2/ipSet:IpSet"
_ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"


def _place(m: Making) -> str:
    return "global" if m["scope"] == "CLOUDFRONT" else "regional"


def _wafv2_id(m: Making) -> str:
    return seeds.uuid(m.account, m.region, m.id or m.urn)


def _wafv2_arn(kind: str) -> Compute:
    return lambda m: arn(m, "wafv2", f"{_place(m)}/{kind}/{m['name']}/{m.id}")


def _global_is_in_virginia(m: Making) -> None:
    if m["scope"] == "CLOUDFRONT" and m.region != "us-east-1":
        raise ProviderError(
            "WAFInvalidParameterException: The scope is not valid: CLOUDFRONT is managed in us-east-1 only"
        )


def _rules(inputs: PropertyMap) -> Iterable[CheckFailure]:
    """Priorities and names are unique; a managed group is overridden, anything else has an action."""
    rules = [rule for rule in inputs.get("rules") or [] if isinstance(rule, dict)]
    for key in ("priority", "name"):
        values = [rule.get(key) for rule in rules]
        for index, value in enumerate(values):
            if value in values[:index] and isinstance(value, str | int | float):
                yield CheckFailure(
                    f"rules[{index}].{key}", f"WAFInvalidParameterException: you have used {key} {value} twice"
                )
    for index, rule in enumerate(rules):
        if (rule.get("action") is None) == (rule.get("overrideAction") is None):
            yield CheckFailure(
                f"rules[{index}]",
                "WAFInvalidParameterException: A reference in your rule statement is not valid: give action or overrideAction",
            )
        metric = (
            rule.get("visibilityConfig", {}).get("metricName")
            if isinstance(rule.get("visibilityConfig"), dict)
            else None
        )
        if isinstance(metric, str) and not _METRIC.fullmatch(metric):
            yield CheckFailure(
                f"rules[{index}].visibilityConfig.metricName", "letters, digits, hyphens and underscores only"
            )


def _log_destination(inputs: PropertyMap) -> Iterable[CheckFailure]:
    for index, target in enumerate(inputs.get("logDestinationConfigs") or []):
        name = target.removesuffix(":*").rsplit(":", 1)[-1].rsplit("/", 1)[-1] if isinstance(target, str) else None
        if name is not None and not name.startswith(_LOG_NAME):
            yield CheckFailure(
                f"logDestinationConfigs[{index}]",
                f"WAFInvalidParameterException: the name of a log destination begins with {_LOG_NAME}",
            )


def _associable(m: Making) -> None:
    kind = m.thing(LOAD_BALANCER, m["resourceArn"]).get("loadBalancerType", "application")
    if kind != "application":
        raise ProviderError(
            "WAFInvalidParameterException: The ARN isn't valid: a web ACL cannot be associated with a network load balancer"
        )


TYPES: Final[dict[str, ResourceType]] = {
    WEB_ACL: ResourceType(
        id=_wafv2_id,
        outputs={
            "arn": _wafv2_arn("webacl"),
            "applicationIntegrationUrl": always(""),
            "capacity": lambda m: 100 * len(m.get("rules", [])),
            "lockToken": lambda m: seeds.uuid(m.id, str(m.inputs)),
            "namePrefix": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("scope",),
        name=_NAME,
        checks=(_rules, one_of("scope", "CLOUDFRONT", "REGIONAL")),
        needs=(
            Need(
                "rules.statement.ipSetReferenceStatement.arn",
                _IP_SET,
                "WAFNonexistentItemException: AWS WAF couldn't find {id}",
            ),
        ),
        unique=(
            Unique(
                lambda m: (m.account, m.region, m["scope"], m["name"]),
                "WAFDuplicateItemException: AWS WAF couldn't perform the operation because some resource in your request is a duplicate: {name}",
            ),
        ),
        admits=(_global_is_in_virginia,),
        in_use="WAFAssociatedItemException: AWS WAF couldn't perform the operation because your resource is being used: {users}",
        satellites={"arn": WEB_ACL},
    ),
    _IP_SET: ResourceType(
        id=_wafv2_id,
        outputs={
            "arn": _wafv2_arn("ipset"),
            "lockToken": lambda m: seeds.uuid(m.id, str(m.inputs)),
            "namePrefix": always(""),
            "region": region,
            "tagsAll": tags_all,
        },
        replaces=("scope", "ipAddressVersion"),
        name=_NAME,
        checks=(one_of("scope", "CLOUDFRONT", "REGIONAL"), one_of("ipAddressVersion", "IPV4", "IPV6")),
        in_use="WAFAssociatedItemException: AWS WAF couldn't perform the operation because your resource is being used: {users}",
        satellites={"arn": _IP_SET},
    ),
    _ASSOCIATION: ResourceType(
        id=lambda m: f"{m['webAclArn']},{m['resourceArn']}",
        outputs={"region": region},
        replaces=("*",),
        needs=(
            Need("webAclArn", WEB_ACL, "WAFNonexistentItemException: AWS WAF couldn't find {id}"),
            Need(
                "resourceArn",
                LOAD_BALANCER,
                "WAFUnavailableEntityException: AWS WAF couldn't retrieve {id}",
                holds=False,
            ),
        ),
        unique=(
            Unique(lambda m: m["resourceArn"], "WAFDuplicateItemException: the resource has a web ACL already: {id}"),
        ),
        admits=(_associable,),
        delete_first=True,
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ResourceType(
        id=lambda m: m["resourceArn"],
        outputs={"region": region},
        replaces=("resourceArn",),
        checks=(_log_destination,),
        needs=(Need("resourceArn", WEB_ACL, "WAFNonexistentItemException: AWS WAF couldn't find {id}", holds=False),),
    ),
}

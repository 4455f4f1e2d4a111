"""A WAF v2 web ACL on the public front: AWS's managed rule groups, a rate limit, and logs without credentials in them.

Rule groups and their capacity units: AWS WAF Developer Guide, "AWS Managed Rules rule groups list". An ACL may use 1,500 units at the basic price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import cloudwatch, wafv2

from adapters.aws.documents import allow_principal, document
from adapters.options import child
from config import effective

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.records import FrontRecord

BASIC_CAPACITY = 1500
LOG_RETENTION_DAYS = 90
WINDOW_SECONDS = 300
REDACTED_HEADERS = ("authorization", "cookie")


@dataclass(frozen=True)
class RuleGroup:
    """One of AWS's managed rule groups."""

    name: str
    capacity: int
    """Capacity units that it takes."""
    only_counted: tuple[str, ...] = ()
    """Rules of it that must not block here."""


RULE_GROUPS = (
    RuleGroup("AWSManagedRulesAmazonIpReputationList", 25),
    # The platform takes documents, images and long prompts: a body over 8 KB is no attack.
    RuleGroup("AWSManagedRulesCommonRuleSet", 700, ("SizeRestrictions_BODY",)),
    RuleGroup("AWSManagedRulesKnownBadInputsRuleSet", 200),
    RuleGroup("AWSManagedRulesSQLiRuleSet", 200),
    RuleGroup("AWSManagedRulesLinuxRuleSet", 200),
    RuleGroup("AWSManagedRulesUnixRuleSet", 100),
)
"""In the order in which they judge: the cheap one first."""
RATE_CAPACITY = 2


class Waf(pulumi.ComponentResource):
    """See :class:`adapters.contract.Waf`."""

    def __init__(self, adapter: AwsAdapter) -> None:
        super().__init__("unifiedmeta:aws:Waf", "waf")
        self._adapter = adapter
        self._settings = effective.waf(adapter.stack)
        self.register_outputs({})

    def protect(self, front: FrontRecord) -> None:
        name = f"front-{front.name}"
        acl = wafv2.WebAcl(
            name,
            scope="REGIONAL",
            description=f"In front of the {front.name} ingress of stack {self._adapter.stack_name}",
            default_action={"allow": {}},
            rules=[self._rate_rule(0), *(self._group_rule(n, g) for n, g in enumerate(RULE_GROUPS, 1))],
            visibility_config=_visibility(f"waf-{front.name}"),
            tags=self._adapter.tags("waf", name),
            opts=self._options(),
        )
        self._log(name, acl)
        wafv2.WebAclAssociation(name, resource_arn=front.id, web_acl_arn=acl.arn, opts=self._options())

    def _options(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return child(self, self._adapter.provider, depends_on=depends_on)

    @property
    def _blocks(self) -> bool:
        return self._settings.mode == "block"

    def _rate_rule(self, priority: int) -> dict[str, Any]:
        limit = {
            "limit": self._settings.rate_limit,
            "aggregate_key_type": "IP",
            "evaluation_window_sec": WINDOW_SECONDS,
        }
        return {
            "name": "rate-limit",
            "priority": priority,
            "action": {"block": {}} if self._blocks else {"count": {}},
            "statement": {"rate_based_statement": limit},
            "visibility_config": _visibility("rate-limit"),
        }

    def _group_rule(self, priority: int, group: RuleGroup) -> dict[str, Any]:
        counted = [{"name": rule, "action_to_use": {"count": {}}} for rule in group.only_counted]
        statement = {"vendor_name": "AWS", "name": group.name, "rule_action_overrides": counted}
        return {
            "name": group.name,
            "priority": priority,
            # `none`: what the group's own rules say; `count`: they only say what they would have done.
            "override_action": {"none": {}} if self._blocks else {"count": {}},
            "statement": {"managed_rule_group_statement": statement},
            "visibility_config": _visibility(group.name),
        }

    def _log(self, name: str, acl: wafv2.WebAcl) -> None:
        group = cloudwatch.LogGroup(
            name,
            name=self._adapter.waf_log_group,
            retention_in_days=LOG_RETENTION_DAYS,
            kms_key_id=self._adapter.logs_key.arn,
            tags=self._adapter.tags("waf", name),
            opts=self._options(),
        )
        delivery = cloudwatch.LogResourcePolicy(
            name,
            policy_name=self._adapter.physical("waf-logs", 128),
            policy_document=document([self._delivery(group)]),
            opts=self._options(),
        )
        wafv2.WebAclLoggingConfiguration(
            name,
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[{"single_header": {"name": header}} for header in REDACTED_HEADERS],
            opts=self._options(delivery),
        )

    def _delivery(self, group: cloudwatch.LogGroup) -> dict[str, Any]:
        adapter = self._adapter
        return allow_principal(
            "Deliver",
            {"Service": "delivery.logs.amazonaws.com"},
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            pulumi.Output.concat(group.arn, ":*"),
            {
                "StringEquals": {"aws:SourceAccount": adapter.account},
                "ArnLike": {"aws:SourceArn": adapter.arn("logs", "*")},
            },
        )


def _visibility(metric: str) -> dict[str, Any]:
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": True}

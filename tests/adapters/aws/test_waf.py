"""The web application firewall on the public front."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.aws.waf import BASIC_CAPACITY, RATE_CAPACITY, RULE_GROUPS
from tests.adapters.aws import parts
from tests.support.recording import Recording, record

ACL = "aws:wafv2/webAcl:WebAcl"


def protected(stack_name: str = "aws-test", **waf: Any) -> Recording:
    def program() -> None:
        from adapters.aws.waf import Waf

        sections = {"ingress": {"public": {"waf": waf}}} if waf else {}
        Waf(parts.adapter(stack_name, **sections)).protect(parts.front())

    return record(program)


def rules(recording: Recording) -> dict[str, dict[str, Any]]:
    found = recording.one(ACL, "front-public").inputs["rules"]
    assert sorted(r["priority"] for r in found) == list(range(len(found)))
    return {r["name"]: r for r in found}


def test_the_acl_is_associated_with_the_front() -> None:
    recording = protected()
    association = recording.one("aws:wafv2/webAclAssociation:WebAclAssociation", "front-public").inputs
    assert association["resourceArn"].endswith("loadbalancer/app/front-public/1")
    assert association["webAclArn"] == f"arn:{ACL}:front-public"
    assert recording.one(ACL, "front-public").inputs["scope"] == "REGIONAL"


def test_all_managed_groups_and_the_rate_limit_judge_what_comes_in() -> None:
    found = rules(protected())
    assert set(found) == {"rate-limit", *(g.name for g in RULE_GROUPS)}
    for name in ("Common", "KnownBadInputs", "SQLi", "AmazonIpReputation", "Linux", "Unix"):
        assert any(name in rule for rule in found)


def test_the_groups_together_stay_within_the_capacity_of_the_basic_price() -> None:
    assert sum(g.capacity for g in RULE_GROUPS) + RATE_CAPACITY <= BASIC_CAPACITY


def test_in_block_mode_the_groups_own_rules_decide_and_too_many_requests_are_refused() -> None:
    found = rules(protected(mode="block", rateLimit=500))
    assert found["AWSManagedRulesSQLiRuleSet"]["overrideAction"] == {"none": {}}
    assert found["rate-limit"]["action"] == {"block": {}}
    limit = found["rate-limit"]["statement"]["rateBasedStatement"]
    assert (limit["limit"], limit["evaluationWindowSec"], limit["aggregateKeyType"]) == (500, 300, "IP")


def test_in_count_mode_nothing_is_refused() -> None:
    for rule in rules(protected(mode="count")).values():
        assert (rule.get("overrideAction") or rule["action"]) == {"count": {}}


def test_bodies_over_eight_kilobytes_are_only_counted_because_documents_are_no_attack() -> None:
    statement = rules(protected())["AWSManagedRulesCommonRuleSet"]["statement"]["managedRuleGroupStatement"]
    assert statement["ruleActionOverrides"] == [{"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}]


def test_a_group_has_an_override_action_and_never_an_action_which_aws_refuses_together() -> None:
    for name, rule in rules(protected()).items():
        assert ("action" in rule) != ("overrideAction" in rule), name


def test_credentials_are_redacted_from_the_logs() -> None:
    logging = protected().one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "front-public").inputs
    assert [f["singleHeader"]["name"] for f in logging["redactedFields"]] == ["authorization", "cookie"]


@pytest.mark.parametrize("stack_name", ["aws-test", parts.LONGEST_STACK_NAME])
def test_the_log_group_has_the_prefix_that_aws_demands_and_our_key(stack_name: str) -> None:
    group = protected(stack_name).one("aws:cloudwatch/logGroup:LogGroup", "front-public").inputs
    assert group["name"].startswith("aws-waf-logs-")
    assert len(group["name"]) <= 512
    assert group["kmsKeyId"]
    assert group["retentionInDays"] == 90


def test_only_the_log_delivery_of_this_account_may_write_and_the_configuration_waits_for_that() -> None:
    policy = protected().one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "front-public").inputs
    (statement,) = json.loads(policy["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    assert statement["Resource"].endswith(":*")
    assert len(policy["policyDocument"]) <= 5120

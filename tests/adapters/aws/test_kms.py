from __future__ import annotations

import json
from typing import get_args

import pytest

from adapters.aws.key_policies import ADMINISTER, key_policy, logs_policy
from adapters.specs import KeyPurpose
from tests.adapters.aws.layers import default_layers, layers

KEY = "aws:kms/key:Key"
WHERE = {"partition": "aws", "account": "123456789012", "region": "ap-northeast-2"}
ROOT = "arn:aws:iam::123456789012:root"
AUTO_SCALING = "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
PURPOSES = get_args(KeyPurpose)


def by_sid(statements):
    return {s["Sid"]: s for s in statements}


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_key_can_be_administered_by_iam_so_that_it_is_never_locked_out(purpose):
    statement = by_sid(key_policy(purpose, **WHERE))["AdministerThroughIam"]
    assert statement["Principal"] == {"AWS": ROOT}
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DescribeKey"} <= set(statement["Action"])


def test_to_administer_a_key_is_not_to_use_it():
    assert not {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"} & set(ADMINISTER)


@pytest.mark.parametrize(("purpose", "service"), [("disks", "ec2"), ("backups", "s3"), ("secrets", "secretsmanager")])
def test_a_key_is_used_through_the_service_that_it_is_for(purpose, service):
    use = by_sid(key_policy(purpose, **WHERE))["UseThroughIam"]
    assert use["Condition"] == {"StringEquals": {"kms:ViaService": f"{service}.ap-northeast-2.amazonaws.com"}}


def test_vault_encrypts_and_decrypts_and_has_no_data_keys():
    assert set(by_sid(key_policy("vault", **WHERE))["UseThroughIam"]["Action"]) == {"kms:Encrypt", "kms:Decrypt"}


def test_trap_auto_scaling_launches_no_encrypted_machine_without_a_right_to_the_key():
    statements = by_sid(key_policy("disks", **WHERE))
    assert statements["AutoScaling"]["Principal"] == {"AWS": AUTO_SCALING}
    assert {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"} <= set(
        statements["AutoScaling"]["Action"]
    )
    grant = statements["AutoScalingGrant"]
    assert grant["Principal"] == {"AWS": AUTO_SCALING}
    assert grant["Action"] == ["kms:CreateGrant"]
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    for purpose in set(PURPOSES) - {"disks"}:
        assert AUTO_SCALING not in json.dumps(key_policy(purpose, **WHERE))


def test_trap_a_key_policy_that_names_a_missing_role_is_refused_so_the_role_can_be_made_and_stays():
    role = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
    assert default_layers().recording.of(role) == []
    recording = layers(aws={"createAutoscalingServiceLinkedRole": True}).recording
    (made,) = recording.of(role)
    assert made.inputs["awsServiceName"] == "autoscaling.amazonaws.com"
    assert made.retain_on_delete
    assert made.urn in recording.one(KEY, "disks").depends_on


def test_the_logs_key_serves_the_logs_service_for_our_groups_only():
    use = by_sid(logs_policy(["/unifiedmeta/x/*"], **WHERE))["Logs"]
    assert use["Principal"] == {"Service": "logs.ap-northeast-2.amazonaws.com"}
    assert use["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"] == [
        "arn:aws:logs:ap-northeast-2:123456789012:log-group:/unifiedmeta/x/*"
    ]


def test_every_log_group_of_the_stack_is_one_that_the_logs_key_encrypts():
    made = default_layers()
    policy = json.loads(made.recording.one(KEY, "logs").inputs["policy"])
    patterns = by_sid(policy["Statement"])["Logs"]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    prefixes = [p.split(":log-group:")[1].removesuffix("*") for p in patterns]
    names = [g.inputs["name"] for g in made.recording.of("aws:cloudwatch/logGroup:LogGroup")]
    assert len(names) == 2
    assert all(any(name.startswith(prefix) for prefix in prefixes) for name in names)
    assert any(made.adapter.waf_log_group.startswith(prefix) for prefix in prefixes)


def test_there_is_a_key_for_every_purpose_and_each_rotates():
    keys = default_layers().recording.of(KEY)
    assert {k.name for k in keys} == {*PURPOSES, "logs"}
    assert all(k.inputs["enableKeyRotation"] is True for k in keys)
    assert all("customerMasterKeySpec" not in k.inputs for k in keys)


@pytest.mark.parametrize(("protection", "days"), [("on", 30), ("off", 7)])
def test_a_deleted_key_waits_as_long_as_protection_says(protection, days):
    keys = layers(protection=protection).recording.of(KEY)
    assert {k.inputs["deletionWindowInDays"] for k in keys} == {days}


def test_trap_an_alias_is_unique_in_an_account_so_it_holds_the_stacks_name():
    def names(stack_name):
        return {a.inputs["name"] for a in layers(stack_name).recording.of("aws:kms/alias:Alias")}

    assert not names("one") & names("two")
    assert all(n.startswith("alias/um-one-") and not n.startswith("alias/aws/") for n in names("one"))

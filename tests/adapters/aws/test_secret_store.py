from __future__ import annotations

import pytest

from adapters.aws.secret_store import secret_name
from adapters.specs import SecretSpec
from tests.adapters.aws import parts
from tests.adapters.aws.layers import default_layers, layers
from tests.adapters.aws.parts import key, out
from tests.support.recording import record, value_of

SECRET = "aws:secretsmanager/secret:Secret"


def test_a_secret_is_named_after_its_stack_and_encrypted_with_our_own_key():
    secret = default_layers().recording.one(SECRET, "agent")
    assert secret.inputs["name"] == "unifiedmeta/aws-test/agent"
    assert secret.inputs["kmsKeyId"] == "arn:aws:kms/key:Key:secrets"


@pytest.mark.parametrize(("protection", "days"), [("on", 30), ("off", 0)])
def test_trap_a_secrets_name_stays_taken_while_it_can_be_recovered(protection, days):
    (secret,) = layers(protection=protection).recording.of(SECRET)
    assert secret.inputs["recoveryWindowInDays"] == days


@pytest.mark.parametrize("name", ["ca-server", "join-abc123"])
def test_trap_a_name_that_ends_as_an_arn_does_is_refused(name):
    with pytest.raises(ValueError, match="hyphen and six characters"):
        secret_name("aws-test", name)


@pytest.mark.parametrize("name", ["server", "agent", "agent-token", "vault-recovery", "server-0"])
def test_other_names_are_taken_as_they_are(name):
    assert secret_name("aws-test", name) == f"unifiedmeta/aws-test/{name}"


def test_a_name_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="longer than 512"):
        secret_name("aws-test", "x" * 500)


def test_the_value_is_a_secret_from_birth_and_no_other_resource_has_it():
    made = default_layers()
    holders = [r for r in made.recording.resources if "join-token" in repr(r.inputs)]
    assert [(r.type, r.secret_inputs) for r in holders] == [
        ("aws:secretsmanager/secretVersion:SecretVersion", ("secretString",))
    ]


def test_a_node_gets_the_secrets_arn_only_once_there_is_a_value():
    """From the version, not from the secret, which is empty at first."""
    seen = []

    def program():
        spec = SecretSpec(name="agent", value=out("v"), key=key("secrets"))
        seen.append(parts.adapter().secret_store().put(spec).id)

    record(program, lambda type_, _name, _inputs: {"secretArn": "arn:agent"} if "Version" in type_ else {})
    assert value_of(seen[0]) == "arn:agent"

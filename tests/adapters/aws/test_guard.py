from __future__ import annotations

from pathlib import Path

import pytest

from adapters.aws.guard import SANDBOX_ACCOUNT, guard_problems
from adapters.contract import load_adapter
from config.load import load_file
from config.problems import StackFileError
from tests.adapters.aws.parts import stack
from tests.support.recording import record

OURS = "210987654321"
SHIPPED = {
    "cluster": {"api": {"access": "public", "allowList": ["203.0.113.0/24"]}},
    "dns": {"domain": "aws-dev.unifiedmeta.example"},
}
READY = {
    "cloud": {"csp": "aws", "region": "ap-northeast-2", "account": OURS},
    "cluster": {"api": {"access": "public", "allowList": ["8.8.8.0/24"]}},
    "dns": {"domain": "dev.acme.com"},
}


def keys(caller, **sections):
    return [p.key for p in guard_problems(stack(**sections), caller)]


def test_the_shipped_stack_is_fine_in_the_sandbox():
    assert keys(SANDBOX_ACCOUNT, **SHIPPED) == []


def test_the_shipped_stack_names_every_line_that_a_real_account_has_to_change():
    assert keys(OURS, **SHIPPED) == ["cloud.account", "dns.domain", "cluster.api.allowList[0]"]


def test_a_stack_that_was_made_ready_passes_with_its_own_account():
    assert keys(OURS, **READY) == []


def test_another_account_is_refused_whatever_else_is_right():
    assert keys("000000000001", **READY) == ["cloud.account"]


def test_the_sandbox_account_is_refused_for_a_customers_stack():
    assert keys(SANDBOX_ACCOUNT, **READY) == ["cloud.account"]


def test_the_right_account_is_not_enough_while_the_example_domain_stands():
    assert keys(OURS, **{**READY, "dns": SHIPPED["dns"]}) == ["dns.domain"]


@pytest.mark.parametrize("domain", ["acme.example", "dev.example.com", "a.example.org", "example.net", "x.test"])
def test_domains_that_nobody_can_delegate_are_named(domain):
    assert keys(OURS, **{**READY, "dns": {"domain": domain}}) == ["dns.domain"]


@pytest.mark.parametrize("domain", ["myexample.com", "example.de", "test.acme.io"])
def test_domains_that_only_look_alike_are_not(domain):
    assert keys(OURS, **{**READY, "dns": {"domain": domain}}) == []


@pytest.mark.parametrize(
    ("allow_list", "expected"),
    [
        (["192.0.2.0/24"], [0]),
        (["8.8.8.0/24", "198.51.100.7/32"], [1]),
        (["203.0.113.0/24", "203.0.113.128/25"], [0, 1]),
        (["203.0.112.0/22"], [0]),
        (["203.0.114.0/24"], []),
    ],
)
def test_ranges_for_documentation_are_named_one_by_one(allow_list, expected):
    given = {**READY, "cluster": {"api": {"access": "public", "allowList": allow_list}}}
    assert keys(OURS, **given) == [f"cluster.api.allowList[{n}]" for n in expected]


def test_so_are_they_in_the_list_of_the_public_ingress():
    given = {**READY, "ingress": {"public": {"allowList": ["192.0.2.0/24"]}}}
    assert keys(OURS, **given) == ["ingress.public.allowList[0]"]


def test_the_message_says_what_to_type_next():
    (account, *_) = guard_problems(stack(**SHIPPED), OURS)
    assert account.message == f"this stack is for the sandbox account, but the credentials are of {OURS}"
    assert account.remedy == f'account: "{OURS}", if that is the account you mean'
    (customer,) = guard_problems(stack(**READY), "000000000001")
    assert f"take credentials of {OURS}" in customer.remedy


def _guarded(caller):
    """Runs the guard of the shipped stack with somebody's credentials; what was recorded, and the error if there was one."""
    errors = []

    def program():
        loaded = load_file("stacks/Pulumi.aws-dev.yaml")
        try:
            load_adapter(loaded.stack, loaded.name).guard()
        except StackFileError as error:
            errors.append(error)

    return record(program, lambda *_: {"accountId": caller, "id": caller, "arn": "a", "userId": "u"}), errors


def test_nothing_is_created_before_the_guard_has_spoken():
    recording, (error,) = _guarded(OURS)
    assert [r.type for r in recording.resources] == ["pulumi:providers:aws"]
    assert "allowedAccountIds" not in recording.resources[0].inputs
    assert [p.key for p in error.problems] == ["cloud.account", "dns.domain", "cluster.api.allowList[0]"]


def test_the_guard_names_file_and_line():
    _, (error,) = _guarded(OURS)
    lines = Path("stacks/Pulumi.aws-dev.yaml").read_text(encoding="utf-8").splitlines()
    for problem, text in zip(error.problems, ('account: "123', "domain: aws-dev", "- 203.0.113.0/24"), strict=True):
        line = error.line(problem)
        assert line is not None
        assert text in lines[line - 1]
        assert f"stacks/Pulumi.aws-dev.yaml:{line}: " in error.render()


def test_the_guard_lets_the_sandbox_pass():
    _, errors = _guarded(SANDBOX_ACCOUNT)
    assert errors == []

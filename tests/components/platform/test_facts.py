"""A secret cannot get into Helm values: not by its type, not by its value. Both are tried."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from components.platform import values as v
from components.platform.facts import PublicFact, SecretFact, SecretInValuesError, public_facts
from components.platform.values import ValuesError
from tests.components.platform.world import foundation, integration
from tests.support.recording import record, value_of

ROOT = Path(__file__).parents[3]
FILE = Path("values/facts/x.yaml")


def secret(value: str = "hunter2") -> pulumi.Output[str]:
    return pulumi.Output.secret(value)


def test_a_secret_fact_cannot_be_made_public() -> None:
    with pytest.raises(SecretInValuesError, match="the fact key is a secret"):
        PublicFact("key", SecretFact("key", secret()))  # type: ignore[arg-type]


def test_a_secret_fact_among_the_public_ones_is_not_placed() -> None:
    with pytest.raises(ValuesError, match="key is no public fact"):
        v.place({"password": "${key}"}, {"key": SecretFact("key", secret())}, FILE)  # type: ignore[dict-item]


@pytest.mark.parametrize("text", ["${key}", "prefix ${key}"])
def test_a_public_fact_whose_value_is_a_secret_stops_the_run_and_does_not_show_it(text: str) -> None:
    def program() -> None:
        placed = v.place({"a": text}, {"key": PublicFact("key", secret())}, FILE)
        pulumi.export("values", placed["a"])

    with pytest.raises(SecretInValuesError) as caught:
        record(program)
    assert "key" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_secret_fact_is_secret_even_where_its_source_was_not() -> None:
    fact = SecretFact("key", pulumi.Output.from_input("hunter2"))

    async def is_secret() -> bool:
        return await fact.value.is_secret()

    assert value_of(pulumi.Output.from_input(is_secret())) is True


@pytest.mark.slow
def test_the_type_checker_refuses_a_secret_fact_where_values_are_made(tmp_path: Path) -> None:
    attempt = tmp_path / "attempt.py"
    attempt.write_text(
        "import pulumi\nfrom pathlib import Path\n"
        "from components.platform.facts import PublicFact, SecretFact\n"
        "from components.platform.values import place\n"
        "fact = SecretFact('k', pulumi.Output.from_input('s'))\n"
        "PublicFact('k', fact)\n"
        "place({}, {'k': fact}, Path('x'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", str(attempt)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'attempt.py:6: error: Argument 2 to "PublicFact"' in done.stdout
    assert "attempt.py:7: error: Dict entry 0 has incompatible type" in done.stdout


def test_facts_say_what_the_stack_has_and_leave_out_what_it_has_not() -> None:
    facts: dict[str, PublicFact] = {}

    def program() -> None:
        facts.update(public_facts(foundation(dns__private={"mode": "none"}), integration(), {}))

    record(program)
    assert {
        "region",
        "cluster.id",
        "domain",
        "kms.vault",
        "backups.bucket",
        "dns.public_zone_id",
        "identity.csi",
    } <= set(facts)
    assert "dns.private_zone_id" not in facts
    assert "ingress.public.address" in facts
    assert "ingress.internal.address" not in facts
    assert facts["tls.cluster_issuer"].value == "internal-ca"
    assert facts["ingress.admin_class"].value == "internal"
    assert value_of(facts["kms.vault"].output) == "key-vault"

"""Every row of the flow table is reachable in the planned network, everything else is not, and the proof notices any change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.flows import Party
from config.effective import zone_count
from tests.adapters.aws.planned_network import Plan, PlanReader
from tests.adapters.aws.reachability import Proof, mutations, other_mutations, summary
from tests.support.program import SHAPES, Program

pytestmark = pytest.mark.xdist_group("program")


MADE = [name for name, sections in SHAPES.items() if "adopt" not in sections.get("network", {})]
"""Shapes whose network we make: of an adopted one, the plan does not say the routes."""


@pytest.fixture(params=MADE)
def planned(request: pytest.FixtureRequest, program_of: Callable[[str], Program]) -> tuple[Plan, Program]:
    program = program_of(request.param)
    return PlanReader(program.resources).read(), program


def test_the_plan_says_what_the_flow_table_says_and_nothing_else(planned: tuple[Plan, Program]) -> None:
    plan, program = planned
    assert plan.rules
    assert bool(plan.routes) == (program.stack.network.nat != "none")
    assert summary(plan, program.stack)["judgements"] > 4_000
    assert list(Proof(plan, program.stack).violations()) == []


def test_every_node_has_a_place_in_the_plan(planned: tuple[Plan, Program]) -> None:
    plan, program = planned
    parties = [host.party for host in plan.hosts]
    assert parties.count(Party.SERVER) == program.stack.cluster.servers.count
    assert parties.count(Party.AGENT) == len(program.stack.cluster.pools) * zone_count(program.stack)
    assert plan.forwards


@pytest.mark.parametrize("shape", ["as-shipped", "private-hardened"])
def test_the_proof_fails_when_any_rule_is_removed_or_widened(shape: str, program_of: Callable[[str], Program]) -> None:
    program = program_of(shape)
    plan = PlanReader(program.resources).read()
    survived = [
        what
        for what, changed, focus in mutations(plan)
        if next(Proof(changed, program.stack).violations(focus), None) is None
    ]
    assert len(plan.rules) > 50
    assert survived == []


@pytest.mark.parametrize("shape", ["as-shipped", "private-hardened"])
def test_the_proof_fails_for_wrong_routes_addresses_and_load_balancers(
    shape: str, program_of: Callable[[str], Program]
) -> None:
    program = program_of(shape)
    plan = PlanReader(program.resources).read()
    survived = [
        what for what, changed in other_mutations(plan) if not list(Proof(changed, program.stack).other_violations())
    ]
    assert survived == []


def test_a_public_front_without_its_waf_is_a_violation(program_of: Callable[[str], Program]) -> None:
    program = program_of("as-shipped")
    plan = PlanReader(program.resources).read()
    assert plan.protected_by_waf
    bare = replace(plan, protected_by_waf=frozenset())
    assert any("past the web application firewall" in v for v in Proof(bare, program.stack).violations())

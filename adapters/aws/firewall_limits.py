"""How many rules the flow table makes of a stack; needs no SDK, so that a stack can be checked without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from adapters.flows import OUTSIDE, Flow, Party

RULES_MAX = 60
"""AWS's default quota "Inbound or outbound rules per security group", for each direction by itself."""


def rule_counts(flows: Sequence[Flow], range_counts: Mapping[Party, int]) -> Counter[tuple[Party, str]]:
    """How many rules each group has in each direction; `range_counts` says how many ranges an outsider has."""
    counts: Counter[tuple[Party, str]] = Counter()
    for flow in flows:
        if flow.target not in OUTSIDE:
            counts[(flow.target, "ingress")] += range_counts.get(flow.source, 1)
        if flow.source not in OUTSIDE:
            counts[(flow.source, "egress")] += range_counts.get(flow.target, 1)
    return counts

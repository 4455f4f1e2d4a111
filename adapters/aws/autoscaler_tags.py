"""The tags by which the cluster autoscaler finds a pool and knows what its nodes will look like. Pure functions; imports no SDK.

Key and form: Cluster Autoscaler's documentation, "Auto-Discovery Setup" for AWS. Limits: Auto Scaling's "Tag restrictions".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.naming import common_tags
from config import effective
from config.problems import Path, Problem

if TYPE_CHECKING:
    from config.cluster import Pool
    from config.model import StackConfig

AUTOSCALER = "k8s.io/cluster-autoscaler"
KEY_MAX, VALUE_MAX, TAGS_MAX = 128, 256, 50
_OF_EVERY_GROUP = 5
"""Name, role, the cluster's tag and the two by which the autoscaler finds the group."""


def node_template_tags(name: str, pool: Pool) -> dict[str, str]:
    """Labels, taints and disk of a node that does not exist yet, so that the autoscaler can start from none."""
    prefix = f"{AUTOSCALER}/node-template"
    tags = {f"{prefix}/label/{key}": value for key, value in effective.pool_labels(name, pool).items()}
    tags |= {f"{prefix}/taint/{t.key}": f"{t.value}:{t.effect}" for t in effective.pool_taints(pool)}
    tags[f"{prefix}/resources/ephemeral-storage"] = f"{pool.disk_gib}Gi"
    return tags


def problems(stack: StackConfig) -> Iterator[Problem]:
    """Labels and taints that do not fit into the tags of an Auto Scaling group."""
    common = len(common_tags(stack, "", "")) + _OF_EVERY_GROUP
    for name, pool in stack.cluster.pools.items():
        path: Path = ("cluster", "pools", name)
        tags = node_template_tags(name, pool)
        for key in (key for key in tags if len(key) > KEY_MAX):
            short = key.split("/", 4)[-1]
            yield Problem(
                path,
                f"{short} makes a tag of {len(key)} characters for the autoscaler; AWS takes {KEY_MAX}",
                f"shorten it by {len(key) - KEY_MAX} characters",
            )
        if common + len(tags) > TAGS_MAX:
            yield Problem(
                path,
                f"its labels and taints, and the stack's tags, make {common + len(tags)} tags; AWS takes {TAGS_MAX}",
                f"take away {common + len(tags) - TAGS_MAX} labels or tags",
            )

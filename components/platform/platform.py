"""The platform on a bootstrapped cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.bootstrap.helm import helm_release
from components.platform.selection import predecessors

if TYPE_CHECKING:
    from adapters.catalogue import Component
    from components.bootstrap.bootstrap import Bootstrap
    from components.platform.plan import PlatformPlan


class Platform(pulumi.ComponentResource):
    """Every selected component as a Helm release, each after what it needs."""

    releases: Mapping[str, pulumi.Resource]
    """By the component's name; the bootstrap's own among them."""

    def __init__(self, plan: PlatformPlan, bootstrap: Bootstrap) -> None:
        super().__init__("unifiedmeta:platform:Platform", "platform")
        self._plan, self._bootstrap = plan, bootstrap
        made: dict[str, pulumi.Resource] = dict(bootstrap.releases)
        for component in plan.components:
            if component.name not in made:
                made[component.name] = self._release(component, made)
        self.releases = made
        self.register_outputs({})

    def _release(self, component: Component, made: Mapping[str, pulumi.Resource]) -> pulumi.Resource:
        earlier = [c for c in self._plan.components if c.name in made]
        waits_for = [made[c.name] for c in predecessors(component, earlier)]
        return helm_release(
            self._plan.release(component),
            self,
            self._bootstrap.provider,
            [*self._bootstrap.before(component.namespace), *self._plan.before(component), *waits_for],
        )

"""Delivery A: a component as a Helm release of the engine's own, with an explicit name and namespace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release, RepositoryOptsArgs

from adapters.catalogue import Chart, Component

OWN_CHARTS = "./charts"
"""Relative to the project's folder, where the engine looks."""


@dataclass(frozen=True, slots=True)
class ReleaseSpec:
    """A component with all of its values."""

    component: Component
    values: Mapping[str, Any] = field(default_factory=dict)


def chart_arguments(chart: Chart) -> dict[str, Any]:
    """Where Helm takes a chart from: an OCI reference, a repository's index, or charts/ of this project."""
    if not chart.repository:
        return {"chart": f"{OWN_CHARTS}/{chart.name}"}
    if chart.repository.startswith("oci://"):
        return {"chart": f"{chart.repository}/{chart.name}", "version": chart.version}
    return {
        "chart": chart.name,
        "version": chart.version,
        "repository_opts": RepositoryOptsArgs(repo=chart.repository),
    }


def helm_release(
    spec: ReleaseSpec, parent: pulumi.Resource, provider: pulumi.ProviderResource, depends_on: Sequence[pulumi.Resource]
) -> Release:
    """The release. Not `atomic`: a failed first install stays where it is, to be looked at, and the next run upgrades it.

    The namespace is never the chart's: it carries Pod Security labels, and when it is deleted the engine waits until what the chart's
    own controllers made (load balancers, volumes) has let go.
    """
    component = spec.component
    minutes = component.timeout_minutes
    return Release(
        component.name,
        name=component.name,
        namespace=component.namespace,
        create_namespace=False,
        values=spec.values,
        skip_await=not component.await_ready,
        timeout=minutes * 60,
        max_history=5,
        **chart_arguments(component.chart),
        opts=pulumi.ResourceOptions(
            parent=parent,
            provider=provider,
            depends_on=list(depends_on),
            # The engine's own limit must not end a wait that Helm's still allows.
            custom_timeouts=pulumi.CustomTimeouts(create=f"{minutes + 5}m", update=f"{minutes + 5}m", delete="15m"),
        ),
    )

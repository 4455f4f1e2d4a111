"""The ingress engine, twice: classes `public` and `internal`, whatever the engine. A release's front (`l7` or `l4`) is a profile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, Literal

from adapters.catalogue import Chart, Component, EndOfLife
from adapters.records import Capabilities
from config.model import StackConfig

Engine = Literal["traefik", "ingress-nginx"]
Side = Literal["public", "internal"]

CHARTS: Final[dict[Engine, Chart]] = {
    "traefik": Chart(name="traefik", version="41.3.0", repository="oci://ghcr.io/traefik/helm", first_minor=25),
    "ingress-nginx": Chart(
        name="ingress-nginx", version="4.15.1", repository="https://kubernetes.github.io/ingress-nginx", last_minor=35
    ),
}
LICENCES: Final[dict[Engine, str]] = {"traefik": "MIT", "ingress-nginx": "Apache-2.0"}
RETIRED: Final = EndOfLife(
    date(2026, 3, 19),
    "4.15.1 is the last release there will be; its NGINX gets no more fixes. Choose ingress.engine: traefik, which reads "
    "most nginx annotations through its own compatibility provider.",
)


def _installed(engine: Engine, side: Side) -> Callable[[StackConfig, Capabilities], bool]:
    def on(stack: StackConfig, _capabilities: Capabilities) -> bool:
        front = stack.ingress.public if side == "public" else stack.ingress.internal
        return stack.ingress.engine == engine and front.enabled

    return on


def _profiles(engine: Engine, side: Side) -> Callable[[StackConfig], tuple[str, ...]]:
    def profiles(stack: StackConfig) -> tuple[str, ...]:
        front = stack.ingress.public.front if side == "public" else stack.ingress.internal.front
        return (engine, f"{engine}-{side}", f"{engine}-{front}", f"{engine}-{side}-{front}")

    return profiles


def _component(engine: Engine, side: Side) -> Component:
    audience = "the internet" if side == "public" else "the network"
    workload = f"{engine}-{side}" if engine == "traefik" else f"{engine}-{side}-controller"
    return Component(
        name=f"{engine}-{side}",
        why=f"routes what {audience} asks for: IngressClass {side}",
        colour="yellow",
        chart=CHARTS[engine],
        namespace=f"ingress-{side}",
        licence=LICENCES[engine],
        on=_installed(engine, side),
        provides=f"ingress-{side}",
        profiles=_profiles(engine, side),
        health=(f"deployment/{workload}",),
        timeout_minutes=15,
        end_of_life=RETIRED if engine == "ingress-nginx" else None,
    )


COMPONENTS = (
    _component("traefik", "public"),
    _component("traefik", "internal"),
    _component("ingress-nginx", "public"),
    _component("ingress-nginx", "internal"),
)

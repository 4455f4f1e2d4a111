"""Continuous delivery."""

from __future__ import annotations

from adapters.catalogue import Chart, Component
from components.platform import rules
from config.model import StackConfig


def _argo_cd_profiles(stack: StackConfig) -> tuple[str, ...]:
    return ("argo-cd", "argo-cd-tls") if rules.admin_front(stack) == "l4" else ("argo-cd",)


ARGO_CD = Component(
    name="argo-cd",
    why="delivers applications, and if so wished the platform itself, from Git",
    colour="green",
    chart=Chart(name="argo-cd", version="10.1.1", repository="https://argoproj.github.io/argo-helm", first_minor=25),
    namespace="argocd",
    licence="Apache-2.0",
    profiles=_argo_cd_profiles,
    needs=("internal-ca",),
    after=("acme-issuer", "ingress-internal", "ingress-public"),
    health=("deployment/argocd-server", "deployment/argocd-repo-server", "statefulset/argocd-application-controller"),
)

COMPONENTS = (ARGO_CD,)

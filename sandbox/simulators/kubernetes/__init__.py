"""Kubernetes, simulated: one cluster per provider configuration, with the rules of the real provider."""

from __future__ import annotations

from sandbox.simulators.kubernetes.simulator import KubernetesSimulator

__all__ = ["KubernetesSimulator"]

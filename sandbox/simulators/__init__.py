"""Simulated providers, one per package. A further package is a further row here and a module (or folder) of its own."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from sandbox.provider import Provider

_SIMULATORS: Final = {
    "aws": "sandbox.simulators.aws:AwsSimulator",
    "command": "sandbox.simulators.command:CommandSimulator",
    "kubernetes": "sandbox.simulators.kubernetes:KubernetesSimulator",
    "random": "sandbox.simulators.randomness:RandomSimulator",
    "tls": "sandbox.simulators.tls:TlsSimulator",
}

PACKAGES: Final = tuple(_SIMULATORS)
"""The packages that the sandbox can simulate."""


def provider_for(package: str) -> Provider:
    """A simulated provider with an empty world of its own, not configured yet.

    A driver makes one per package and run, and calls `configure` on it for every provider resource: the instances that
    it gives share the world. Raises LookupError for a package that has no simulator. Loads no cloud SDK.
    """
    try:
        module, name = _SIMULATORS[package].split(":")
    except KeyError:
        raise LookupError(
            f"the sandbox has no simulator for the package {package}; it has {', '.join(PACKAGES)}"
        ) from None
    return cast("Provider", getattr(import_module(module), name)())

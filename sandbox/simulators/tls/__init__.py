"""TLS: real keys, requests and certificates, made with the `cryptography` library."""

from __future__ import annotations

from sandbox.simulators.tls.simulator import TlsSimulator

__all__ = ["TlsSimulator"]

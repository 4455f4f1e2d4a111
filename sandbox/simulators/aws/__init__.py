"""AWS, simulated: one file per concern, each a table of resource types."""

from __future__ import annotations

from sandbox.simulators.aws.simulator import AwsSimulator

__all__ = ["AwsSimulator"]

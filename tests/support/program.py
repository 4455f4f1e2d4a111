"""The whole program on the in-process sandbox, for tests that judge what it plans as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from config.model import StackConfig
from config.names import NAMESPACE
from config.source import parse
from sandbox.engine.faults import NO_FAULTS, Faults
from sandbox.engine.properties import Secret, plain_text
from sandbox.engine.resources import Resource
from sandbox.engine.run import Engine
from sandbox.engine.state import StateFile
from sandbox.engine.steps import Result
from sandbox.engine.urns import name_of
from sandbox.simulators import provider_for

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "unifiedmeta"
STRUCTURE_BELOW = 12
"""Shorter secrets are words such as user names, which stand elsewhere by right."""

SHAPES: dict[str, dict[str, Any]] = {
    "as-shipped": {},
    "private-hardened": {
        "network": {"cidr": "10.0.0.0/16", "zones": 3, "nat": "per-zone"},
        "cluster": {
            "servers": {"count": 3},
            "pools": {"general": {"min": 3, "max": 6}, "gpu": {"size": "gpu-small", "gpu": True, "min": 0, "max": 2}},
            "api": {"access": "private"},
        },
        "dns": {
            "domain": "aws-dev.unifiedmeta.example",
            "acmeEmail": "ops@unifiedmeta.example",
            "public": {"delegated": True},
        },
        "ingress": {"internal": {"front": "l7"}},
        "protection": "on",
    },
    "l4-fronts": {"ingress": {"public": {"front": "l4"}}},
    "single-server": {
        "network": {"cidr": "10.20.0.0/20", "zones": 1, "nat": "single"},
        "cluster": {"servers": {"count": 1}, "pools": {"general": {"size": "medium", "min": 1, "max": 1}}},
        "ingress": {"public": {"front": "l4"}},
        "platform": {"components": {"vault": False, "longhorn": False}},
    },
    "adopted-network": {
        "network": {
            "mode": "adopt",
            "cidr": "10.0.0.0/16",
            "zones": 3,
            "adopt": {
                "networkId": "vpc-0a1b2c3d4e5f60718",
                "subnets": {
                    "public": {f"ap-northeast-2{zone}": f"subnet-0a1b2c3d4e5f6070{zone}" for zone in "abc"},
                    "private": {f"ap-northeast-2{zone}": f"subnet-0b1b2c3d4e5f6070{zone}" for zone in "abc"},
                },
            },
        },
    },
    "private-airgap": {
        "network": {"cidr": "10.0.0.0/16", "exposure": "private", "nat": "none"},
        "cluster": {"api": {"access": "private"}},
        "ingress": {"public": {"enabled": False}},
        "dns": {"domain": "aws-dev.unifiedmeta.example", "public": {"mode": "none"}},
        "registry": {"mirror": "registry.example.com", "airgap": True},
        "image": {"id": "ami-0123456789abcdef0"},
    },
    "five-servers-cilium": {
        "cluster": {
            "servers": {"count": 5},
            "cni": "cilium",
            "cisProfile": False,
            "api": {"access": "private"},
            "pools": {
                "general": {"min": 3, "max": 6},
                "spot": {"size": "xlarge", "spot": True, "min": 0, "max": 4},
                "gpu": {"size": "gpu-small", "gpu": True, "min": 0, "max": 2},
            },
        },
        "ingress": {"engine": "ingress-nginx"},
        "identity": {"issuerUrl": "https://issuer.example.com/aws-dev"},
        "storage": {"default": "replicated"},
    },
    "calico-foundation": {
        "cluster": {"cni": "calico", "api": {"access": "private"}},
        "dns": {
            "domain": "aws-dev.unifiedmeta.example",
            "acmeEmail": "ops@unifiedmeta.example",
            "public": {"delegated": True, "dnssec": True},
        },
        "platform": {"tier": "foundation"},
    },
}
"""Shapes of aws-dev: sections that replace the shipped ones."""


@dataclass(frozen=True)
class Planned:
    """One resource as it stands after `up`."""

    resource: Resource = field(repr=False)

    @property
    def urn(self) -> str:
        return self.resource.urn

    @property
    def type(self) -> str:
        return self.resource.type

    @property
    def name(self) -> str:
        return name_of(self.resource.urn)

    @property
    def id(self) -> str:
        return self.resource.id

    @property
    def arn(self) -> str:
        return str(self.resource.outputs.values.get("arn", ""))

    @property
    def inputs(self) -> dict[str, Any]:
        """In clear."""
        return self.resource.inputs.values

    @property
    def clear_inputs(self) -> dict[str, Any]:
        """What a person sees of them: secrets masked."""
        return dict(plain_text(self.resource.inputs.masked()))


@dataclass
class Program:
    """Everything that a run made."""

    stack: StackConfig
    result: Result
    resources: list[Planned]

    @cached_property
    def _by_type(self) -> dict[str, list[Planned]]:
        found: dict[str, list[Planned]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of(self, type_: str) -> list[Planned]:
        """All resources of a type."""
        return self._by_type.get(type_, [])

    def one(self, type_: str, name: str) -> Planned:
        """The one resource of this type and name."""
        (found,) = [r for r in self.of(type_) if r.name == name]
        return found

    def secret_values(self) -> dict[str, str]:
        """Every secret text of the run that is long enough to be recognised, by where it comes from."""
        found: dict[str, str] = {}
        for planned in self.resources:
            for key, value in planned.resource.outputs.masked().items():
                if (
                    isinstance(value, Secret)
                    and isinstance(value.reveal(), str)
                    and len(value.reveal()) >= STRUCTURE_BELOW
                ):
                    found[f"{planned.name}.{key}"] = value.reveal()
        return found


def settings(stack_name: str, sections: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a shipped stack file, some of them replaced, by full key."""
    file = ROOT / "stacks" / f"Pulumi.{stack_name}.yaml"
    values = {**parse(file.read_text(encoding="utf-8"), str(file)).values, **sections}
    return {f"{NAMESPACE}:{name}": value for name, value in values.items()}


def engine(stack_name: str, sections: Mapping[str, Any], folder: Path, faults: Faults = NO_FAULTS) -> Engine:
    """An engine over the simulators with its state in `folder`."""
    return Engine(
        ROOT,
        stack_name,
        provider_for,
        config=settings(stack_name, sections),
        state_path=folder / stack_name / "state.json",
        faults=faults,
    )


def state_of(stack_name: str, folder: Path) -> list[Planned]:
    """What the state in `folder` holds."""
    snapshot = StateFile(folder / stack_name / "state.json", PROJECT, stack_name).read()
    return [Planned(resource) for resource in snapshot.resources.values()]


def run_program(stack_name: str, sections: Mapping[str, Any], folder: Path) -> Program:
    """Bring the stack up and give everything that it made. Fails with every problem of the run."""
    driver = engine(stack_name, sections, folder)
    result = driver.up()
    assert not result.problems, "\n".join(f"{p}\n{p.detail}" for p in result.problems)
    values = {key.partition(":")[2]: value for key, value in driver.config.items()}
    return Program(StackConfig.model_validate(values), result, state_of(stack_name, folder))

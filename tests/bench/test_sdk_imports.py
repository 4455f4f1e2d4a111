"""Which SDK packages a module uses."""

from __future__ import annotations

import pytest

from bench.sdk_imports import sdk_packages


@pytest.mark.parametrize(
    ("source", "packages"),
    [
        ("from pulumi_aws import ec2\nec2.Vpc('x')", ["pulumi_aws.ec2"]),
        ("import pulumi_aws as aws\naws.ec2.Vpc('x').id", ["pulumi_aws.ec2"]),
        ("import pulumi_aws as aws\naws.Provider('x')", ["pulumi_aws"]),
        ("from pulumi_kubernetes.core import v1 as core\ncore.Secret('x')", ["pulumi_kubernetes.core.v1"]),
        ("from pulumi_kubernetes.helm.v3 import Release", ["pulumi_kubernetes.helm.v3"]),
        ("def f():\n    import pulumi_random\n    pulumi_random.RandomId('x')", ["pulumi_random"]),
        ("if TYPE_CHECKING:\n    from pulumi_aws import ec2\nx: ec2.Vpc", []),
        ("import pulumi, json", []),
    ],
)
def test_the_packages_of_a_module_are_read_from_its_source(source: str, packages: list[str]) -> None:
    assert sdk_packages(source) == packages

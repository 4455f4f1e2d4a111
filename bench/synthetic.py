"""A program of any number of equal parts, wired by outputs as a real one is, to see what a resource costs among many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_random

MODULES: Final = ("pulumi_aws.ec2", "pulumi_aws.iam", "pulumi_aws.vpc", "pulumi_random")
"""The SDK packages that it uses."""
_SUBNETS: Final = 4
_RULES: Final = 8
_TRUST: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}'


def program_of(units: int) -> Callable[[], None]:
    """The program."""

    def run() -> None:
        provider = aws.Provider("aws", region="ap-northeast-2", allowed_account_ids=["123456789012"])
        for number in range(units):
            _Unit(number, provider)

    return run


class _Unit(pulumi.ComponentResource):
    """A network with subnets, a security group with rules, and a role: 17 resources."""

    def __init__(self, number: int, provider: aws.Provider) -> None:
        super().__init__("unifiedmeta:bench:Unit", f"unit-{number}")
        self._options = pulumi.ResourceOptions(parent=self, provider=provider)
        self._tags = pulumi_random.RandomId(
            f"id-{number}", byte_length=4, opts=pulumi.ResourceOptions(parent=self)
        ).hex.apply(lambda text: {"unit": text})
        network = aws.ec2.Vpc(f"vpc-{number}", cidr_block="10.0.0.0/16", tags=self._tags, opts=self._options)
        subnets = [self._subnet(network, f"subnet-{number}-{index}", index) for index in range(_SUBNETS)]
        self._firewall(network, f"group-{number}")
        role = aws.iam.Role(f"role-{number}", assume_role_policy=_TRUST, tags=self._tags, opts=self._options)
        self.register_outputs({"subnets": [subnet.id for subnet in subnets], "role": role.arn})

    def _subnet(self, network: aws.ec2.Vpc, name: str, index: int) -> aws.ec2.Subnet:
        cidr = f"10.0.{index}.0/24"
        return aws.ec2.Subnet(name, vpc_id=network.id, cidr_block=cidr, tags=self._tags, opts=self._options)

    def _firewall(self, network: aws.ec2.Vpc, name: str) -> None:
        group = aws.ec2.SecurityGroup(name, vpc_id=network.id, tags=self._tags, opts=self._options)
        for index in range(_RULES):
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-{index}",
                security_group_id=group.id,
                referenced_security_group_id=group.id,
                ip_protocol="tcp",
                from_port=8000 + index,
                to_port=8000 + index,
                opts=pulumi.ResourceOptions.merge(self._options, pulumi.ResourceOptions(depends_on=[network])),
            )

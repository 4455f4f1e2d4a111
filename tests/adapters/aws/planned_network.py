"""A planned AWS network as a packet sees it, read from recorded resources.

The model reads only what was planned: security group rules, subnets, routes, machines, load balancers, endpoints. It knows that security groups
are stateful (only the opening direction is judged), that a reference matches the members of a group by their private
addresses, that a load balancer which keeps the client's address arrives as that address and not as its own group, that NAT carries connections
out and never in, and that an internet gateway serves only what has a public address.

What it does not model: network ACLs (none are planned) and rules that controllers add inside the running cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

from adapters.flows import Party

Direction = Literal["ingress", "egress"]
LB_PARTIES = {
    ("network", True): Party.API_LB,
    ("network", False): Party.API_PUBLIC_LB,
    ("application", True): Party.INTERNAL_FRONT,
    ("application", False): Party.PUBLIC_FRONT,
}


@dataclass(frozen=True)
class Rule:
    """One planned security group rule."""

    name: str
    group: str
    direction: Direction
    protocol: str
    first: int
    last: int
    peer: str | None
    cidr: IPv4Network | None

    def covers(self, protocol: str, port: int) -> bool:
        return self.protocol == "-1" or (self.protocol == protocol and self.first <= port <= self.last)


@dataclass(frozen=True)
class Route:
    name: str
    subnet: str
    destination: IPv4Network
    via: Literal["nat", "internet"]


@dataclass(frozen=True)
class Host:
    """A machine, load balancer or endpoint inside the network, or an address outside of it."""

    name: str
    address: IPv4Address
    party: Party | None = None
    groups: frozenset[str] = frozenset()
    subnet: str | None = None
    public: bool = False
    more_subnets: tuple[str, ...] = ()
    """Of a load balancer, which stands in several."""

    @property
    def inside(self) -> bool:
        return self.party is not None


@dataclass(frozen=True)
class Forward:
    """A listener of a load balancer and one machine behind it."""

    balancer: str
    port: int
    target_group: str
    target: str
    target_port: int
    keeps_client_address: bool


@dataclass(frozen=True)
class Plan:
    """Everything the proof looks at."""

    cidr: IPv4Network
    rules: tuple[Rule, ...]
    routes: tuple[Route, ...]
    nat_subnets: frozenset[str]
    hosts: tuple[Host, ...]
    forwards: tuple[Forward, ...]
    protected_by_waf: frozenset[str] = field(default_factory=frozenset)

    def host(self, name: str) -> Host:
        (found,) = [h for h in self.hosts if h.name == name]
        return found


def _number(value: Any) -> int:
    return int(value) if value is not None else 0


class PlanReader:
    """Turns recorded resources (type, name, id, inputs, arn) into a :class:`Plan`."""

    def __init__(self, resources: Iterable[Any]) -> None:
        self.by_type: dict[str, list[Any]] = {}
        for resource in resources:
            self.by_type.setdefault(resource.type, []).append(resource)

    def of(self, type_: str) -> list[Any]:
        return self.by_type.get(type_, [])

    def read(self) -> Plan:
        (vpc,) = self.of("aws:ec2/vpc:Vpc")
        self.subnets = {s.id: IPv4Network(s.inputs["cidrBlock"]) for s in self.of("aws:ec2/subnet:Subnet")}
        self.zones = {s.id: s.inputs["availabilityZone"] for s in self.of("aws:ec2/subnet:Subnet")}
        hosts = (*self._servers(), *self._agents(), *self._balancers(), *self._endpoints())
        return Plan(
            cidr=IPv4Network(vpc.inputs["cidrBlock"]),
            rules=tuple(self._rules()),
            routes=tuple(self._routes()),
            nat_subnets=frozenset(n.inputs["subnetId"] for n in self.of("aws:ec2/natGateway:NatGateway")),
            hosts=hosts,
            forwards=tuple(self._forwards()),
            protected_by_waf=frozenset(
                a.inputs["resourceArn"] for a in self.of("aws:wafv2/webAclAssociation:WebAclAssociation")
            ),
        )

    def _rules(self) -> Iterator[Rule]:
        kinds: tuple[tuple[Direction, str], ...] = (
            ("ingress", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
            ("egress", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
        )
        for direction, type_ in kinds:
            for rule in self.of(type_):
                given = rule.inputs
                cidr = given.get("cidrIpv4")
                yield Rule(
                    name=rule.name,
                    group=given["securityGroupId"],
                    direction=direction,
                    protocol=given["ipProtocol"],
                    first=_number(given.get("fromPort")),
                    last=_number(given.get("toPort")),
                    peer=given.get("referencedSecurityGroupId"),
                    cidr=IPv4Network(cidr) if cidr else None,
                )

    def _routes(self) -> Iterator[Route]:
        tables: dict[str, list[str]] = {}
        for association in self.of("aws:ec2/routeTableAssociation:RouteTableAssociation"):
            tables.setdefault(association.inputs["routeTableId"], []).append(association.inputs["subnetId"])
        for route in self.of("aws:ec2/route:Route"):
            for subnet in tables.get(route.inputs["routeTableId"], []):
                yield Route(
                    name=f"{route.name}@{subnet}",
                    subnet=subnet,
                    destination=IPv4Network(route.inputs["destinationCidrBlock"]),
                    via="nat" if route.inputs.get("natGatewayId") else "internet",
                )

    def _address(self, subnet: str, offset: int) -> IPv4Address:
        return self.subnets[subnet][offset]

    def _servers(self) -> Iterator[Host]:
        for instance in self.of("aws:ec2/instance:Instance"):
            given = instance.inputs
            fixed = given.get("privateIp")
            yield Host(
                name=instance.id,
                address=IPv4Address(fixed) if fixed else self._address(given["subnetId"], 30),
                party=Party.SERVER,
                groups=frozenset(given["vpcSecurityGroupIds"]),
                subnet=given["subnetId"],
                public=given.get("associatePublicIpAddress") is not False,
            )

    def _template(self, group: Any) -> Any:
        given = group.inputs
        if "mixedInstancesPolicy" in given:
            spec = given["mixedInstancesPolicy"]["launchTemplate"]["launchTemplateSpecification"]
            wanted = spec["launchTemplateId"]
        else:
            wanted = given["launchTemplate"]["id"]
        (template,) = [t for t in self.of("aws:ec2/launchTemplate:LaunchTemplate") if t.id == wanted]
        return template

    def _agents(self) -> Iterator[Host]:
        """One agent of each pool in each of its subnets."""
        for group in self.of("aws:autoscaling/group:Group"):
            given = self._template(group).inputs
            interface = (given.get("networkInterfaces") or [{}])[0]
            groups = given.get("vpcSecurityGroupIds") or interface["securityGroups"]
            for subnet in group.inputs["vpcZoneIdentifiers"]:
                yield Host(
                    name=f"{group.id}@{self.zones[subnet]}",
                    address=self._address(subnet, 40),
                    party=Party.AGENT,
                    groups=frozenset(groups),
                    subnet=subnet,
                    public=str(interface.get("associatePublicIpAddress", "false")).lower() != "false",
                )

    def _balancers(self) -> Iterator[Host]:
        for balancer in self.of("aws:lb/loadBalancer:LoadBalancer"):
            given = balancer.inputs
            internal = bool(given.get("internal"))
            subnet = given["subnets"][0]
            kind = given.get("loadBalancerType", "application")
            yield Host(
                name=balancer.arn,
                address=self._address(subnet, 50 if kind == "network" else 51),
                party=LB_PARTIES[kind, internal],
                groups=frozenset(given.get("securityGroups") or ()),
                subnet=subnet,
                public=not internal,
                more_subnets=tuple(given["subnets"][1:]),
            )

    def _endpoints(self) -> Iterator[Host]:
        for endpoint in self.of("aws:ec2/vpcEndpoint:VpcEndpoint"):
            given = endpoint.inputs
            if given.get("vpcEndpointType") != "Interface":
                continue
            yield Host(
                name=endpoint.name,
                address=self._address(given["subnetIds"][0], 60),
                party=Party.ENDPOINTS,
                groups=frozenset(given["securityGroupIds"]),
                subnet=given["subnetIds"][0],
            )

    def _forwards(self) -> Iterator[Forward]:
        attached: dict[str, list[str]] = {}
        for attachment in self.of("aws:lb/targetGroupAttachment:TargetGroupAttachment"):
            attached.setdefault(attachment.inputs["targetGroupArn"], []).append(attachment.inputs["targetId"])
        groups = {g.name: g for g in self.of("aws:autoscaling/group:Group")} | {
            g.id: g for g in self.of("aws:autoscaling/group:Group")
        }
        for attachment in self.of("aws:autoscaling/attachment:Attachment"):
            group = groups[attachment.inputs["autoscalingGroupName"]]
            members = [f"{group.id}@{self.zones[s]}" for s in group.inputs["vpcZoneIdentifiers"]]
            attached.setdefault(attachment.inputs["lbTargetGroupArn"], []).extend(members)
        target_groups = {t.arn: t for t in self.of("aws:lb/targetGroup:TargetGroup")}
        for listener in self.of("aws:lb/listener:Listener"):
            for action in listener.inputs["defaultActions"]:
                arn = action.get("targetGroupArn")
                if arn is None:
                    continue
                given = target_groups[arn].inputs
                # NLB instance targets keep the client's address unless told not to; an ALB never does.
                keeps = given["protocol"] in {"TCP", "TLS"} and str(given.get("preserveClientIp", "true")) == "true"
                for target in attached.get(arn, []):
                    yield Forward(
                        balancer=listener.inputs["loadBalancerArn"],
                        port=_number(listener.inputs["port"]),
                        target_group=target_groups[arn].name,
                        target=target,
                        target_port=_number(given["port"]),
                        keeps_client_address=keeps,
                    )

"""A model of packet reachability inside a planned AWS network, and a proof against the flow table.

The model reads only what was planned: security group rules, subnets, routes, machines, load balancers, endpoints. It knows that security groups
are stateful (only the opening direction is judged), that a reference matches the members of a group by their private
addresses, that a load balancer which keeps the client's address arrives as that address and not as its own group, that NAT carries connections
out and never in, and that an internet gateway serves only what has a public address.

What it does not model: network ACLs (none are planned) and rules that controllers add inside the running cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

from adapters.flows import OUTSIDE, Flow, Party, Protocol, flows, ranges
from config.model import StackConfig

Direction = Literal["ingress", "egress"]
Focus = tuple[Direction, str]
"""A side of the packet filter: a direction and a security group."""
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


def outside_hosts(stack: StackConfig) -> list[Host]:
    """Addresses at and just beyond both edges of every range that the stack file names, and one far away."""
    far = IPv4Address("198.51.100.77")
    edges = {far}
    for party in sorted(OUTSIDE):
        for network in ranges(party, stack):
            if network.prefixlen == 0:
                continue
            first, last = network[0], network[-1]
            edges |= {first, last, first - 1, last + 1, network[network.num_addresses // 2]}
    edges = {address for address in edges if address not in stack.network.cidr}
    return [Host(name=str(address), address=address) for address in sorted(edges)]


def interesting_ports(table: Sequence[Flow]) -> list[tuple[Protocol, int]]:
    """Each port of the table, its neighbours, and some that nobody may use; for both protocols."""
    ports = {22, 179, 3389, 8080, 65535, 0}
    for flow in table:
        ports |= {flow.first - 1, flow.first, flow.last, flow.last + 1}
    return [(protocol, port) for port in sorted(ports) if 0 <= port <= 65535 for protocol in ("tcp", "udp")]


class Proof:
    """Compares a plan with the flow table of its stack; `violations` is empty when they say the same."""

    def __init__(self, plan: Plan, stack: StackConfig) -> None:
        self.plan = plan
        self.stack = stack
        self.table = flows(stack)
        self.ports = interesting_ports(self.table)
        self.outside = outside_hosts(stack)
        # Hosts that agree in party, groups and subnet cannot be told apart by a packet filter.
        self.everyone = [*{(h.party, h.groups, h.subnet): h for h in plan.hosts}.values(), *self.outside]
        self.filtered = list({(h.party, h.groups): h for h in plan.hosts}.values())
        self.rules: dict[tuple[Direction, str], list[Rule]] = {}
        for rule in plan.rules:
            self.rules.setdefault((rule.direction, rule.group), []).append(rule)

    # What was planned
    def _matches(self, side: Direction, own: Host, peer: Host, protocol: str, port: int) -> tuple[bool, bool]:
        """Whether a reference, and whether a range, lets a connection between them through on `own`'s side."""
        reference = by_range = False
        for group in own.groups:
            for rule in self.rules.get((side, group), ()):
                if rule.covers(protocol, port):
                    reference = reference or (rule.peer is not None and rule.peer in peer.groups)
                    by_range = by_range or (rule.cidr is not None and peer.address in rule.cidr)
        return reference, by_range

    def routed(self, source: Host, target: Host) -> bool:
        """Whether packets find their way, rules aside."""
        if source.inside and (target.inside or target.address in self.plan.cidr):
            return True
        if source.inside:
            return self._leaves(source, target)
        if target.inside:
            arrives = [r for r in self.plan.routes if r.subnet == target.subnet and r.via == "internet"]
            return target.public and bool(arrives)
        return False

    def _leaves(self, source: Host, target: Host) -> bool:
        ways = [r for r in self.plan.routes if r.subnet == source.subnet and target.address in r.destination]
        if not ways:
            return False
        way = max(ways, key=lambda r: r.destination.prefixlen)
        if way.via == "internet":
            return source.public
        internet = {r.subnet for r in self.plan.routes if r.via == "internet"}
        return bool(self.plan.nat_subnets) and self.plan.nat_subnets <= internet

    # What the table says
    def _wanted(self, side: Direction, own: Host, peer: Host, protocol: str, port: int) -> tuple[bool, bool]:
        reference = by_range = False
        for flow in self.table:
            mine, theirs = (flow.target, flow.source) if side == "ingress" else (flow.source, flow.target)
            if mine != own.party or flow.protocol != protocol or not flow.first <= port <= flow.last:
                continue
            if theirs in OUTSIDE:
                by_range = by_range or any(peer.address in network for network in ranges(theirs, self.stack))
            else:
                reference = reference or theirs == peer.party
        return reference, by_range

    def violations(self, focus: Focus | None = None) -> Iterator[str]:
        """Every disagreement, as a sentence, found lazily: one is enough for a mutation test.

        `focus` leaves out the sides of the packet filter that a mutation did not touch.
        """
        yield from self._filter_violations(focus)
        yield from self._route_violations()
        yield from self._forward_violations()
        yield from self._exposure_violations()

    def _filter_violations(self, focus: Focus | None) -> Iterator[str]:
        sides: tuple[Direction, ...] = (focus[0],) if focus else ("ingress", "egress")
        for own in self.filtered:
            if focus and focus[1] not in own.groups:
                continue
            for peer in self.everyone:
                for protocol, port in self.ports:
                    for side in sides:
                        planned = self._matches(side, own, peer, protocol, port)
                        wanted = self._wanted(side, own, peer, protocol, port)
                        if planned != wanted:
                            arrow = f"{peer.name} → {own.name}" if side == "ingress" else f"{own.name} → {peer.name}"
                            yield f"{side} {arrow} {protocol}/{port}: planned {planned}, the flow table says {wanted}"

    def _route_violations(self) -> Iterator[str]:
        far = self.outside[-1]
        for host in self.everyone:
            if host.party in {Party.SERVER, Party.AGENT}:
                internet = Host(name="internet", address=IPv4Address("198.51.100.77"))
                if not self.routed(host, internet):
                    yield f"{host.name} has no way out"
                if self.routed(internet, host):
                    yield f"{host.name} can be reached from the internet"
            if host.party in {Party.API_PUBLIC_LB, Party.PUBLIC_FRONT} and not self.routed(far, host):
                yield f"{host.name} cannot be reached from the internet"
            if host.party in {Party.API_LB, Party.INTERNAL_FRONT, Party.ENDPOINTS} and self.routed(far, host):
                yield f"{host.name} is internal and can be reached from the internet"

    def _forward_violations(self) -> Iterator[str]:
        for forward in self.plan.forwards:
            balancer, target = self.plan.host(forward.balancer), self.plan.host(forward.target)
            where = f"{balancer.name}:{forward.port} → {target.name}:{forward.target_port}"
            if forward.keeps_client_address:
                yield f"{where} keeps the client's address: a target that is routed to itself times out"
            elif not self._through(balancer, target, forward.target_port):
                yield f"{where} is not let through"
        wanted = {
            (f.source, f.first) for f in self.table if f.target == Party.SERVER and f.source in set(LB_PARTIES.values())
        }
        served = {(self.plan.host(f.balancer).party, f.target_port) for f in self.plan.forwards}
        for party, port in sorted(wanted - served, key=str):
            yield f"{party} forwards nothing to port {port} of the servers"

    def _through(self, source: Host, target: Host, port: int) -> bool:
        out = any(self._matches("egress", source, target, "tcp", port))
        return out and any(self._matches("ingress", target, source, "tcp", port))

    def _exposure_violations(self) -> Iterator[str]:
        for host in self.plan.hosts:
            if host.party in {Party.SERVER, Party.AGENT} and host.public:
                yield f"{host.name} has a public address"
        for forward in self.plan.forwards:
            balancer, target = self.plan.host(forward.balancer), self.plan.host(forward.target)
            if target.party == Party.AGENT and balancer.public and not self._has_waf(balancer):
                yield f"{balancer.name} leads the internet to {target.name} past the web application firewall"

    def _has_waf(self, balancer: Host) -> bool:
        waf = self.stack.ingress.public.waf
        wanted = waf is None or waf.enabled
        return not wanted or balancer.name in self.plan.protected_by_waf


def mutations(plan: Plan) -> Iterator[tuple[str, Plan, Focus]]:
    """The plan with one rule removed or widened, one at a time, and the side of the filter that it touches."""
    for index, rule in enumerate(plan.rules):
        focus = (rule.direction, rule.group)
        rest = plan.rules[:index] + plan.rules[index + 1 :]
        yield f"{rule.direction} {rule.name} removed", replace(plan, rules=rest), focus
        for what, changed in _widened(rule):
            yield f"{rule.direction} {rule.name} {what}", replace(plan, rules=(*rest, changed)), focus


def other_mutations(plan: Plan) -> Iterator[tuple[str, Plan]]:
    """The plan with one route, load balancer, address or WAF made wrong, one at a time."""
    for index, route in enumerate(plan.routes):
        yield f"route {route.name} removed", replace(plan, routes=plan.routes[:index] + plan.routes[index + 1 :])
    for index, forward in enumerate(plan.forwards):
        rest = plan.forwards[:index] + plan.forwards[index + 1 :]
        kept = replace(forward, keeps_client_address=True)
        yield f"{forward.target_group} keeps the client's address", replace(plan, forwards=(*rest, kept))
    for host in plan.hosts:
        if host.party in {Party.SERVER, Party.AGENT}:
            others = tuple(h for h in plan.hosts if h is not host)
            yield f"{host.name} gets a public address", replace(plan, hosts=(*others, replace(host, public=True)))
    for arn in plan.protected_by_waf:
        yield f"{arn} without WAF", replace(plan, protected_by_waf=plan.protected_by_waf - {arn})


def _widened(rule: Rule) -> Iterator[tuple[str, Rule]]:
    yield "with one port more above", replace(rule, last=rule.last + 1)
    yield "with one port more below", replace(rule, first=rule.first - 1)
    yield "for every protocol", replace(rule, protocol="-1")
    if rule.peer is not None:
        yield "for the whole world", replace(rule, peer=None, cidr=IPv4Network("0.0.0.0/0"))
    if rule.cidr is not None and rule.cidr.prefixlen:
        yield "for twice the range", replace(rule, cidr=rule.cidr.supernet())


def summary(plan: Plan, stack: StackConfig) -> Mapping[str, int]:
    """Figures for the reader of a test's output."""
    proof = Proof(plan, stack)
    judgements = 2 * len(proof.filtered) * len(proof.everyone) * len(proof.ports)
    return {"hosts": len(plan.hosts), "rules": len(plan.rules), "judgements": judgements}

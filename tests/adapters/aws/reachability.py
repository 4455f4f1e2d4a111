"""A proof that a planned network lets through what the flow table says and nothing else, and mutations that must break it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from adapters.flows import OUTSIDE, Flow, Party, Protocol, flows, ranges
from config.model import StackConfig
from tests.adapters.aws.planned_network import LB_PARTIES, Direction, Host, Plan, Rule

Focus = tuple[Direction, str]
"""A side of the packet filter: a direction and a security group."""


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
            internet = {r.subnet for r in self.plan.routes if r.via == "internet"}
            return target.public and {target.subnet, *target.more_subnets} <= internet
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
        yield from self.other_violations()

    def other_violations(self) -> Iterator[str]:
        """Those that are not about the packet filter's own sides: routes, load balancers, addresses, the WAF."""
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
                way_out = self.stack.network.nat != "none"
                if self.routed(host, internet) != way_out:
                    yield f"{host.name} has {'no' if way_out else 'a'} way out"
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
        siblings = [r for r in rest if (r.direction, r.group) == focus]
        for what, changed in _widened(rule, siblings):
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


def _widened(rule: Rule, siblings: Sequence[Rule]) -> Iterator[tuple[str, Rule]]:
    """The rule, wider. Where a sibling opens the next port already, the one after it: a mutant that changes nothing proves nothing."""

    def opened(port: int) -> bool:
        return any(s.covers(rule.protocol, port) and (s.peer, s.cidr) == (rule.peer, rule.cidr) for s in siblings)

    above, below = rule.last + 1, rule.first - 1
    while opened(above):
        above += 1
    while opened(below):
        below -= 1
    yield "with one port more above", replace(rule, last=above)
    yield "with one port more below", replace(rule, first=below)
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

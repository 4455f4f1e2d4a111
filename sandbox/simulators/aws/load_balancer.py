"""Load balancers, target groups, listeners and rules; certificates are in dns.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider import UNKNOWN, CheckFailure, PropertyMap, ProviderError
from sandbox.simulators import seeds
from sandbox.simulators.aws.shared import (
    CERTIFICATE,
    INSTANCE,
    LISTENER,
    LOAD_BALANCER,
    SUBNET,
    TARGET_GROUP,
    VPC_NEED,
    always,
    arn,
    groups_need,
    own_id,
    region,
    subnets_need,
    tags_all,
)
from sandbox.simulators.definition import Making, NameRule, Need, ResourceType, Unique, exactly_one, one_of, within
from sandbox.simulators.difference import strings_at

_FAMILY: Final = {"network": "net", "application": "app", "gateway": "gwy"}
_NAME: Final = r"(?!internal-)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
_WORDS: Final = (
    'it has letters, digits and hyphens, begins and ends with neither hyphen, and does not begin with "internal-"'
)
_PRIORITY: Final = 50_000
_LISTENER_NEED: Final = Need(
    "listenerArn", LISTENER, "ListenerNotFound: One or more listeners not found: {id}", holds=False
)
_TARGET_ERROR: Final = "TargetGroupNotFound: One or more target groups not found: {id}"
_CERTIFICATE_ERROR: Final = "CertificateNotFound: Certificate ARN '{id}' is not valid"


def _balancer_arn(m: Making) -> str:
    family = _FAMILY[m.get("loadBalancerType", "application")]
    return arn(m, "elasticloadbalancing", f"loadbalancer/{family}/{m['name']}/{m.hex(16, 'lb')}")


def _dns_name(m: Making) -> str:
    if m.get("loadBalancerType", "application") == "network":
        return f"{m['name']}-{m.hex(16, 'dns')}.elb.{m.region}.amazonaws.com"
    prefix = "internal-" if m.get("internal") else ""
    return f"{prefix}{m['name']}-{seeds.number(10**10, m.id):010d}.{m.region}.elb.amazonaws.com".lower()


def _hosted_zone(m: Making) -> str:
    """The zone id that alias records of a load balancer name: one per region and family."""
    return "Z" + seeds.alphanumeric(13, m.region, m.get("loadBalancerType", "application"))


def _subnets(properties: Mapping[str, Any]) -> list[Any]:
    mapped = [
        mapping.get("subnetId") for mapping in properties.get("subnetMappings") or [] if isinstance(mapping, dict)
    ]
    listed = properties.get("subnets")
    return [*(listed if isinstance(listed, list) else []), *mapped]


def _suffix(m: Making) -> str:
    return m.id.split(":loadbalancer/")[-1]


def _vpc(m: Making) -> str:
    return next((v for s in _subnets(m.inputs) if isinstance(v := m.thing(SUBNET, s).get("vpcId"), str)), "")


def _network_replaced(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[str]:
    """A network load balancer never gets its first security group later, nor loses its last, nor a subnet."""
    if new.get("loadBalancerType") != "network":
        return
    before, after = old.get("securityGroups") or [], new.get("securityGroups") or []
    if before is not UNKNOWN and after is not UNKNOWN and bool(before) != bool(after):
        yield "securityGroups"
    if any(subnet not in _subnets(new) and UNKNOWN not in _subnets(new) for subnet in _subnets(old)):
        yield "subnetMappings" if new.get("subnetMappings") else "subnets"


def _two_zones(m: Making) -> None:
    found = [m.thing(SUBNET, subnet).get("availabilityZone") for subnet in _subnets(m.inputs)]
    zones = [zone or f"unknown {n}" for n, zone in enumerate(found)]  # of a subnet that was there before
    if len(set(zones)) != len(zones):
        raise ProviderError(
            "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        )
    if m.get("loadBalancerType", "application") == "application" and len(zones) < 2:  # noqa: PLR2004
        raise ProviderError(
            "ValidationError: At least two subnets in two different Availability Zones must be specified"
        )


def _placement(inputs: PropertyMap) -> Iterable[CheckFailure]:
    if not inputs.get("subnets") and not inputs.get("subnetMappings"):
        yield CheckFailure("subnets", "one of `subnet_mapping,subnets` must be specified")


def _target_input(inputs: PropertyMap) -> Iterable[CheckFailure]:
    if inputs.get("targetType") == "lambda":
        return
    yield from (
        CheckFailure(key, f"{key} is required when targetType is not lambda")
        for key in ("port", "protocol", "vpcId")
        if inputs.get(key) is None
    )
    matcher, protocol = (
        (inputs.get("healthCheck") or {}).get("matcher") if isinstance(inputs.get("healthCheck"), dict) else None,
        inputs.get("protocol"),
    )
    check = inputs.get("healthCheck")
    if (
        matcher
        and protocol in {"TCP", "UDP", "TLS", "TCP_UDP"}
        and isinstance(check, dict)
        and check.get("protocol") not in {"HTTP", "HTTPS"}
    ):
        yield CheckFailure(
            "healthCheck.matcher",
            'Health check matcher is not supported for target groups with TCP health checks: set protocol "HTTP" or "HTTPS"',
        )


def _listener_input(inputs: PropertyMap) -> Iterable[CheckFailure]:
    protocol = inputs.get("protocol")
    if protocol in {"HTTPS", "TLS"} and inputs.get("certificateArn") is None:
        yield CheckFailure("certificateArn", f"a certificate must be specified for {protocol} listeners")
    if protocol in {"HTTP", "TCP", "UDP", "TCP_UDP"} and inputs.get("certificateArn") is not None:
        yield CheckFailure("certificateArn", f"a certificate cannot be specified for {protocol} listeners")


def _family_of_listener(m: Making) -> None:
    kind = m.thing(LOAD_BALANCER, m["loadBalancerArn"]).get("loadBalancerType", "application")
    network, protocol = {"TCP", "UDP", "TLS", "TCP_UDP", "QUIC", "TCP_QUIC"}, m.get("protocol")
    if protocol and (kind == "network") != (protocol in network):
        raise ProviderError(
            f"ValidationError: Listener protocol '{protocol}' is not supported with a load balancer of type '{kind}'"
        )


def _target_free(m: Making) -> None:
    """A target group is used by one load balancer only."""
    for target in strings_at(m.get("defaultActions", []), "targetGroupArn"):
        for owner in m.world.mentioning(TARGET_GROUP, target, LISTENER):
            if owner.id != m.id and owner.properties.get("loadBalancerArn") != m["loadBalancerArn"]:
                raise ProviderError(
                    "TargetGroupAssociationLimit: The following target groups cannot be associated with more than one "
                    f"load balancer: {target}"
                )


def _rule_arn(m: Making) -> str:
    return str(m["listenerArn"]).replace(":listener/", ":listener-rule/") + "/" + m.hex(16, "rule")


def _target_type(m: Making) -> None:
    kind, target = m.thing(TARGET_GROUP, m["targetGroupArn"]).get("targetType", "instance"), m["targetId"]
    if kind == "instance" and not m.world.exists(INSTANCE, target):
        raise ProviderError(f"InvalidTarget: The following targets are not valid instances: '{target}'")


_TARGET_PROTOCOLS: Final = ("GENEVE", "HTTP", "HTTPS", "TCP", "TCP_UDP", "TLS", "UDP", "QUIC", "TCP_QUIC")

_BALANCER = ResourceType(
    id=_balancer_arn,
    outputs={
        "arn": own_id,
        "arnSuffix": _suffix,
        "dnsName": _dns_name,
        "zoneId": _hosted_zone,
        "vpcId": _vpc,
        "ipAddressType": always("ipv4"),
        "internal": always(False),
        "namePrefix": always(""),
        "securityGroups": always([]),
        "subnets": lambda m: _subnets(m.inputs),
        "subnetMappings": lambda m: [{"subnetId": subnet} for subnet in _subnets(m.inputs)],
        "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic": lambda m: "on" if m.get("securityGroups") else "",
        "region": region,
        "tagsAll": tags_all,
    },
    defaults={
        "enableDeletionProtection": False,
        "enableHttp2": True,
        "idleTimeout": 60,
        "loadBalancerType": "application",
    },
    replaces=("internal", "loadBalancerType", "customerOwnedIpv4Pool"),
    replaces_if=_network_replaced,
    name=NameRule(most=32, pattern=_NAME, words=_WORDS),
    checks=(
        _placement,
        one_of("loadBalancerType", *_FAMILY),
        one_of("ipAddressType", "ipv4", "dualstack", "dualstack-without-public-ipv4"),
    ),
    needs=(subnets_need("subnets"), subnets_need("subnetMappings.subnetId"), groups_need("securityGroups")),
    unique=(
        Unique(
            lambda m: (m.account, m.region, m["name"]),
            "DuplicateLoadBalancerName: A load balancer with the same name '{name}' exists, but with different settings",
        ),
    ),
    admits=(_two_zones,),
)

_TARGETS = ResourceType(
    id=lambda m: arn(m, "elasticloadbalancing", f"targetgroup/{m['name']}/{m.hex(16, 'tg')}"),
    outputs={
        "arn": own_id,
        "arnSuffix": lambda m: m.id.rsplit(":", 1)[-1],
        "loadBalancerArns": always([]),
        "ipAddressType": always("ipv4"),
        "namePrefix": always(""),
        "healthCheck": lambda m: {
            "enabled": True,
            "protocol": m.get("protocol", "HTTP"),
            "port": "traffic-port",
            "interval": 30,
        },
        "stickiness": always({"enabled": False, "type": "source_ip"}),
        "targetFailovers": always([]),
        "targetGroupHealth": always({}),
        "targetHealthStates": always([]),
        "preserveClientIp": lambda m: (
            "true" if m.get("targetType", "instance") == "instance" and m.get("protocol") in {"TCP", "TLS"} else "false"
        ),
        "protocolVersion": always(""),
        "loadBalancingAlgorithmType": always("round_robin"),
        "loadBalancingAnomalyMitigation": always("off"),
        "loadBalancingCrossZoneEnabled": always("use_load_balancer_configuration"),
        "region": region,
        "tagsAll": tags_all,
    },
    defaults={"deregistrationDelay": 300, "proxyProtocolV2": False, "slowStart": 0, "targetType": "instance"},
    replaces=("port", "protocol", "protocolVersion", "targetType", "vpcId", "ipAddressType", "targetControlPort"),
    name=NameRule(most=32, pattern=_NAME, words=_WORDS),
    checks=(
        _target_input,
        one_of("protocol", *_TARGET_PROTOCOLS),
        one_of("targetType", "instance", "ip", "lambda", "alb"),
        one_of("preserveClientIp", "true", "false"),
        within("port", 1, 65_535),
        within("healthCheck.interval", 5, 300),
        within("healthCheck.timeout", 2, 120),
        within("healthCheck.healthyThreshold", 2, 10),
        within("healthCheck.unhealthyThreshold", 2, 10),
    ),
    needs=(Need("vpcId", VPC_NEED.type, VPC_NEED.error, holds=False),),
    unique=(
        Unique(
            lambda m: (m.account, m.region, m["name"]),
            "DuplicateTargetGroupName: A target group with the same name '{name}' exists, but with different settings",
        ),
    ),
    in_use="ResourceInUse: Target group '{id}' is currently in use by a listener or a rule: {users}",
)

_LISTENERS = ResourceType(
    id=lambda m: str(m["loadBalancerArn"]).replace(":loadbalancer/", ":listener/") + "/" + m.hex(16, "listener"),
    outputs={
        "arn": own_id,
        "protocol": always("HTTP"),
        "sslPolicy": lambda m: "ELBSecurityPolicy-TLS13-1-2-2021-06" if m.get("protocol") in {"HTTPS", "TLS"} else "",
        "mutualAuthentication": always({"mode": "off"}),
        "region": region,
        "tagsAll": tags_all,
    },
    replaces=("loadBalancerArn",),
    checks=(_listener_input, one_of("protocol", *_TARGET_PROTOCOLS), within("port", 1, 65_535)),
    needs=(
        Need("loadBalancerArn", LOAD_BALANCER, "LoadBalancerNotFound: Load balancer '{id}' not found", holds=False),
        Need("defaultActions.targetGroupArn", TARGET_GROUP, _TARGET_ERROR),
        Need("certificateArn", CERTIFICATE, _CERTIFICATE_ERROR),
    ),
    unique=(
        Unique(
            lambda m: (m["loadBalancerArn"], m.get("port")),
            "DuplicateListener: A listener already exists on this port for this load balancer: {id}",
        ),
    ),
    admits=(_family_of_listener, _target_free),
    delete_first=True,
)

_RULES = ResourceType(
    id=_rule_arn,
    outputs={
        "arn": own_id,
        "priority": lambda m: m.kept("priority", lambda: seeds.number(_PRIORITY, m.id) + 1),
        "region": region,
        "tagsAll": tags_all,
    },
    replaces=("listenerArn",),
    checks=(within("priority", 1, _PRIORITY),),
    needs=(_LISTENER_NEED, Need("actions.targetGroupArn", TARGET_GROUP, _TARGET_ERROR)),
    unique=(
        Unique(lambda m: (m["listenerArn"], m["priority"]), "PriorityInUse: Priority is currently in use by {id}"),
    ),
)

_ATTACHMENTS = ResourceType(
    id=lambda m: f"{m['targetGroupArn']}-{seeds.hexadecimal(26, m['targetId'], m.get('port'))}",
    outputs={"region": region},
    replaces=("*",),
    needs=(Need("targetGroupArn", TARGET_GROUP, _TARGET_ERROR, holds=False),),
    admits=(_target_type,),
)

TYPES: Final[dict[str, ResourceType]] = {
    LOAD_BALANCER: _BALANCER,
    TARGET_GROUP: _TARGETS,
    LISTENER: _LISTENERS,
    "aws:lb/listenerRule:ListenerRule": _RULES,
    "aws:lb/listenerCertificate:ListenerCertificate": ResourceType(
        id=lambda m: f"{m['listenerArn']}_{m['certificateArn']}",
        outputs={"region": region},
        replaces=("listenerArn", "certificateArn"),
        checks=(exactly_one("certificateArn"),),
        needs=(_LISTENER_NEED, Need("certificateArn", CERTIFICATE, _CERTIFICATE_ERROR)),
    ),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": _ATTACHMENTS,
}

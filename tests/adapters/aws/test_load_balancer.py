"""The API's addresses and the ingress fronts."""

from __future__ import annotations

from typing import Any

import pytest

from adapters import specs
from adapters.records import PoolRecord, ServerRecord
from tests.adapters.aws import parts
from tests.support.recording import Recorded, Recording, record, value_of

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGETS = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
PUBLIC_API = {"api": {"access": "public", "allowList": ["203.0.113.0/24"]}}


def computed(type_: str, name: str, _: Any) -> dict[str, Any]:
    if type_ == BALANCER:
        return {"dnsName": f"{name}.elb.amazonaws.com", "zoneId": "ZALB"}
    if type_ == "aws:acm/certificate:Certificate":
        # What AWS answers for a domain and its wildcard: the same record twice.
        option = {
            "resourceRecordName": "_a.acme.example.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": "_b.acm-validations.aws.",
        }
        return {"domainValidationOptions": [{"domainName": d, **option} for d in ("acme.example", "*.acme.example")]}
    return {}


class Made:
    """A recording of the load balancers of one stack, and the records they gave."""

    def __init__(self, *, fronts: tuple[Any, ...] = (), delegated: bool = False, **sections: Any) -> None:
        self.fronts: dict[str, Any] = {}

        def program() -> None:
            from adapters.aws.load_balancer import LoadBalancer

            balancer = LoadBalancer(parts.adapter(**sections))
            network, firewall = parts.network(), parts.firewall()
            self.api = balancer.api(specs.ApiSpec(network=network, firewall=firewall))
            for name in fronts:
                spec = specs.FrontSpec(
                    name=name, network=network, firewall=firewall, zones=parts.zones(delegated=delegated)
                )
                self.fronts[name] = balancer.front(spec)
            servers = [
                ServerRecord(
                    name=f"server-{n}",
                    zone=zone,
                    id=parts.out(f"i-{n}"),
                    address=parts.out("10.0.0.16"),
                    resource=balancer,
                )
                for n, zone in enumerate(parts.ZONES)
            ]
            balancer.attach_servers(servers)
            balancer.attach_pools(
                [PoolRecord(name=n, id=parts.out(f"asg-{n}"), resource=balancer) for n in ("general", "gpu")]
            )

        self.recording: Recording = record(program, computed)

    def balancer(self, name: str) -> Recorded:
        return self.recording.one(BALANCER, name)

    def targets(self, name: str) -> Recorded:
        return self.recording.one(TARGETS, name)

    def listeners(self, balancer: str) -> dict[int, dict[str, Any]]:
        arn = f"arn:{BALANCER}:{balancer}"
        return {r.inputs["port"]: r.inputs for r in self.recording.of(LISTENER) if r.inputs["loadBalancerArn"] == arn}


def test_a_private_api_has_one_address_inside_the_network_for_both_ports() -> None:
    made = Made()
    assert [b.name for b in made.recording.of(BALANCER)] == ["api"]
    assert made.balancer("api").inputs["internal"] is True
    assert set(made.listeners("api")) == {6443, 9345}
    assert value_of(made.api.registration_address) == value_of(made.api.endpoint) == "api.elb.amazonaws.com"


def test_a_public_api_has_a_second_address_for_its_own_port_alone_and_nodes_still_join_inside() -> None:
    made = Made(cluster=PUBLIC_API)
    assert made.balancer("api-public").inputs["internal"] is False
    assert set(made.listeners("api-public")) == {6443}
    assert value_of(made.api.registration_address) == "api.elb.amazonaws.com"
    assert value_of(made.api.endpoint) == "api-public.elb.amazonaws.com"


def test_a_network_load_balancer_has_a_security_group_from_day_one_because_it_can_never_get_one_later() -> None:
    made = Made(cluster=PUBLIC_API)
    assert made.balancer("api").inputs["securityGroups"] == ["sg-api-lb"]
    assert made.balancer("api-public").inputs["securityGroups"] == ["sg-api-public-lb"]


def test_a_load_balancer_stands_in_all_zones_from_day_one_because_a_removed_subnet_replaces_it() -> None:
    made = Made(cluster=PUBLIC_API, fronts=("public", "internal"))
    for name, tier in (
        ("api", "private"),
        ("api-public", "public"),
        ("front-public", "public"),
        ("front-internal", "private"),
    ):
        assert made.balancer(name).inputs["subnets"] == [f"subnet-{tier}-{zone}" for zone in parts.ZONES]


def test_cross_zone_is_on_because_a_zone_without_a_healthy_server_would_answer_badly() -> None:
    made = Made(cluster=PUBLIC_API)
    assert all(made.balancer(n).inputs["enableCrossZoneLoadBalancing"] is True for n in ("api", "api-public"))


def test_no_hairpin_the_clients_address_is_not_preserved_on_any_target_group_of_servers() -> None:
    made = Made(cluster=PUBLIC_API)
    for name in ("api-6443", "join-9345", "api-public-6443"):
        given = made.targets(name).inputs
        assert (given["preserveClientIp"], given["targetType"]) == ("false", "instance")


def test_the_api_is_probed_by_https_and_401_is_healthy_because_rke2_refuses_anonymous_requests() -> None:
    made = Made(cluster=PUBLIC_API)
    for name in ("api-6443", "api-public-6443"):
        check = made.targets(name).inputs["healthCheck"]
        assert (check["protocol"], check["path"], check["matcher"], check["port"]) == (
            "HTTPS",
            "/readyz",
            "200-401",
            "6443",
        )


def test_registration_is_probed_by_https_because_a_tcp_probe_fills_its_log_with_handshake_errors() -> None:
    check = Made().targets("join-9345").inputs["healthCheck"]
    assert (check["protocol"], check["path"], check["matcher"], check["port"]) == ("HTTPS", "/ping", "200", "9345")


def test_a_probes_timeout_is_shorter_than_its_interval() -> None:
    made = Made(cluster=PUBLIC_API, fronts=("public", "internal"))
    checks = [t.inputs["healthCheck"] for t in made.recording.of(TARGETS)]
    assert len(checks) == 5
    assert all(c["timeout"] < c["interval"] for c in checks)


def test_every_server_is_behind_every_target_group_of_servers() -> None:
    made = Made(cluster=PUBLIC_API)
    attached = {
        r.name: r.inputs["targetId"] for r in made.recording.of("aws:lb/targetGroupAttachment:TargetGroupAttachment")
    }
    assert attached == {
        f"{group}-server-{n}": f"i-{n}" for group in ("api-6443", "join-9345", "api-public-6443") for n in range(3)
    }


@pytest.mark.parametrize(("switch", "expected"), [("on", True), ("off", False)])
def test_protection_keeps_addresses_from_being_deleted(*, switch: str, expected: bool) -> None:
    made = Made(protection=switch, cluster=PUBLIC_API, fronts=("public",))
    found = {b.name: b.inputs["enableDeletionProtection"] for b in made.recording.of(BALANCER)}
    assert found == {"api": expected, "api-public": expected, "front-public": expected}


def test_before_delegation_a_front_has_plain_http_and_no_certificate_waits_for_a_validation_that_cannot_come() -> None:
    made = Made(fronts=("public",))
    (action,) = made.listeners("front-public")[80]["defaultActions"]
    assert set(made.listeners("front-public")) == {80}
    assert action == {"type": "forward", "targetGroupArn": f"arn:{TARGETS}:front-public"}
    assert made.fronts["public"].https is False
    assert not [r for r in made.recording.resources if r.type.startswith("aws:acm")]


def test_after_delegation_https_serves_and_plain_http_only_redirects() -> None:
    made = Made(fronts=("public",), delegated=True)
    listeners = made.listeners("front-public")
    assert set(listeners) == {80, 443}
    (redirect,) = listeners[80]["defaultActions"]
    assert redirect == {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}
    assert listeners[443]["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert made.fronts["public"].https is True


def test_the_listener_waits_for_the_certificate_to_be_issued() -> None:
    made = Made(fronts=("public",), delegated=True)
    validation = made.recording.one("aws:acm/certificateValidation:CertificateValidation", "ingress")
    assert made.listeners("front-public")[443]["certificateArn"] == validation.inputs["certificateArn"]


def test_domain_and_wildcard_are_validated_by_one_record_since_aws_names_the_same_one_twice() -> None:
    made = Made(fronts=("public", "internal"), delegated=True)
    certificate = made.recording.one("aws:acm/certificate:Certificate", "ingress")
    assert certificate.inputs["domainName"] == "acme.example"
    assert certificate.inputs["subjectAlternativeNames"] == ["*.acme.example"]
    (validation,) = made.recording.of("aws:route53/record:Record")
    assert validation.inputs["zoneId"] == "ZPUBLIC"
    assert validation.inputs["name"] == "_a.acme.example."
    assert validation.inputs["allowOverwrite"] is True


@pytest.mark.parametrize(
    ("name", "group", "port", "health"),
    [("public", "sg-public-front", 30080, "30081"), ("internal", "sg-internal-front", 31080, "31081")],
)
def test_a_front_reaches_the_engine_by_its_fixed_node_port(name: str, group: str, port: int, health: str) -> None:
    made = Made(fronts=(name,))
    given = made.targets(f"front-{name}").inputs
    assert (given["port"], given["targetType"]) == (port, "instance")
    assert (given["healthCheck"]["port"], given["healthCheck"]["path"]) == (health, "/ping")
    assert made.balancer(f"front-{name}").inputs["securityGroups"] == [group]
    assert made.balancer(f"front-{name}").inputs["internal"] is (name == "internal")


def test_the_health_path_is_the_engines() -> None:
    made = Made(fronts=("public",), ingress={"engine": "ingress-nginx"})
    assert made.targets("front-public").inputs["healthCheck"]["path"] == "/healthz"


def test_a_front_drops_what_is_no_header_and_refuses_what_the_firewall_could_not_judge() -> None:
    given = Made(fronts=("public",)).balancer("front-public").inputs
    assert given["dropInvalidHeaderFields"] is True
    assert given["enableWafFailOpen"] is False
    assert given["preserveHostHeader"] is True


def test_every_pool_is_behind_every_front() -> None:
    made = Made(fronts=("public", "internal"))
    attached = {
        r.name: (r.inputs["autoscalingGroupName"], r.inputs["lbTargetGroupArn"])
        for r in made.recording.of("aws:autoscaling/attachment:Attachment")
    }
    assert attached == {
        f"front-{front}-{pool}": (f"asg-{pool}", f"arn:{TARGETS}:front-{front}")
        for front in ("public", "internal")
        for pool in ("general", "gpu")
    }


def test_a_front_gives_what_an_alias_record_needs() -> None:
    front = Made(fronts=("public",)).fronts["public"]
    assert value_of(front.id) == f"arn:{BALANCER}:front-public"
    assert value_of(front.address) == "front-public.elb.amazonaws.com"
    assert value_of(front.zone_alias) == "ZALB"


def test_names_of_load_balancers_and_target_groups_leave_room_for_the_eight_characters_of_auto_naming() -> None:
    made = Made(cluster=PUBLIC_API, fronts=("public", "internal"), delegated=True)
    names = [r.name for type_ in (BALANCER, TARGETS) for r in made.recording.of(type_)]
    assert len(names) == 9
    for name in names:
        assert len(name) <= 24
        assert not name.startswith("internal-")

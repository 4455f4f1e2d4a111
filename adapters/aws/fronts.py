"""Application Load Balancers in front of the ingress engine, with a certificate once the public zone is delegated.

Until then there is no HTTPS: Certificate Manager would wait for a validation that cannot come. With it, plain HTTP only redirects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_aws import acm, lb, route53

from adapters import specs
from adapters.flows import Party
from adapters.options import child
from adapters.records import FrontRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.records import ZoneRecord

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.3 and 1.2 with forward secrecy; nothing older."""
IDLE_SECONDS = 300
"""A model that thinks before it answers sends nothing for a while; the default of 60 s would cut the answer."""
DEREGISTRATION_SECONDS = 30
_NODE_PORTS = {
    "public": (specs.HTTP_NODE_PORT, specs.HEALTH_NODE_PORT),
    "internal": (specs.INTERNAL_HTTP_NODE_PORT, specs.INTERNAL_HEALTH_NODE_PORT),
}
_HEALTH_PATHS = {"traefik": "/ping", "ingress-nginx": "/healthz"}


@dataclass(frozen=True)
class Front:
    """A front, and where the pools are attached."""

    record: FrontRecord
    target_group: lb.TargetGroup


class Fronts:
    """Makes the fronts of one stack; they share one certificate for the domain and the names one level below it."""

    def __init__(self, adapter: AwsAdapter, parent: pulumi.Resource) -> None:
        self._adapter = adapter
        self._parent = parent
        self._certificate: pulumi.Output[str] | None = None

    def make(self, spec: specs.FrontSpec) -> Front:
        name = f"front-{spec.name}"
        public = spec.zones.public
        https = public is not None and public.delegated
        balancer = self._balancer(name, spec)
        target_group = self._target_group(name, spec)
        forward: dict[str, Any] = {"type": "forward", "target_group_arn": target_group.arn}
        if https and public is not None:
            redirect = {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}
            self._listener(
                f"{name}-80", balancer, port=80, protocol="HTTP", action={"type": "redirect", "redirect": redirect}
            )
            certificate = self._certificate_for(public)
            self._listener(
                f"{name}-443",
                balancer,
                port=443,
                protocol="HTTPS",
                action=forward,
                certificate_arn=certificate,
                ssl_policy=TLS_POLICY,
            )
        else:
            self._listener(f"{name}-80", balancer, port=80, protocol="HTTP", action=forward)
        record = FrontRecord(
            name=spec.name, id=balancer.arn, address=balancer.dns_name, zone_alias=balancer.zone_id, https=https
        )
        return Front(record, target_group)

    def _options(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return child(self._parent, self._adapter.provider, depends_on=depends_on)

    def _balancer(self, name: str, spec: specs.FrontSpec) -> lb.LoadBalancer:
        public = spec.name == "public"
        party = Party.PUBLIC_FRONT if public else Party.INTERNAL_FRONT
        subnets = spec.network.public if public else spec.network.private
        return lb.LoadBalancer(
            name,
            load_balancer_type="application",
            internal=not public,
            subnets=[subnet.id for subnet in subnets],
            security_groups=[spec.firewall.groups[party]],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            # Closed rather than open: a request that the firewall could not judge is refused.
            enable_waf_fail_open=False,
            # The engine routes by the name that the client asked for.
            preserve_host_header=True,
            xff_header_processing_mode="append",
            idle_timeout=IDLE_SECONDS,
            enable_deletion_protection=self._adapter.stack.protection,
            tags=self._adapter.tags("load-balancer", name),
            opts=self._options(*spec.network.egress),
        )

    def _target_group(self, name: str, spec: specs.FrontSpec) -> lb.TargetGroup:
        port, health_port = _NODE_PORTS[spec.name]
        return lb.TargetGroup(
            name,
            port=port,
            protocol="HTTP",
            vpc_id=spec.network.id,
            target_type="instance",
            deregistration_delay=DEREGISTRATION_SECONDS,
            health_check={
                "protocol": "HTTP",
                "port": str(health_port),
                "path": _HEALTH_PATHS[self._adapter.stack.ingress.engine],
                "matcher": "200",
                "interval": 10,
                "timeout": 5,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
            tags=self._adapter.tags("load-balancer", name),
            opts=self._options(),
        )

    def _listener(
        self, name: str, balancer: lb.LoadBalancer, *, port: int, protocol: str, action: dict[str, Any], **more: Any
    ) -> None:
        lb.Listener(
            name,
            load_balancer_arn=balancer.arn,
            port=port,
            protocol=protocol,
            default_actions=[action],
            tags=self._adapter.tags("load-balancer", name),
            opts=self._options(),
            **more,
        )

    def _certificate_for(self, zone: ZoneRecord) -> pulumi.Output[str]:
        """ARN of the certificate, once it is issued."""
        if self._certificate is None:
            self._certificate = self._issue(zone)
        return self._certificate

    def _issue(self, zone: ZoneRecord) -> pulumi.Output[str]:
        """Domain and wildcard are validated by one and the same record, so that there is exactly one to make."""
        certificate = acm.Certificate(
            "ingress",
            domain_name=zone.name,
            subject_alternative_names=[f"*.{zone.name}"],
            validation_method="DNS",
            tags=self._adapter.tags("load-balancer", "ingress"),
            opts=self._options(),
        )
        wanted = certificate.domain_validation_options[0]
        validation = route53.Record(
            "ingress-validation",
            zone_id=zone.id,
            name=wanted["resource_record_name"],
            type=wanted["resource_record_type"],
            records=[wanted["resource_record_value"]],
            ttl=300,
            # The next certificate for the same domain wants the same record: it must not collide with this one's.
            allow_overwrite=True,
            opts=self._options(),
        )
        issued = acm.CertificateValidation(
            "ingress", certificate_arn=certificate.arn, validation_record_fqdns=[validation.fqdn], opts=self._options()
        )
        return issued.certificate_arn

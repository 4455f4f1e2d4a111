"""Rules of DNS, ingress fronts, WAF and the registry."""

from __future__ import annotations

from collections.abc import Iterator

from config import effective
from config.model import StackConfig
from config.problems import Problem
from config.rules.rule import rule


@rule("dns.public", "dns.private")
def adopting_a_zone_and_naming_one_go_together(stack: StackConfig) -> Iterator[Problem]:
    for name, zone in (("public", stack.dns.public), ("private", stack.dns.private)):
        path = ("dns", name)
        if zone.mode == "adopt" and zone.zone_id is None:
            yield Problem((*path, "mode"), "adopt without saying which zone", f"add zoneId below dns.{name}")
        if zone.mode != "adopt" and zone.zone_id is not None:
            fault = f"names an existing zone, but mode is {zone.mode}"
            yield Problem((*path, "zoneId"), fault, f"write mode: adopt below dns.{name}, or remove zoneId")


@rule("dns.public")
def only_a_public_zone_can_be_delegated_or_signed(stack: StackConfig) -> Iterator[Problem]:
    public = stack.dns.public
    if public.mode == "none":
        if public.delegated:
            yield Problem(("dns", "public", "delegated"), "there is no public zone to delegate", "remove it")
        if public.dnssec:
            yield Problem(("dns", "public", "dnssec"), "there is no public zone to sign", "remove it")
    elif public.dnssec and not effective.delegated(stack):
        yield Problem(
            ("dns", "public", "dnssec"),
            "the zone is not delegated yet: signed before, its names would resolve nowhere",
            "delegate the zone first, write delegated: true, and sign in a later run",
        )


@rule("dns.public", "dns.acmeEmail")
def a_delegated_zone_has_somebody_to_write_to(stack: StackConfig) -> Iterator[Problem]:
    if effective.delegated(stack) and stack.dns.acme_email is None:
        why = "an adopted zone counts as delegated" if stack.dns.public.delegated is None else "the zone is delegated"
        yield Problem(
            ("dns", "acmeEmail"),
            f"is missing: {why}, so certificates are ordered",
            "add acmeEmail below dns; the certificate authority writes there before one expires",
        )


@rule("ingress.public.enabled", "ingress.public.front", "ingress.public.waf")
def a_waf_stands_before_an_l7_front(stack: StackConfig) -> Iterator[Problem]:
    public = stack.ingress.public
    if public.waf is None or not public.waf.enabled:
        return
    path = ("ingress", "public", "waf")
    if not public.enabled:
        yield Problem(path, "there is no public front for it to protect", "remove it, or enable ingress.public")
    elif public.front == "l4":
        yield Problem(
            path,
            "an l4 front cannot have a WAF: TLS ends behind it, in the ingress engine",
            "write front: l7 below ingress.public, or remove waf",
        )


@rule("ingress.public.enabled", "ingress.public.front", "ingress.internal", "dns.public.mode")
def an_l7_front_gets_its_certificate_through_the_public_zone(stack: StackConfig) -> Iterator[Problem]:
    if stack.dns.public.mode != "none":
        return
    for name, front in (("public", stack.ingress.public), ("internal", stack.ingress.internal)):
        if front.enabled and front.front == "l7":
            yield Problem(
                ("ingress", name, "front"),
                "an l7 front proves its certificate by a record in the public zone, and there is none",
                f"write front: l4 below ingress.{name}, or dns.public.mode: create",
            )


@rule("ingress.public.enabled", "ingress.public.allowList")
def an_allow_list_has_a_front(stack: StackConfig) -> Iterator[Problem]:
    public = stack.ingress.public
    if public.allow_list and not public.enabled:
        yield Problem(
            ("ingress", "public", "allowList"),
            "there is no public front to connect to",
            "remove it, or enable ingress.public",
        )


@rule("registry")
def credentials_come_in_pairs_and_with_a_mirror(stack: StackConfig) -> Iterator[Problem]:
    registry = stack.registry
    if registry.username is not None and registry.password is None:
        yield Problem(
            ("registry", "username"),
            "has no password",
            "set it: pulumi config set --path --secret unifiedmeta:registry.password",
        )
    if registry.password is not None and registry.username is None:
        yield Problem(("registry", "password"), "has no username", "add username below registry")
    if registry.mirror is None and (registry.username is not None or registry.password is not None):
        key = "username" if registry.username is not None else "password"
        yield Problem(("registry", key), "is for a mirror, and none is named", "add mirror: host[:port] below registry")


@rule(
    "registry.airgap",
    "registry.mirror",
    "image",
    "network.mode",
    "network.exposure",
    "network.nat",
    "network.privateEndpoints",
)
def an_airgapped_stack_has_all_it_needs_inside(stack: StackConfig) -> Iterator[Problem]:
    if not stack.registry.airgap:
        return
    path = ("registry", "airgap")
    if stack.registry.mirror is None:
        yield Problem(
            path, "no node reaches a registry, and no mirror is named", "add mirror: host[:port] below registry"
        )
    if stack.image.id is None and stack.image.golden is None:
        yield Problem(
            path,
            "RKE2 has to come with the machine image, and none is named",
            "add image.golden or image.id; images/ builds one",
        )
    if not stack.network.private_endpoints:
        yield Problem(
            ("network", "privateEndpoints"),
            "airgapped nodes reach the CSP's own services only through private endpoints",
            "write privateEndpoints: true below network",
        )
    if stack.network.mode == "create" and stack.network.nat != "none":
        yield Problem(
            ("network", "nat"), "an airgapped stack has no way to the internet", "write nat: none below network"
        )


RULES = (
    adopting_a_zone_and_naming_one_go_together,
    only_a_public_zone_can_be_delegated_or_signed,
    a_delegated_zone_has_somebody_to_write_to,
    a_waf_stands_before_an_l7_front,
    an_l7_front_gets_its_certificate_through_the_public_zone,
    an_allow_list_has_a_front,
    credentials_come_in_pairs_and_with_a_mirror,
    an_airgapped_stack_has_all_it_needs_inside,
)

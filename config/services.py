"""Sections `dns`, `ingress`, `backup`, `platform`, `registry`, `storage`, `identity`, `image`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from config.scalars import Cidr, Cron, Email, Flag, Fqdn, HttpsUrl, Identifier, RegistryHost, Section, Switch


class PublicZone(Section):
    """The public DNS zone of the domain."""

    mode: Literal["create", "adopt", "none"] = "create"
    """`create` a zone, `adopt` one that exists, or have `none`."""
    zone_id: Identifier | None = None
    """The existing zone's id; needed with `adopt`."""
    delegated: Flag | None = None
    """Whether the parent zone names this zone's servers yet. Default: no for a created zone, yes for an adopted one.
    Certificates and HTTPS listeners need it."""
    dnssec: Flag = False
    """Sign the zone; only after delegation."""


class PrivateZone(Section):
    """The zone that only the network sees."""

    mode: Literal["create", "adopt", "none"] = "create"
    """`create` a zone, `adopt` one that exists, or have `none`."""
    zone_id: Identifier | None = None
    """The existing zone's id; needed with `adopt`."""


class Dns(Section):
    """The domain and its zones."""

    domain: Fqdn
    """All names of the platform live below it."""
    public: PublicZone = PublicZone()
    """The zone that the internet sees."""
    private: PrivateZone = PrivateZone()
    """The zone that only the network sees."""
    acme_email: Email | None = None
    """Where the certificate authority writes to; needed for a delegated public zone."""


class Waf(Section):
    """The web application firewall in front of the public ingress."""

    enabled: Switch = True
    """Whether there is one."""
    mode: Literal["block", "count"] = "block"
    """`block` what the rules match, or only `count` it while the rules are tried."""
    rate_limit: Annotated[int, Field(strict=True, ge=100, le=2_000_000)] = 2000
    """Requests per five minutes from one address before it is refused."""


class PublicIngress(Section):
    """The front that the internet reaches."""

    enabled: Flag = True
    """Whether there is such a front."""
    front: Literal["l7", "l4"] = "l7"
    """`l7`: the CSP's application load balancer with certificate and WAF. `l4`: TLS ends in the ingress engine."""
    allow_list: list[Cidr] = []
    """Who may connect; empty means everybody."""
    waf: Waf | None = None
    """Default: on with `l7`; cannot be had with `l4`."""


class InternalIngress(Section):
    """The front that only the network reaches."""

    enabled: Flag = True
    """Whether there is such a front."""
    front: Literal["l7", "l4"] = "l4"
    """`l4`: TLS ends in the ingress engine. `l7`: the CSP's application load balancer with certificate."""


class Ingress(Section):
    """The ingress engine and its two fronts."""

    engine: Literal["traefik", "ingress-nginx"] = "traefik"
    """The controller that serves Ingress resources, once per front."""
    public: PublicIngress = PublicIngress()
    """The front that the internet reaches."""
    internal: InternalIngress = InternalIngress()
    """The front that only the network reaches."""


class EtcdBackup(Section):
    """Snapshots of the cluster's own state."""

    schedule: Cron = "0 */6 * * *"
    """When a snapshot is taken: five cron fields, UTC."""
    retention: Annotated[int, Field(strict=True, ge=1, le=500)] = 28
    """How many snapshots are kept."""


class Backup(Section):
    """What is kept, and for how long."""

    etcd: EtcdBackup = EtcdBackup()
    """Snapshots of the cluster's own state."""
    retention_days: Annotated[int, Field(strict=True, ge=1, le=3650)] = 30
    """After how many days old versions in the backup store expire."""


class Platform(Section):
    """Which components of the catalogue are installed, and how."""

    tier: Literal["full", "foundation"] = "full"
    """`full`: foundation, platform and application. `foundation`: stop after the bootstrapped cluster."""
    size: Literal["small", "standard", "large"] = "standard"
    """Resource requests and replica counts of the platform's own components."""
    components: dict[str, Switch] = {}
    """Component name to on or off, over the catalogue's default."""
    values: dict[str, Identifier] = {}
    """Component name to a Helm values file, relative to the stack file's folder, merged last."""


class Registry(Section):
    """Where images come from when not from the internet."""

    mirror: RegistryHost | None = None
    """host[:port] of a registry that mirrors every upstream registry."""
    username: Identifier | None = None
    """Who pulls from the mirror; goes with `password`."""
    password: SecretStr | None = None
    """Set with `pulumi config set --path --secret unifiedmeta:registry.password`."""
    airgap: Flag = False
    """No node reaches the internet: RKE2 comes from the golden image, images from the mirror."""


class Storage(Section):
    """The default StorageClass."""

    default: Literal["block", "replicated"] | None = None
    """`block`: the CSP's volumes. `replicated`: Longhorn. Default: block on clouds, replicated where the CSP has none."""


class Identity(Section):
    """Cloud identity for pods."""

    issuer_url: HttpsUrl | None = None
    """Where the customer publishes the issuer's documents; default: the adapter publishes them."""


class Image(Section):
    """The machine image of the nodes."""

    id: Identifier | None = None
    """An exact image id; wins over everything."""
    golden: Identifier | None = None
    """The name of the golden image's family or parameter; default: a pinned Ubuntu 24.04."""

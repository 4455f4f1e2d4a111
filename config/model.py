"""The stack file's model: one frozen record of all that a customer or an environment wants.

`StackConfig.model_validate` takes the mapping below `config:` with the `unifiedmeta:` prefix removed. Rules that need
more than one section are in :mod:`config.rules`; the loader (:mod:`config.load`) adds file, line and remedy.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.cluster import Cluster
from config.csp import CspSections
from config.network import Cloud, Network
from config.scalars import Environment, Section, Slug, Switch, TagKey, TagValue
from config.services import Backup, Dns, Identity, Image, Ingress, Platform, Registry, Storage


class Project(Section):
    """Whose stack this is."""

    customer: Slug
    """The customer's short name; a tag of every resource."""
    environment: Environment
    """Such as dev, staging, prod; a tag of every resource."""
    cost_centre: TagValue | None = None
    """Who pays; a tag of every resource."""


class StackConfig(CspSections):
    """All of a stack file. Defaults are those of a careful engineer."""

    api_version: Literal[1]
    """The version of this file's layout; `um migrate` raises it."""
    project: Project
    """Whose stack this is."""
    cloud: Cloud
    """Which CSP, which region, which account."""
    network: Network = Network()
    """The virtual network."""
    cluster: Cluster = Cluster()
    """RKE2: version, servers, pools, access to the API."""
    dns: Dns
    """The domain and its zones."""
    ingress: Ingress = Ingress()
    """The ingress engine and its two fronts."""
    backup: Backup = Backup()
    """What is kept, and for how long."""
    platform: Platform = Platform()
    """Which components are installed, and how."""
    registry: Registry = Registry()
    """Where images come from when not from the internet."""
    storage: Storage = Storage()
    """The default StorageClass."""
    identity: Identity = Identity()
    """Cloud identity for pods."""
    image: Image = Image()
    """The machine image of the nodes."""
    tags: Annotated[dict[TagKey, TagValue], Field(max_length=20)] = {}
    """More tags for every resource, beside the ones that are always set."""
    protection: Switch = True
    """Keys, buckets, etcd disks and zones cannot be deleted while on."""

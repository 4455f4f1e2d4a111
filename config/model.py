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
from config.scalars import Section, Slug, Switch, TagKey, TagValue
from config.services import Backup, Dns, Identity, Image, Ingress, Platform, Registry, Storage

NAMESPACE = "unifiedmeta"
API_VERSION = 1


class Project(Section):
    """Whose stack this is."""

    customer: Slug
    environment: Slug
    cost_centre: TagValue | None = None


class StackConfig(CspSections):
    """All of a stack file. Defaults are those of a careful engineer."""

    api_version: Literal[1]
    """The version of this file's layout; `um migrate` raises it."""
    project: Project
    cloud: Cloud
    network: Network = Network()
    cluster: Cluster = Cluster()
    dns: Dns
    ingress: Ingress = Ingress()
    backup: Backup = Backup()
    platform: Platform = Platform()
    registry: Registry = Registry()
    storage: Storage = Storage()
    identity: Identity = Identity()
    image: Image = Image()
    tags: Annotated[dict[TagKey, TagValue], Field(max_length=20)] = {}
    """More tags for every resource, beside the ones that are always set."""
    protection: Switch = True
    """Keys, buckets, etcd disks and zones cannot be deleted while on."""

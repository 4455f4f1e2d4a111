"""The stack's outputs: how the cluster is reached, and what other people have to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from components.foundation import Foundation
    from components.rke2.cluster import Cluster


def export_outputs(foundation: Foundation, cluster: Cluster) -> None:
    """Register every output of the stack.

    `kubeconfig` is secret: `pulumi stack output kubeconfig --show-secrets`.
    """
    record = cluster.record
    pulumi.export("kubeconfig", pulumi.Output.secret(record.kubeconfig))
    pulumi.export("apiServer", record.server_url)
    pulumi.export("clusterId", record.id)
    pulumi.export("servers", {server.name: server.id for server in record.servers})
    pulumi.export("issuer", record.issuer_url)
    pulumi.export("registrationAddress", foundation.api.registration_address)
    pulumi.export("egressAddresses", list(foundation.network.egress_addresses))
    pulumi.export("backups", foundation.backups.name)
    pulumi.export("remoteAccess", foundation.remote_access.summary)
    for name, front in foundation.fronts.items():
        pulumi.export(f"{name}Front", front.address)
    _export_zone(foundation)


def _export_zone(foundation: Foundation) -> None:
    zone = foundation.zones.public
    if zone is None:
        return
    if zone.name_servers is not None and not zone.delegated:
        pulumi.export("delegate", {"zone": zone.name, "nameServers": zone.name_servers})
    if zone.ds_record is not None:
        pulumi.export("dsRecord", zone.ds_record)

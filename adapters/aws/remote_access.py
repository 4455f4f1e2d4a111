"""Shells and tunnels by Systems Manager's Session Manager: no port is open, every session is logged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import cloudwatch, ssm

from adapters.options import child
from adapters.records import RemoteAccessRecord

if TYPE_CHECKING:
    from adapters.aws.adapter import AwsAdapter
    from adapters.records import FirewallRecord, NetworkRecord

_RETENTION_DAYS = 90
_IDLE_MINUTES = "20"
_TUNNEL = "AWS-StartPortForwardingSessionToRemoteHost"
"""AWS's own session document: a port of this machine to a host and port that the target can reach."""


class RemoteAccess(pulumi.ComponentResource):
    """See :class:`adapters.contract.RemoteAccess`."""

    def __init__(self, adapter: AwsAdapter, _network: NetworkRecord, _firewall: FirewallRecord) -> None:
        super().__init__("unifiedmeta:aws:RemoteAccess", "remote-access")
        options = child(self, adapter.provider)
        group = cloudwatch.LogGroup(
            "sessions",
            name=adapter.log_group("sessions"),
            retention_in_days=_RETENTION_DAYS,
            kms_key_id=adapter.logs_key.arn,
            tags=adapter.tags("remote-access", "sessions"),
            opts=options,
        )
        document_name = adapter.physical("shell", 128)
        ssm.Document(
            "shell",
            name=document_name,
            document_type="Session",
            document_format="JSON",
            content=group.name.apply(session_document),
            tags=adapter.tags("remote-access", "shell"),
            opts=options,
        )
        self._record = _record(adapter.region, document_name)
        self.register_outputs({"document": document_name})

    @property
    def record(self) -> RemoteAccessRecord:
        return self._record


def session_document(log_group: str) -> str:
    """The preferences of a shell session (schema 1.0): logged as it runs, to an encrypted log group only, idle no longer."""
    inputs = {
        "cloudWatchLogGroupName": log_group,
        "cloudWatchEncryptionEnabled": True,
        "cloudWatchStreamingEnabled": True,
        "idleSessionTimeout": _IDLE_MINUTES,
        "runAsEnabled": False,
    }
    content = {
        "schemaVersion": "1.0",
        "description": "Shell on a node, logged",
        "sessionType": "Standard_Stream",
        "inputs": inputs,
    }
    return json.dumps(content, sort_keys=True)


def _record(region: str, document_name: str) -> RemoteAccessRecord:
    start = ("aws", "ssm", "start-session", "--region", region, "--target")
    parameters = "host={host},portNumber={remote_port},localPortNumber={local_port}"
    return RemoteAccessRecord(
        summary=f"Systems Manager sessions; no SSH port is open; logged below {document_name}",
        shell_command=" ".join((*start, "{server}", "--document-name", document_name)),
        tunnel_command=(*start, "{target}", "--document-name", _TUNNEL, "--parameters", parameters),
    )

"""The gate between the machines and everything that speaks to the Kubernetes API."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_command
import yaml
from pulumi_command import local

from config.model import StackConfig

SCRIPT: Final = "components/bootstrap/ready_gate.py"
"""Relative to the project's folder, where the engine starts it: an absolute path would differ on every machine."""
TIMEOUT_SECONDS: Final = 1500
"""Boot, download of RKE2 and its images, first start of etcd: ten minutes are ordinary."""


def access_document(kubeconfig: str) -> str:
    """What ready_gate.py reads, as JSON, from a kubeconfig with one cluster and one user.

    Errors: KeyError, IndexError when the kubeconfig has another form.
    """
    config = yaml.safe_load(kubeconfig)
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]

    def pem(encoded: str) -> str:
        return base64.b64decode(encoded).decode()

    return json.dumps(
        {
            "server": cluster["server"],
            "tls_server_name": cluster.get("tls-server-name", ""),
            "ca": pem(cluster["certificate-authority-data"]),
            "certificate": pem(user["client-certificate-data"]),
            "key": pem(user["client-key-data"]),
        }
    )


def hints(stack: StackConfig, stack_name: str) -> tuple[str, ...]:
    """What to type when the API does not answer; the likely reason first."""
    rerun = f"pulumi up -s {stack_name}"
    log = "If that is so: the first server's log says more, journalctl -u rke2-server (the stack's output remoteAccess says how to get there)"
    if stack.cluster.api.access == "private":
        return (f"The API is private, and a tunnel must stand. Type: um tunnel -s {stack_name} -- {rerun}", log)
    allowed = ", ".join(str(cidr) for cidr in stack.cluster.api.allow_list)
    own = f"put your own address into cluster.api.allowList of stacks/Pulumi.{stack_name}.yaml and type: {rerun}"
    return (f"Only {allowed} may connect. If you come from elsewhere, {own}", log)


def command_line(stack: StackConfig, stack_name: str) -> str:
    """The command that waits. It holds nothing secret: the access comes by standard input."""
    said = [part for hint in hints(stack, stack_name) for part in ("--hint", hint)]
    return shlex.join(["python3", SCRIPT, "--timeout", str(TIMEOUT_SECONDS), *said])


def ready_gate(
    stack: StackConfig,
    stack_name: str,
    kubeconfig: pulumi.Output[str],
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> local.Command:
    """A resource that exists once the API is ready. Runs again when the access changes, and so proves a renewed certificate."""
    line = command_line(stack, stack_name)
    access: pulumi.Output[str] = pulumi.Output.secret(kubeconfig.apply(access_document))
    return local.Command(
        "api-ready",
        create=line,
        update=line,
        stdin=access,
        logging=local.Logging.STDERR,
        opts=pulumi.ResourceOptions(
            parent=parent,
            provider=pulumi_command.Provider("command", opts=pulumi.ResourceOptions(parent=parent)),
            depends_on=list(depends_on),
            additional_secret_outputs=["stdin"],
            custom_timeouts=pulumi.CustomTimeouts(create="30m", update="30m"),
        ),
    )

"""How nodes join and how operators reach the API: join tokens, the kubeconfig, the local end of a tunnel. Pure functions."""

from __future__ import annotations

import base64
import hashlib
from typing import Literal

import yaml

API_PORT = 6443
REGISTRATION_PORT = 9345
_TUNNEL_PORTS = range(20_000, 30_000)
"""Below the range that operating systems hand out by themselves."""

TLS_SERVER_NAME = "kubernetes"
"""A name that every API server's certificate carries, whatever address it is reached at."""


def ca_hash(server_ca_pem: str) -> str:
    """What pins the cluster's CA in a join token: SHA-256, in hex, of the bytes that a server answers at /cacerts.

    Those are the file server-ca.crt as it is. (K3s, pkg/clientaccess/token.go, hashCA: a bundle of a single certificate is hashed literally.)
    """
    return hashlib.sha256(server_ca_pem.encode()).hexdigest()


def join_token(ca_digest: str, user: Literal["server", "node"], password: str) -> str:
    """A join token in the secure format; `node` is the user of agents (K3s, pkg/clientaccess/token.go)."""
    return f"K10{ca_digest}::{user}:{password}"


def tunnel_port(stack_name: str) -> int:
    """The local port at which `um tunnel` offers the API of a private stack; the same on every machine."""
    digest = int.from_bytes(hashlib.sha256(stack_name.encode()).digest()[:4], "big")
    return _TUNNEL_PORTS[digest % len(_TUNNEL_PORTS)]


def api_url(access: Literal["public", "private"], endpoint: str, stack_name: str) -> str:
    """Where operators reach the API: its own address, or this machine's end of the tunnel when access is private."""
    if access == "public":
        return f"https://{endpoint}:{API_PORT}"
    return f"https://127.0.0.1:{tunnel_port(stack_name)}"


def kubeconfig(
    *, stack_name: str, url: str, server_ca_pem: str, certificate_pem: str, key_pem: str, tunnelled: bool
) -> str:
    """A kubeconfig, as YAML. `tunnelled`: the URL's host is not one that the API server's certificate names."""

    def encoded(pem: str) -> str:
        return base64.b64encode(pem.encode()).decode()

    cluster = {"server": url, "certificate-authority-data": encoded(server_ca_pem)}
    if tunnelled:
        cluster["tls-server-name"] = TLS_SERVER_NAME
    user = {"client-certificate-data": encoded(certificate_pem), "client-key-data": encoded(key_pem)}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": stack_name, "cluster": cluster}],
        "users": [{"name": f"{stack_name}-admin", "user": user}],
        "contexts": [{"name": stack_name, "context": {"cluster": stack_name, "user": f"{stack_name}-admin"}}],
        "current-context": stack_name,
    }
    return yaml.safe_dump(document, sort_keys=False)

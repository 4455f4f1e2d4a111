"""The cluster's credentials, made before any machine exists: CA set, join tokens, service account key, administrator.

RKE2 takes its certificate authorities from files that it finds before its first start (documentation, "Certificate management", "Using custom
CA certificates"; file names: K3s, pkg/daemons/control/deps/deps.go). All of them are in the state, therefore every one is a Pulumi secret from birth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_random
import pulumi_tls

from adapters.options import child, stateful
from components.rke2 import access, node_config, oidc
from config.model import StackConfig

_HOURS_PER_YEAR = 365 * 24
CA_VALIDITY_HOURS = 10 * _HOURS_PER_YEAR
ADMIN_VALIDITY_HOURS = _HOURS_PER_YEAR
ADMIN_EARLY_RENEWAL_HOURS = _HOURS_PER_YEAR // 4
"""The first run in the last quarter of its year renews the administrator's certificate."""

_CA_USES = ["cert_signing", "crl_signing", "digital_signature", "key_encipherment"]
_CA_INPUTS = [
    "allowedUses",
    "earlyRenewalHours",
    "isCaCertificate",
    "privateKeyPem",
    "setSubjectKeyId",
    "subject",
    "validityPeriodHours",
]
"""No edit of the program may ever replace an authority: the cluster would not know its own nodes any more."""

AUTHORITIES: Mapping[str, str] = {
    "server-ca": "server-ca",
    "client-ca": "client-ca",
    "request-header-ca": "request-header-ca",
    "etcd-server-ca": "etcd/server-ca",
    "etcd-peer-ca": "etcd/peer-ca",
}
"""Logical name of every authority, and its files' path (without .crt, .key) below RKE2's directory server/tls."""
SERVICE_KEY_FILE = "service.key"


@dataclass(frozen=True, slots=True)
class Authority:
    certificate: pulumi.Output[str]
    key: pulumi.Output[str]
    """Secret."""


class ClusterCredentials(pulumi.ComponentResource):
    """Everything that proves who belongs to the cluster. Attributes are outputs; keys, tokens and bundles are secret."""

    cluster_id: pulumi.Output[str]
    """Random; in tags, in the path of the claim, and `cluster_identifier` of the kubernetes provider."""
    ca_hash: pulumi.Output[str]
    jwks: pulumi.Output[str]
    """The issuer's public keys, as JSON."""
    server_secret: pulumi.Output[str]
    """For servers only: their token, the agents' password, the CA set, the registry's password. JSON, see scripts/unpack.py."""
    agent_secret: pulumi.Output[str]
    """For agents: their token and the registry's password."""

    def __init__(self, stack: StackConfig, stack_name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("unifiedmeta:rke2:Credentials", "credentials", None, opts)
        self._stack = stack
        self._stack_name = stack_name
        self._random = pulumi_random.Provider("random", opts=child(self))
        self._tls = pulumi_tls.Provider("tls", opts=child(self))
        suffix = pulumi_random.RandomString(
            "cluster-id", length=8, upper=False, special=False, opts=stateful(stack, child(self, self._random))
        )
        self.cluster_id = suffix.result.apply(lambda value: f"um-{value}")
        self.authorities = {name: self._authority(name) for name in AUTHORITIES}
        self.server_ca = self.authorities["server-ca"].certificate
        self.ca_hash = self.server_ca.apply(access.ca_hash)
        self._service_accounts()
        self._bundles()
        self._administrator()
        self.register_outputs({"clusterId": self.cluster_id, "caHash": self.ca_hash})

    def discovery(self, issuer_url: pulumi.Output[str]) -> pulumi.Output[str]:
        """The issuer's discovery document."""
        return issuer_url.apply(oidc.discovery_document)

    def kubeconfig(self, endpoint: pulumi.Output[str]) -> pulumi.Output[str]:
        """The administrator's kubeconfig, secret. `endpoint`: the host at which the API answers operators."""
        mode = self._stack.cluster.api.access
        stack_name = self._stack_name
        parts = pulumi.Output.all(endpoint, self.server_ca, self.admin_certificate, self.admin_key)
        return pulumi.Output.secret(
            parts.apply(
                lambda known: access.kubeconfig(
                    stack_name=stack_name,
                    url=access.api_url(mode, known[0], stack_name),
                    server_ca_pem=known[1],
                    certificate_pem=known[2],
                    key_pem=known[3],
                    tunnelled=mode == "private",
                )
            )
        )

    def _authority(self, name: str) -> Authority:
        """A self-signed EC P-256 authority for ten years."""
        options = stateful(self._stack, child(self, self._tls))
        key = pulumi_tls.PrivateKey(name, algorithm="ECDSA", ecdsa_curve="P256", opts=options)
        certificate = pulumi_tls.SelfSignedCert(
            name,
            allowed_uses=_CA_USES,
            is_ca_certificate=True,
            set_subject_key_id=True,
            private_key_pem=key.private_key_pem,
            subject=pulumi_tls.SelfSignedCertSubjectArgs(common_name=f"rke2-{name}", organization="unifiedmeta"),
            validity_period_hours=CA_VALIDITY_HOURS,
            opts=stateful(self._stack, child(self, self._tls, ignore_changes=_CA_INPUTS)),
        )
        return Authority(certificate.cert_pem, key.private_key_pem)

    def _service_accounts(self) -> None:
        key = pulumi_tls.PrivateKey(
            "service-accounts", algorithm="RSA", rsa_bits=2048, opts=stateful(self._stack, child(self, self._tls))
        )
        self._service_key = key.private_key_pem
        self.jwks = key.public_key_pem.apply(oidc.key_set)

    def _password(self, name: str) -> pulumi.Output[str]:
        options = stateful(self._stack, child(self, self._random))
        return pulumi_random.RandomPassword(name, length=48, special=False, opts=options).result

    def _bundles(self) -> None:
        server, agent = self._password("server-token"), self._password("agent-token")
        registries = node_config.registries(self._stack, with_credentials=True)
        shared = (
            {"registries": pulumi.Output.secret(registries)}
            if node_config.has_registry_credentials(self._stack)
            else {}
        )
        self.server_secret = pulumi.Output.secret(
            pulumi.Output.json_dumps(
                {
                    "config": {
                        "token": pulumi.Output.all(self.ca_hash, server).apply(
                            lambda known: access.join_token(known[0], "server", known[1])
                        ),
                        "agent-token": agent,
                    },
                    "tls": self._tls_files(),
                    **shared,
                }
            )
        )
        self.agent_secret = pulumi.Output.secret(
            pulumi.Output.json_dumps(
                {
                    "config": {
                        "token": pulumi.Output.all(self.ca_hash, agent).apply(
                            lambda known: access.join_token(known[0], "node", known[1])
                        )
                    },
                    **shared,
                }
            )
        )

    def _tls_files(self) -> dict[str, pulumi.Output[str]]:
        files = {SERVICE_KEY_FILE: self._service_key}
        for name, path in AUTHORITIES.items():
            files[f"{path}.crt"] = self.authorities[name].certificate
            files[f"{path}.key"] = self.authorities[name].key
        return files

    def _administrator(self) -> None:
        key = pulumi_tls.PrivateKey("admin", algorithm="ECDSA", ecdsa_curve="P256", opts=child(self, self._tls))
        request = pulumi_tls.CertRequest(
            "admin",
            private_key_pem=key.private_key_pem,
            subject=pulumi_tls.CertRequestSubjectArgs(common_name="unifiedmeta-admin", organization="system:masters"),
            opts=child(self, self._tls),
        )
        certificate = pulumi_tls.LocallySignedCert(
            "admin",
            allowed_uses=["client_auth", "digital_signature", "key_encipherment"],
            ca_cert_pem=self.authorities["client-ca"].certificate,
            ca_private_key_pem=self.authorities["client-ca"].key,
            cert_request_pem=request.cert_request_pem,
            validity_period_hours=ADMIN_VALIDITY_HOURS,
            early_renewal_hours=ADMIN_EARLY_RENEWAL_HOURS,
            opts=child(self, self._tls),
        )
        self.admin_key = key.private_key_pem
        self.admin_certificate = certificate.cert_pem

"""The cluster's credentials, with real keys: what RKE2, kube-apiserver and a cloud would make of them."""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Literal

import pulumi
import pulumi_random
import pulumi_tls
import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pulumi.runtime.sync_await import _sync_await

from adapters.specs import JWKS_PATH
from components.rke2 import access, oidc, pki
from components.rke2.pki import ClusterCredentials
from tests.components.rke2.real_keys import computed
from tests.support.recording import Recording, record, value_of
from tests.support.stacks import stack_with

BIGGEST_SECRET = 25_000
"""The tightest store's limit, in bytes."""


def made(**edits: Any) -> tuple[ClusterCredentials, Recording]:
    found: list[ClusterCredentials] = []
    stack = stack_with(**edits)
    recording = record(lambda: found.append(ClusterCredentials(stack, "acme-dev")), computed)
    return found[0], recording


@pytest.fixture(scope="module")
def credentials() -> ClusterCredentials:
    return made()[0]


@pytest.fixture(scope="module")
def server(credentials: ClusterCredentials) -> dict[str, Any]:
    return json.loads(value_of(credentials.server_secret))


@pytest.fixture(scope="module")
def agent(credentials: ClusterCredentials) -> dict[str, Any]:
    return json.loads(value_of(credentials.agent_secret))


def authority(server: dict[str, Any], path: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(server["tls"][f"{path}.crt"].encode())


def test_the_ca_set_is_the_one_that_rke2_looks_for(server: dict[str, Any]) -> None:
    names = ("server-ca", "client-ca", "request-header-ca", "etcd/server-ca", "etcd/peer-ca")
    assert set(server["tls"]) == {f"{n}.{kind}" for n in names for kind in ("crt", "key")} | {"service.key"}


@pytest.mark.parametrize("path", ["server-ca", "client-ca", "request-header-ca", "etcd/server-ca", "etcd/peer-ca"])
def test_every_authority_signs_itself_for_ten_years_with_its_own_key(server: dict[str, Any], path: str) -> None:
    certificate = authority(server, path)
    key: Any = load_pem_private_key(server["tls"][f"{path}.key"].encode(), None)
    certificate.verify_directly_issued_by(certificate)
    assert certificate.public_key() == key.public_key()
    assert key.curve.name == "secp256r1"
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 3650


def test_the_token_pins_the_bytes_of_the_server_ca_file(
    server: dict[str, Any], credentials: ClusterCredentials
) -> None:
    digest = hashlib.sha256(server["tls"]["server-ca.crt"].encode()).hexdigest()
    assert value_of(credentials.ca_hash) == digest
    secure, user, password = server["config"]["token"].replace("::", ":").split(":")
    assert (secure, user) == (f"K10{digest}", "server")
    assert len(password) == 48


def test_agents_get_a_token_of_their_own_and_no_key(server: dict[str, Any], agent: dict[str, Any]) -> None:
    assert set(agent) == {"config"}
    assert set(agent["config"]) == {"token"}
    pinned, _, login = agent["config"]["token"].partition("::")
    user, _, password = login.partition(":")
    assert pinned == server["config"]["token"].partition("::")[0]
    assert user == "node"
    assert password == server["config"]["agent-token"]
    assert password not in server["config"]["token"]
    assert "PRIVATE KEY" not in json.dumps(agent)


def test_both_secrets_fit_into_the_tightest_store(credentials: ClusterCredentials) -> None:
    for secret in (credentials.server_secret, credentials.agent_secret):
        assert len(value_of(secret).encode()) < BIGGEST_SECRET


def test_bundles_keys_and_kubeconfig_are_pulumi_secrets(credentials: ClusterCredentials) -> None:
    kubeconfig = credentials.kubeconfig(credentials.cluster_id)
    for output in (credentials.server_secret, credentials.agent_secret, kubeconfig):
        assert _sync_await(output.is_secret())


def test_private_keys_and_passwords_are_registered_as_secret_outputs() -> None:
    """By the SDKs: a version that stopped doing so would put keys into the state in clear."""
    assert "privateKeyPem" in inspect.getsource(pulumi_tls.PrivateKey).split("additional_secret_outputs=")[1][:120]
    assert "result" in inspect.getsource(pulumi_random.RandomPassword).split("additional_secret_outputs=")[1][:120]


@pytest.mark.parametrize(("protection", "protected"), [("on", True), ("off", None)])
def test_authorities_and_keys_follow_the_stacks_protection(
    protection: str, protected: Literal[True] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, pulumi.ResourceOptions] = {}

    def spied(name: str, *, opts: pulumi.ResourceOptions, **arguments: Any) -> pulumi_tls.PrivateKey:
        options[name] = opts
        return pulumi_tls.PrivateKey(name, opts=opts, **arguments)

    monkeypatch.setattr(pki, "pulumi_tls", SimpleNamespace(**vars(pulumi_tls) | {"PrivateKey": spied}))
    made(protection=protection)
    assert set(options) == {*pki.AUTHORITIES, "service-accounts", "admin"}
    kept = {name: opts.protect for name, opts in options.items() if name != "admin"}
    assert set(kept.values()) == {protected}
    assert options["admin"].protect is None, "the administrator's is renewed every year"


def test_the_pulled_images_password_comes_with_the_secret() -> None:
    credentials, _ = made(
        registry__mirror="mirror.acme.example", registry__username="puller", registry__password="pull-password"
    )
    for secret in (credentials.server_secret, credentials.agent_secret):
        registries = json.loads(value_of(secret))["registries"]
        assert registries["configs"]["mirror.acme.example"]["auth"]["password"] == "pull-password"


def test_no_logical_name_contains_the_stacks_name() -> None:
    _, recording = made()
    assert not [r.name for r in recording.resources if "acme" in r.name]


def test_every_key_and_password_has_an_explicit_provider() -> None:
    _, recording = made()
    made_by_us = [r for r in recording.resources if r.type.startswith(("tls:", "random:"))]
    assert made_by_us
    assert all(r.provider for r in made_by_us)


@pytest.mark.parametrize(
    ("mode", "url", "server_name"),
    [
        ("public", "https://api.acme.example:6443", None),
        ("private", f"https://127.0.0.1:{access.tunnel_port('acme-dev')}", "kubernetes"),
    ],
)
def test_the_kubeconfig_is_the_administrators(mode: str, url: str, server_name: str | None) -> None:
    edits = {"cluster__api": {"access": mode, "allowList": ["203.0.113.0/24"] if mode == "public" else []}}
    credentials, _ = made(**edits)
    config = yaml.safe_load(value_of(credentials.kubeconfig(pulumi.Output.from_input("api.acme.example"))))
    (cluster,), (user,) = config["clusters"], config["users"]
    assert cluster["cluster"]["server"] == url
    assert cluster["cluster"].get("tls-server-name") == server_name
    server = json.loads(value_of(credentials.server_secret))
    served = base64.b64decode(cluster["cluster"]["certificate-authority-data"]).decode()
    assert served == server["tls"]["server-ca.crt"]
    certificate = x509.load_pem_x509_certificate(base64.b64decode(user["user"]["client-certificate-data"]))
    certificate.verify_directly_issued_by(authority(server, "client-ca"))
    assert certificate.subject.rfc4514_string() == "O=system:masters,CN=unifiedmeta-admin"
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 365
    key: Any = load_pem_private_key(base64.b64decode(user["user"]["client-key-data"]), None)
    assert key.public_key() == certificate.public_key()


def test_the_administrators_certificate_is_renewed_early_and_authorities_never() -> None:
    _, recording = made()
    admin = recording.one("tls:index/locallySignedCert:LocallySignedCert", "admin")
    assert 0 < admin.inputs["earlyRenewalHours"] < admin.inputs["validityPeriodHours"]
    for certificate in recording.of("tls:index/selfSignedCert:SelfSignedCert"):
        assert "earlyRenewalHours" not in certificate.inputs


def segment(data: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=")


def test_a_token_signed_by_the_service_account_key_verifies_against_the_published_keys(
    server: dict[str, Any], credentials: ClusterCredentials
) -> None:
    issuer = "https://issuer.acme.example"
    key: Any = load_pem_private_key(server["tls"]["service.key"].encode(), None)
    public = key.public_key().public_bytes(oidc.Encoding.PEM, oidc.PublicFormat.SubjectPublicKeyInfo).decode()
    claims = {"iss": issuer, "sub": "system:serviceaccount:ns:name", "aud": ["sts"], "iat": 1}
    signed = segment({"alg": "RS256", "kid": oidc.key_id(public)}) + b"." + segment(claims)
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())

    header = json.loads(base64.urlsafe_b64decode(signed.split(b".")[0] + b"=="))
    discovery = json.loads(oidc.discovery_document(issuer))
    assert discovery["issuer"] == issuer
    assert discovery["jwks_uri"] == f"{issuer}/{JWKS_PATH}"
    assert header["alg"] in discovery["id_token_signing_alg_values_supported"]
    (published,) = [k for k in json.loads(value_of(credentials.jwks))["keys"] if k["kid"] == header["kid"]]
    numbers = {part: int.from_bytes(base64.urlsafe_b64decode(published[part] + "=="), "big") for part in ("n", "e")}
    rsa.RSAPublicNumbers(numbers["e"], numbers["n"]).public_key().verify(
        signature, signed, padding.PKCS1v15(), hashes.SHA256()
    )
    assert numbers["n"].bit_length() == 2048


def test_the_published_keys_contain_nothing_private(credentials: ClusterCredentials) -> None:
    (key,) = json.loads(value_of(credentials.jwks))["keys"]
    assert set(key) == {"use", "kty", "kid", "alg", "n", "e"}
    assert not _sync_await(credentials.jwks.is_secret())


def test_certificates_are_valid_now(server: dict[str, Any]) -> None:
    assert authority(server, "server-ca").not_valid_after_utc > datetime(2035, 1, 1, tzinfo=UTC)

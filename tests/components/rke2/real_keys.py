"""Answers for the tls and random packages with real keys and certificates, so that what is built of them can be verified."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def computed(type_: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """What the provider of this resource would answer."""
    made = {
        "tls:index/privateKey:PrivateKey": _private_key,
        "tls:index/selfSignedCert:SelfSignedCert": _self_signed,
        "tls:index/certRequest:CertRequest": _request,
        "tls:index/locallySignedCert:LocallySignedCert": _locally_signed,
        "random:index/randomString:RandomString": _random,
        "random:index/randomPassword:RandomPassword": _random,
    }.get(type_)
    return made({key: _plain(value) for key, value in inputs.items()}) if made else {}


def _plain(value: Any) -> Any:
    """Without the wrapper that marks a secret on the wire."""
    return value["value"] if isinstance(value, dict) and "4dabf18193072939515e22adb298388d" in value else value


def _pem(certificate: x509.Certificate | x509.CertificateSigningRequest) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _private_key(inputs: dict[str, Any]) -> dict[str, Any]:
    if inputs["algorithm"] == "RSA":
        key: Any = rsa.generate_private_key(65537, int(inputs["rsaBits"]))
    else:
        assert inputs["ecdsaCurve"] == "P256"
        key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {"privateKeyPem": private.decode(), "publicKeyPem": public.decode()}


def _name(subject: dict[str, str]) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, subject["commonName"])]
    attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject["organization"]))
    return x509.Name(attributes)


def _certificate(subject: x509.Name, issuer: x509.Name, public: Any, hours: float) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(_BEGIN).not_valid_after(_BEGIN + timedelta(hours=hours))


def _self_signed(inputs: dict[str, Any]) -> dict[str, Any]:
    key: Any = load_pem_private_key(inputs["privateKeyPem"].encode(), None)
    subject = _name(inputs["subject"])
    builder = _certificate(subject, subject, key.public_key(), inputs["validityPeriodHours"])
    builder = builder.add_extension(
        x509.BasicConstraints(ca=bool(inputs["isCaCertificate"]), path_length=None), critical=True
    )
    return {"certPem": _pem(builder.sign(key, hashes.SHA256()))}


def _request(inputs: dict[str, Any]) -> dict[str, Any]:
    key: Any = load_pem_private_key(inputs["privateKeyPem"].encode(), None)
    request = x509.CertificateSigningRequestBuilder().subject_name(_name(inputs["subject"])).sign(key, hashes.SHA256())
    return {"certRequestPem": _pem(request)}


def _locally_signed(inputs: dict[str, Any]) -> dict[str, Any]:
    authority = x509.load_pem_x509_certificate(inputs["caCertPem"].encode())
    key: Any = load_pem_private_key(inputs["caPrivateKeyPem"].encode(), None)
    request = x509.load_pem_x509_csr(inputs["certRequestPem"].encode())
    builder = _certificate(request.subject, authority.subject, request.public_key(), inputs["validityPeriodHours"])
    return {"certPem": _pem(builder.sign(key, hashes.SHA256()))}


def _random(inputs: dict[str, Any]) -> dict[str, Any]:
    alphabet = string.ascii_lowercase + string.digits
    return {"result": "".join(secrets.choice(alphabet) for _ in range(int(inputs["length"])))}

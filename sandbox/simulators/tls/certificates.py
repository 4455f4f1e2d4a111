"""Certificates and requests: the provider's options, put into X.509."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from sandbox.provider import ProviderError
from sandbox.simulators.tls.keys import PrivateKey, PublicKey

KEY_USES: Final = {
    "cert_signing": "key_cert_sign",
    "content_commitment": "content_commitment",
    "crl_signing": "crl_sign",
    "data_encipherment": "data_encipherment",
    "decipher_only": "decipher_only",
    "digital_signature": "digital_signature",
    "encipher_only": "encipher_only",
    "key_agreement": "key_agreement",
    "key_encipherment": "key_encipherment",
}
"""The provider's words for key usages to those of RFC 5280."""

EXTENDED_USES: Final = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec_end_system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "microsoft_commercial_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
    "microsoft_kernel_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
    "microsoft_server_gated_crypto": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape_server_gated_crypto": ObjectIdentifier("2.16.840.1.113730.4.1"),
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
}

_SUBJECT: Final = (
    ("country", NameOID.COUNTRY_NAME),
    ("organization", NameOID.ORGANIZATION_NAME),
    ("organizationalUnit", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("locality", NameOID.LOCALITY_NAME),
    ("province", NameOID.STATE_OR_PROVINCE_NAME),
    ("streetAddresses", NameOID.STREET_ADDRESS),
    ("postalCode", NameOID.POSTAL_CODE),
    ("commonName", NameOID.COMMON_NAME),
    ("serialNumber", NameOID.SERIAL_NUMBER),
    ("emailAddress", NameOID.EMAIL_ADDRESS),
)


def subject(given: Mapping[str, Any] | None) -> x509.Name:
    """The distinguished name of a subject; empty where none is given."""
    attributes = []
    for key, oid in _SUBJECT:
        value = (given or {}).get(key)
        items = value if isinstance(value, list) else [value]
        attributes += [x509.NameAttribute(oid, str(item)) for item in items if item]
    return x509.Name(attributes)


def alternative_names(inputs: Mapping[str, Any]) -> x509.SubjectAlternativeName | None:
    """DNS names, addresses and URIs. Raises ProviderError for an address that is none."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in inputs.get("dnsNames") or []]
    for text in inputs.get("ipAddresses") or []:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(text)))
        except ValueError:
            raise ProviderError(f"invalid IP address found: {text!r}") from None
    names += [x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or []]
    return x509.SubjectAlternativeName(names) if names else None


def signature_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """The hash that goes with a key; none for ED25519, which has its own."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = key.curve.key_size
        return hashes.SHA512() if size > 384 else hashes.SHA384() if size == 384 else hashes.SHA256()  # noqa: PLR2004
    return hashes.SHA256()


def request(key: PrivateKey, inputs: Mapping[str, Any]) -> x509.CertificateSigningRequest:
    """A request signed by its own key."""
    builder = x509.CertificateSigningRequestBuilder(subject(inputs.get("subject")))
    names = alternative_names(inputs)
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, signature_hash(key))


def load_request(pem: str) -> x509.CertificateSigningRequest:
    try:
        return x509.load_pem_x509_csr(pem.encode())
    except ValueError:
        raise ProviderError("failed to parse certificate request: it is not a certificate request in PEM") from None


def load_certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise ProviderError("failed to parse CA certificate: it is not a certificate in PEM") from None


def key_usage(uses: Iterable[str]) -> x509.KeyUsage | None:
    words = set(KEY_USES.values())
    named = {KEY_USES[use] for use in uses if use in KEY_USES}
    # RFC 5280: these two mean something with key agreement only.
    if "key_agreement" not in named:
        named -= {"encipher_only", "decipher_only"}
    return x509.KeyUsage(**{word: word in named for word in words}) if named else None


def extended_usage(uses: Iterable[str]) -> x509.ExtendedKeyUsage | None:
    found = [EXTENDED_USES[use] for use in uses if use in EXTENDED_USES]
    return x509.ExtendedKeyUsage(found) if found else None


def certificate(
    *,
    inputs: Mapping[str, Any],
    name: x509.Name,
    names: x509.SubjectAlternativeName | None,
    public: PublicKey,
    issuer: x509.Name,
    issuer_key: PrivateKey,
    authority: x509.AuthorityKeyIdentifier | None,
    now: datetime,
) -> x509.Certificate:
    """A certificate valid from `now` for `validityPeriodHours`.

    As in the provider, a CA always has a subject key id, and anything else has one when it is asked for.
    """
    is_ca = bool(inputs.get("isCaCertificate"))
    length = inputs.get("maxPathLength")
    builder = (
        x509.CertificateBuilder(
            issuer_name=issuer, subject_name=name, public_key=public, serial_number=x509.random_serial_number()
        )
        .not_valid_before(now)
        .not_valid_after(now + timedelta(hours=int(inputs["validityPeriodHours"])))
        .add_extension(
            x509.BasicConstraints(
                ca=is_ca, path_length=int(length) if is_ca and length is not None and length >= 0 else None
            ),
            critical=True,
        )
    )
    usage, extended = key_usage(inputs["allowedUses"]), extended_usage(inputs["allowedUses"])
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    if extended is not None:
        builder = builder.add_extension(extended, critical=False)
    if is_ca or inputs.get("setSubjectKeyId"):
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    if authority is not None:
        builder = builder.add_extension(authority, critical=False)
    if names is not None:
        builder = builder.add_extension(names, critical=not list(name))
    return builder.sign(issuer_key, signature_hash(issuer_key))


def authority_of(ca: x509.Certificate) -> x509.AuthorityKeyIdentifier | None:
    """What a certificate says of its issuer's key: the issuer's own subject key id, where it has one."""
    try:
        found = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def names_of(csr: x509.CertificateSigningRequest) -> x509.SubjectAlternativeName | None:
    try:
        return csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None

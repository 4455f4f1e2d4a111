"""Key ids and documents of the issuer, against values that other implementations published."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from components.rke2 import oidc

# RFC 7638, section 3.1: the RSA key of its example, here as SubjectPublicKeyInfo.
RFC_7638_MODULUS = (
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
    "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
    "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8aw"
    "apJzKnqDKgw"
)


def rfc_7638_key() -> str:
    import base64

    from cryptography.hazmat.primitives.asymmetric import rsa

    modulus = int.from_bytes(base64.urlsafe_b64decode(RFC_7638_MODULUS + "=="), "big")
    public = rsa.RSAPublicNumbers(65537, modulus).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_a_keys_numbers_are_published_as_the_rfc_writes_them() -> None:
    (key,) = json.loads(oidc.key_set(rfc_7638_key()))["keys"]
    assert key["n"] == RFC_7638_MODULUS
    assert key["e"] == "AQAB"


def test_the_key_id_is_the_digest_of_the_public_key_info_without_padding(tmp_path) -> None:
    """As openssl computes it: `openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64`, made URL-safe."""
    import base64
    import shutil
    import subprocess

    if not shutil.which("openssl"):
        pytest.skip("openssl is not on PATH")
    pem = tmp_path / "public.pem"
    pem.write_text(rfc_7638_key())
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", pem, "-outform", "DER"], capture_output=True, check=True
    ).stdout
    digest = subprocess.run(
        ["openssl", "dgst", "-sha256", "-binary"], input=der, capture_output=True, check=True
    ).stdout
    assert oidc.key_id(rfc_7638_key()) == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_another_kind_of_key_is_refused() -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(TypeError, match="must be an RSA key"):
        oidc.key_set(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def test_the_discovery_document_says_what_kube_apiservers_own_does() -> None:
    assert json.loads(oidc.discovery_document("https://issuer.acme.example")) == {
        "issuer": "https://issuer.acme.example",
        "jwks_uri": "https://issuer.acme.example/openid/v1/jwks",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }

"""The cluster's own OIDC issuer: the documents that let a cloud verify the tokens of service accounts. Pure functions.

Formats are those of kube-apiserver (pkg/serviceaccount/jwt.go and openidmetadata.go): a key's id is the unpadded base64url of the SHA-256 of
its public key in DER (SubjectPublicKeyInfo), keys sign with RS256.
"""

from __future__ import annotations

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from adapters.specs import JWKS_PATH


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unsigned(number: int) -> str:
    """RFC 7518, section 2: big-endian, with no more octets than needed."""
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _rsa(public_key_pem: str) -> RSAPublicKey:
    key = load_pem_public_key(public_key_pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError("the service account key must be an RSA key: not every cloud verifies others")
    return key


def key_id(public_key_pem: str) -> str:
    """The `kid` that kube-apiserver puts into the header of every token it signs with this key."""
    der = _rsa(public_key_pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _base64url(hashlib.sha256(der).digest())


def key_set(public_key_pem: str) -> str:
    """The JSON Web Key Set (RFC 7517) with this one key."""
    numbers = _rsa(public_key_pem).public_numbers()
    key = {
        "use": "sig",
        "kty": "RSA",
        "kid": key_id(public_key_pem),
        "alg": "RS256",
        "n": _unsigned(numbers.n),
        "e": _unsigned(numbers.e),
    }
    return json.dumps({"keys": [key]}, separators=(",", ":"))


def key_set_url(issuer_url: str) -> str:
    """Where the key set of an issuer is."""
    return f"{issuer_url}/{JWKS_PATH}"


def discovery_document(issuer_url: str) -> str:
    """The discovery document (OpenID Connect Discovery 1.0) of an issuer; `issuer_url` has no final slash."""
    document = {
        "issuer": issuer_url,
        "jwks_uri": key_set_url(issuer_url),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return json.dumps(document, separators=(",", ":"))

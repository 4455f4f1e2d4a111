"""The published documents, followed as STS follows them: from a token's issuer to the key that verifies it."""

from __future__ import annotations

import base64
import json
from functools import cache

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.specs import IssuerSpec
from components.rke2.oidc import discovery_document, key_id, key_set
from tests.adapters.aws.layers import CLUSTER_ID, ISSUER, computed
from tests.adapters.aws.parts import adapter, out
from tests.support.recording import record


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@cache
def _key() -> tuple[RSAPrivateKey, str]:
    private = generate_private_key(65537, 2048)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private, pem.decode()


def _token(private: RSAPrivateKey, kid: str) -> str:
    claims = {"iss": ISSUER, "sub": "system:serviceaccount:vault:vault", "aud": ["sts.amazonaws.com"]}
    signed = ".".join(_encode(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": kid}, claims))
    return f"{signed}.{_encode(private.sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _published(pem: str) -> dict[str, str]:
    """Address to content, of everything that the distribution serves."""
    spec = IssuerSpec(jwks=key_set(pem), discovery=lambda url: url.apply(discovery_document), issuer_url=None)
    recording = record(lambda: adapter().identity(out(CLUSTER_ID)).issuer(spec) and None, computed)
    objects = recording.of("aws:s3/bucketObjectv2:BucketObjectv2")
    return {f"{ISSUER}/{o.inputs['key']}": o.inputs["content"] for o in objects}


def _verify(token: str, pages: dict[str, str]) -> None:
    """Errors: KeyError where a document or key is not to be found, InvalidSignature."""
    header, claims, signature = token.split(".")
    issuer = json.loads(_decode(claims))["iss"]
    discovery = json.loads(pages[f"{issuer}/.well-known/openid-configuration"])
    assert discovery["issuer"] == issuer
    keys = {k["kid"]: k for k in json.loads(pages[discovery["jwks_uri"]])["keys"]}
    key = keys[json.loads(_decode(header))["kid"]]
    e, n = (int.from_bytes(_decode(key[part]), "big") for part in ("e", "n"))
    public = RSAPublicNumbers(e, n).public_key()
    public.verify(_decode(signature), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())


def test_a_token_of_the_cluster_is_verified_by_what_is_published():
    private, pem = _key()
    _verify(_token(private, key_id(pem)), _published(pem))


def test_a_token_of_another_key_is_not():
    _, pem = _key()
    with pytest.raises(InvalidSignature):
        _verify(_token(generate_private_key(65537, 2048), key_id(pem)), _published(pem))


def test_a_token_that_names_another_key_is_not():
    private, pem = _key()
    with pytest.raises(KeyError, match="other"):
        _verify(_token(private, "other"), _published(pem))

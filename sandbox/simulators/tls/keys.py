"""Private keys in every form that the provider gives out."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from sandbox.provider import PropertyMap, ProviderError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

CURVES: Final[dict[str, type[ec.EllipticCurve]]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
_PUBLIC_EXPONENT: Final = 65_537


def generate(algorithm: str, bits: int, curve: str) -> PrivateKey:
    """A new random key. `bits` is for RSA only, `curve` for ECDSA only."""
    if algorithm == "RSA":
        return rsa.generate_private_key(_PUBLIC_EXPONENT, bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(CURVES[curve]())
    return ed25519.Ed25519PrivateKey.generate()


def load(pem: str) -> PrivateKey:
    """The key of a PEM text. Raises ProviderError, which never has the text in it."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ProviderError("failed to parse private key PEM: it holds no private key that can be read") from None
    if not isinstance(key, PrivateKey):
        raise ProviderError(f"unsupported private key algorithm: {type(key).__name__}")
    return key


def algorithm_of(key: PrivateKey | PublicKey) -> str:
    """RSA, ECDSA or ED25519."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) else "ED25519"


def public_der(key: PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_id(key: PublicKey) -> str:
    """The id of a key resource: the SHA-1 of its public half."""
    return hashlib.sha1(public_der(key), usedforsecurity=False).hexdigest()


def _pem(key: PrivateKey, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def outputs(key: PrivateKey) -> PropertyMap:
    """The computed properties of a private key."""
    public = key.public_key()
    ed = isinstance(key, ed25519.Ed25519PrivateKey)
    found: dict[str, Any] = {
        "privateKeyPem": _pem(
            key, serialization.PrivateFormat.PKCS8 if ed else serialization.PrivateFormat.TraditionalOpenSSL
        ),
        "privateKeyPemPkcs8": _pem(key, serialization.PrivateFormat.PKCS8),
        "publicKeyPem": public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        "privateKeyOpenssh": "",
        "publicKeyOpenssh": "",
        "publicKeyFingerprintMd5": "",
        "publicKeyFingerprintSha256": "",
    }
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1):
        return found  # OpenSSH has no such curve
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    blob = base64.b64decode(line.split()[1])
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    found["privateKeyOpenssh"] = _pem(key, serialization.PrivateFormat.OpenSSH)
    found["publicKeyOpenssh"] = line + "\n"
    found["publicKeyFingerprintMd5"] = ":".join(digest[n : n + 2] for n in range(0, len(digest), 2))
    found["publicKeyFingerprintSha256"] = "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip(
        "="
    )
    return found

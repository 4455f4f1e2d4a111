"""Secrets at rest: sealed with a random key that lies beside the state, in the same ignored folder, mode 0600.

That keeps secrets out of what is grepped, copied into a ticket or committed by mistake. It does not protect against
somebody who may read the folder; a real stack has a real secrets provider.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.engine.files import replace_file
from sandbox.engine.properties import Properties

if TYPE_CHECKING:
    from sandbox.grpc.values import Marks

_KEY_BITS: Final = 256
_NONCE_BYTES: Final = 12


class SealError(Exception):
    """The key and the state do not belong together."""


class Vault:
    """Seals and opens property maps with one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def beside(cls, key_path: Path, *, create: bool) -> Vault:
        """The vault of a key file, made with a new key where there is none and `create` allows it. Raises SealError."""
        if key_path.exists():
            return cls(key_path.read_bytes())
        if not create:
            raise SealError(f"{key_path} is missing: the secrets of the state beside it cannot be read without it")
        key = AESGCM.generate_key(_KEY_BITS)
        replace_file(key_path, key)
        return cls(key)

    def seal(self, properties: Properties, owner: str) -> dict[str, Any]:
        """Plain data to be written: public values as they are, everything secret in one sealed text bound to `owner`."""
        if not properties.marks:
            return {"values": properties.values}
        public, hidden = _split(properties.values, properties.marks)
        nonce = os.urandom(_NONCE_BYTES)
        text = json.dumps(hidden, separators=(",", ":")).encode()
        sealed = b64encode(nonce + self._cipher.encrypt(nonce, text, owner.encode())).decode()
        return {"values": public, "marks": properties.marks, "sealed": sealed}

    def open(self, written: Mapping[str, Any], owner: str) -> Properties:
        """The inverse of :meth:`seal`. Raises SealError where key or owner differ."""
        if "sealed" not in written:
            return Properties(written["values"])
        raw = b64decode(written["sealed"])
        try:
            text = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode())
        except InvalidTag as error:
            raise SealError(f"the secrets of {owner} were sealed with another key") from error
        return Properties(_merged(written["values"], json.loads(text)), written["marks"])


def _split(values: Mapping[str, Any], marks: Mapping[str, Marks]) -> tuple[dict[str, Any], dict[str, Any]]:
    public: dict[str, Any] = {}
    hidden: dict[str, Any] = {}
    for key, value in values.items():
        mark = marks.get(key, False)
        if not mark:
            public[key] = value
        elif isinstance(mark, dict) and isinstance(value, Mapping):
            public[key], hidden[key] = _split(value, mark)
        else:
            hidden[key] = value
    return public, hidden


def _merged(public: Mapping[str, Any], hidden: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(public)
    for key, value in hidden.items():
        below = result.get(key)
        result[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result

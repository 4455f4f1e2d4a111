"""Values that look random and are the same in every run: ids, name suffixes, addresses."""

from __future__ import annotations

from base64 import b32encode
from hashlib import blake2b
from ipaddress import IPv4Network
from uuid import UUID


def digest(*parts: object) -> bytes:
    """64 bytes that depend on all of the parts and on nothing else."""
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=64).digest()


def hexadecimal(length: int, *parts: object) -> str:
    """`length` (up to 128) hexadecimal digits."""
    return digest(*parts).hex()[:length]


def alphanumeric(length: int, *parts: object) -> str:
    """`length` (up to 100) upper-case letters and digits 2 to 7, as in AWS's unique ids."""
    return b32encode(digest(*parts)).decode()[:length]


def letters(length: int, *parts: object) -> str:
    """`length` (up to 64) letters of both cases and digits."""
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(alphabet[byte % len(alphabet)] for byte in digest(*parts)[:length])


def number(below: int, *parts: object) -> int:
    """A whole number from 0 to `below` - 1."""
    return int.from_bytes(digest(*parts)[:8]) % below


def uuid(*parts: object) -> str:
    """A version 4 UUID."""
    return str(UUID(bytes=digest(*parts)[:16], version=4))


def public_address(*parts: object) -> str:
    """An address of TEST-NET-2 or the benchmarking network: public in shape, routed nowhere."""
    network = IPv4Network("198.18.0.0/15")
    return str(network[number(network.num_addresses - 2, *parts) + 1])

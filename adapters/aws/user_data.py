"""Packing of user data for EC2."""

from __future__ import annotations

import base64
import gzip

MAX_BYTES = 16_384
"""EC2's limit, before base64."""


class UserDataTooLongError(ValueError):
    """A node's cloud-init does not fit, even packed."""


def pack(text: str, node: str) -> str:
    """Cloud-init for `node`, gzipped (cloud-init unpacks it by itself) and in base64. The same text gives the same result.

    Raises UserDataTooLongError beyond EC2's limit of 16,384 bytes.
    """
    packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    if len(packed) > MAX_BYTES:
        raise UserDataTooLongError(
            f"the user data of {node} has {len(packed):,} bytes when packed, {len(packed) - MAX_BYTES:,} more than EC2 takes: "
            "use a golden image (image.golden), which already contains the long scripts"
        )
    return base64.b64encode(packed).decode()

"""The checksum that Cloud Storage keeps of every object."""

from __future__ import annotations

import google_crc32c

__all__ = ["crc32c"]


def crc32c(data: bytes) -> int:
    """Compute the CRC32C (Castagnoli) of `data`, unsigned: 0xE3069283 for b"123456789"."""
    return int(google_crc32c.value(data))

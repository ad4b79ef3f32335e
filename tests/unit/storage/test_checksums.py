"""The checksum is Castagnoli's, as everybody else computes it."""

from __future__ import annotations

import pytest

from arco.storage.checksums import crc32c


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),  # the check value of the catalogue of CRC algorithms
        (bytes(32), 0x8A9136AA),  # RFC 3720, B.4
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_checksum_is_the_published_one(data: bytes, expected: int) -> None:
    """The vectors of RFC 3720 come out."""
    assert crc32c(data) == expected

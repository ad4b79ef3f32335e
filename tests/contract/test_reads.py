"""Reads see what was written, all of it and nothing else; absence is a value of every verb that reads."""

from __future__ import annotations

import pytest

from arco.errors import UsageError
from arco.storage.bucket import ABSENT, Bucket
from arco.storage.checksums import crc32c
from tests.contract.asking import create, described, found, written

NAME = "tenant=acme/workspace=prod/state/catalog/tables.parquet"
LARGE = bytes(range(256)) * (8 * 4096) + b"\x00\xff\r"


async def test_absent_is_a_value(bucket: Bucket) -> None:
    """Reading what is not there raises nothing and gives nothing."""
    assert await bucket.get(NAME) is ABSENT
    assert await bucket.get_range(NAME, 0, 10) is ABSENT
    assert await bucket.get_range(NAME, 5, 5) is ABSENT
    assert await bucket.head(NAME) is ABSENT


async def test_read_after_write(bucket: Bucket) -> None:
    """Each write that was answered is seen by the next read, whichever verb it uses."""
    version = await create(bucket, NAME, b"0")
    for number in range(1, 20):
        data = str(number).encode()
        version = written(await bucket.put(NAME, data, version))

        assert (await found(bucket, NAME)).data == data
        assert await bucket.get_range(NAME, 0, 100) == data
        assert (await described(bucket, NAME)).version == version


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 10, b"0123456789"),
        (0, 1, b"0"),
        (9, 10, b"9"),
        (3, 7, b"3456"),
        (7, 11, b"789"),
        (0, 10**12, b"0123456789"),
        (0, 0, b""),
        (4, 4, b""),
        (10, 10, b""),
        (10, 11, b""),
        (11, 12, b""),
        (10**12, 10**12 + 1, b""),
    ],
)
async def test_range_is_clamped_to_the_object(bucket: Bucket, start: int, end: int, expected: bytes) -> None:
    """A range gives the bytes of the object that lie in it, be they none."""
    await create(bucket, NAME, b"0123456789")

    assert await bucket.get_range(NAME, start, end) == expected


@pytest.mark.parametrize(("start", "end"), [(1, 0), (-1, 5), (-5, -1), (10**12, 0)])
async def test_range_that_is_none_is_a_mistake(bucket: Bucket, start: int, end: int) -> None:
    """A range that ends before it begins, or begins before the object, is refused, on an absent name too."""
    await create(bucket, NAME, b"0123456789")

    for name in (NAME, NAME + ".absent"):
        with pytest.raises(UsageError):
            await bucket.get_range(name, start, end)


@pytest.mark.parametrize("data", [b"", b"\x00", b"123456789", b"\r\n\x1a\xff" * 999])
async def test_description_tells_size_and_checksum(bucket: Bucket, data: bytes) -> None:
    """Size and CRC32C are those of the bytes that were written."""
    await create(bucket, NAME, data)
    meta = await described(bucket, NAME)

    assert meta.size == len(data)
    assert meta.crc32c == crc32c(data)


async def test_description_follows_an_overwrite(bucket: Bucket) -> None:
    """After a swap the description is the new content's."""
    version = await create(bucket, NAME, b"short")
    written(await bucket.put(NAME, b"rather longer", version))
    meta = await described(bucket, NAME)

    assert (meta.size, meta.crc32c) == (13, crc32c(b"rather longer"))


async def test_empty_object_is_not_absent(bucket: Bucket) -> None:
    """No bytes are content: the name is occupied."""
    await create(bucket, NAME, b"")

    assert (await found(bucket, NAME)).data == b""
    assert await bucket.get_range(NAME, 0, 10) == b""
    assert (await bucket.list_page("", "", 10)).names == (NAME,)


async def test_large_object_comes_back_whole(bucket: Bucket) -> None:
    """Eight MiB and three bytes come back byte for byte, and so does a range across their middle."""
    await create(bucket, NAME, LARGE)
    middle = len(LARGE) // 2

    assert (await found(bucket, NAME)).data == LARGE
    assert await bucket.get_range(NAME, middle - 70_000, middle + 70_001) == LARGE[middle - 70_000 : middle + 70_001]
    assert await bucket.get_range(NAME, len(LARGE) - 3, len(LARGE) + 9) == LARGE[-3:]
    assert (await described(bucket, NAME)).size == len(LARGE)
    assert (await described(bucket, NAME)).crc32c == crc32c(LARGE)


async def test_objects_do_not_share_anything(bucket: Bucket) -> None:
    """A write to one name leaves its neighbours alone."""
    first = await create(bucket, NAME, b"one")
    await create(bucket, NAME + "2", b"two")
    written(await bucket.put(NAME, b"changed", first))

    assert (await found(bucket, NAME + "2")).data == b"two"

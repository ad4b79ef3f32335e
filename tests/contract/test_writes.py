"""Writes are conditional, on a version or on absence, and a version is never used twice."""

from __future__ import annotations

import pytest

from arco.storage.bucket import ABSENT, Bucket, Refused, Version, Written
from tests.contract.asking import create, described, found, refused, written

NAME = "tenant=acme/workspace=prod/ledger/catalog/00000000000000000001.json"
MALFORMED = ("", "0", "-1", "1 ", "latest", "*", "None", "1e3", "0x1", "9" * 40, "version", "\u00b2", "a/b", "null")


async def test_create_if_absent_writes(bucket: Bucket) -> None:
    """An absent name takes the first bytes that are sent to it."""
    version = await create(bucket, NAME, b"first")

    assert (await found(bucket, NAME)).data == b"first"
    assert (await found(bucket, NAME)).version == version


async def test_create_of_an_existing_name_is_refused(bucket: Bucket) -> None:
    """An occupied name refuses a create, and keeps its bytes and its version."""
    version = await create(bucket, NAME, b"first")
    answer = await bucket.put(NAME, b"second", ABSENT)

    refused(answer, truth=version)
    assert (await found(bucket, NAME)).data == b"first"
    assert (await found(bucket, NAME)).version == version


async def test_create_of_the_same_bytes_is_refused_too(bucket: Bucket) -> None:
    """A create is decided by the name alone: equal bytes are no reason to say that it took place."""
    version = await create(bucket, NAME, b"same")

    refused(await bucket.put(NAME, b"same", ABSENT), truth=version)


async def test_swap_at_the_version_that_was_read_writes(bucket: Bucket) -> None:
    """A swap at the current version replaces the bytes, and gives a new version."""
    first = await create(bucket, NAME, b"first")
    second = written(await bucket.put(NAME, b"second", first))

    assert second != first
    assert (await found(bucket, NAME)).data == b"second"
    assert (await found(bucket, NAME)).version == second


async def test_swap_to_the_same_bytes_is_a_write(bucket: Bucket) -> None:
    """Equal bytes get a new version all the same, or a second holder of the old one could swap too."""
    first = await create(bucket, NAME, b"same")
    second = written(await bucket.put(NAME, b"same", first))

    assert second != first
    refused(await bucket.put(NAME, b"other", first), truth=second)


async def test_swap_at_a_stale_version_is_refused(bucket: Bucket) -> None:
    """A version that has been replaced is refused, and changes nothing."""
    first = await create(bucket, NAME, b"first")
    second = written(await bucket.put(NAME, b"second", first))
    answer = await bucket.put(NAME, b"third", first)

    refused(answer, truth=second)
    assert (await found(bucket, NAME)).data == b"second"


async def test_swap_of_an_absent_name_is_refused(bucket: Bucket) -> None:
    """A version of another object does not create this one."""
    version = await create(bucket, NAME)
    answer = await bucket.put(NAME + ".other", b"data", version)

    refused(answer, truth=ABSENT)
    assert await bucket.get(NAME + ".other") is ABSENT


@pytest.mark.parametrize("text", MALFORMED)
async def test_malformed_version_is_refused(bucket: Bucket, text: str) -> None:
    """What is no version fails closed: it neither creates, nor overwrites, nor deletes."""
    version = await create(bucket, NAME, b"first")

    refused(await bucket.put(NAME, b"second", Version(text)), truth=version)
    refused(await bucket.delete(NAME, Version(text)), truth=version)
    refused(await bucket.put(NAME + ".absent", b"data", Version(text)), truth=ABSENT)
    assert (await found(bucket, NAME)).data == b"first"
    assert await bucket.get(NAME + ".absent") is ABSENT


async def test_delete_at_the_current_version_deletes(bucket: Bucket) -> None:
    """A delete at the version that stands there says so, and every verb finds the name free."""
    version = await create(bucket, NAME)
    answer = await bucket.delete(NAME, version)

    assert isinstance(answer, Written)
    assert answer.version == version
    assert await bucket.get(NAME) is ABSENT
    assert await bucket.head(NAME) is ABSENT
    assert (await bucket.list_page("", "", 10)).names == ()


async def test_delete_at_a_stale_version_is_refused(bucket: Bucket) -> None:
    """What has been overwritten since is not deleted."""
    first = await create(bucket, NAME, b"first")
    second = written(await bucket.put(NAME, b"second", first))
    answer = await bucket.delete(NAME, first)

    refused(answer, truth=second)
    assert (await found(bucket, NAME)).data == b"second"


async def test_delete_of_an_absent_name_is_absent(bucket: Bucket) -> None:
    """A second delete finds nothing, which is a value."""
    version = await create(bucket, NAME)
    written(await bucket.delete(NAME, version))

    assert await bucket.delete(NAME, version) is ABSENT
    assert await bucket.delete(NAME + ".never", version) is ABSENT


async def test_versions_are_never_used_again(bucket: Bucket) -> None:
    """Deleting and creating again, even with the same bytes, gives versions that no holder of an old one can use."""
    versions: list[Version] = []
    for _ in range(4):
        versions.append(await create(bucket, NAME, b"same"))
        versions.append(written(await bucket.put(NAME, b"same", versions[-1])))
        written(await bucket.delete(NAME, versions[-1]))
    last = await create(bucket, NAME, b"same")

    assert len({*versions, last}) == len(versions) + 1
    for version in versions:
        refused(await bucket.put(NAME, b"stale", version), truth=last)
        refused(await bucket.delete(NAME, version), truth=last)


async def test_deleted_name_refuses_the_version_it_had(bucket: Bucket) -> None:
    """A swap that began before a delete does not bring the object back."""
    version = await create(bucket, NAME)
    written(await bucket.delete(NAME, version))
    answer = await bucket.put(NAME, b"late", version)

    assert isinstance(answer, Refused)
    assert await bucket.get(NAME) is ABSENT


async def test_version_is_the_same_from_every_verb(bucket: Bucket) -> None:
    """The write, the read and the description tell one version."""
    version = await create(bucket, NAME)

    assert (await found(bucket, NAME)).version == version
    assert (await described(bucket, NAME)).version == version


async def test_times_are_whole_seconds(bucket: Bucket) -> None:
    """Times are the backend's, in whole seconds, or not told; an object does not change after the read of it."""
    written_at = await bucket.put(NAME, b"data", ABSENT)
    read = await found(bucket, NAME)
    meta = await described(bucket, NAME)

    assert isinstance(written_at, Written)
    for seconds in (written_at.updated, written_at.server_time, read.updated, read.server_time, meta.updated):
        assert seconds is None or type(seconds) is int
    assert read.updated is None or read.server_time is None or read.updated <= read.server_time
    assert len({time for time in (written_at.updated, read.updated, meta.updated) if time is not None}) <= 1

"""Objects over two buckets: what is known of an object is of that generation, after a crash and among tasks too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest

from arco.emulator.store import Attributes, ObjectStore, StoredObject
from arco.errors import UnavailableError
from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.folder import open_folder
from arco.storage.memory import MemoryBucket
from tests.fakes.emulated import ALICE, BUCKET, rights, running_emulated
from tests.fakes.manual_clock import ManualClock

_RED = Attributes("text/red", {"colour": "red"}, {"cacheControl": "no-store"})
_BLUE = Attributes("text/blue", {"colour": "blue"})


class _Failing:
    """A bucket whose next `fails` writes are lost, and whose writes wait while `gate` is closed."""

    def __init__(self, inner: Bucket) -> None:
        self.inner = inner
        self.fails = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def get(self, name: str) -> Stored | Absent:
        return await self.inner.get(name)

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        return await self.inner.get_range(name, start, end)

    async def head(self, name: str) -> ObjectMeta | Absent:
        return await self.inner.head(name)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        await self.gate.wait()
        if self.fails:
            self.fails -= 1
            message = "the process ends here"
            raise UnavailableError(message, name=name)
        return await self.inner.put(name, data, if_version)

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        return await self.inner.delete(name, if_version)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        return await self.inner.list_page(prefix, start_after, limit)


class _Site:
    """A store, and both buckets below it."""

    def __init__(self) -> None:
        clock = ManualClock()
        self.data = _Failing(MemoryBucket(clock))
        self.attributes = _Failing(MemoryBucket(clock))
        self.store = ObjectStore(self.data, self.attributes)

    async def write(self, data: bytes, attributes: Attributes, over: int = 0) -> StoredObject:
        """Write, which must take place."""
        made = await self.store.write("a", data, attributes, over)
        assert made is not None
        return made


@pytest.fixture
async def site() -> _Site:
    """Give an empty store."""
    return _Site()


async def test_what_is_written_is_found(site: _Site) -> None:
    """Both halves come back, in both ways of asking."""
    made = await site.write(b"data", _RED)

    assert await site.store.find("a") == made
    assert await site.store.read("a") == (made, b"data")
    assert made.attributes == _RED


async def test_write_over_another_generation_does_nothing(site: _Site) -> None:
    """What is not over the live generation is not written."""
    made = await site.write(b"data", _RED)

    assert await site.store.write("a", b"new", _BLUE, 0) is None
    assert await site.store.write("a", b"new", _BLUE, made.generation + 1) is None
    assert await site.store.write("b", b"new", _BLUE, 7) is None
    assert await site.store.read("a") == (made, b"data")
    assert await site.store.find("b") is None


@pytest.mark.parametrize("overwrites", [False, True])
async def test_crash_between_both_halves_leaves_an_object(site: _Site, *, overwrites: bool) -> None:
    """The bytes are there, with default attributes: never those of the generation before."""
    before = await site.write(b"old", _RED) if overwrites else None
    site.attributes.fails = 1
    with pytest.raises(UnavailableError):
        await site.write(b"new", _BLUE, 0 if before is None else before.generation)
    read = await site.store.read("a")

    assert read is not None
    assert read[1] == b"new"
    assert read[0].attributes == Attributes()
    assert (read[0].metageneration, read[0].md5) == (1, None)


async def test_object_after_a_crash_can_be_changed(site: _Site) -> None:
    """It can be described, overwritten and deleted like any other."""
    site.attributes.fails = 1
    with pytest.raises(UnavailableError):
        await site.write(b"data", _RED)
    found = await site.store.find("a")
    assert found is not None
    changed = await site.store.describe(found, _BLUE, 99)
    assert changed is not None
    over = await site.write(b"more", _RED, changed.generation)

    assert (changed.metageneration, changed.updated, changed.attributes) == (2, 99, _BLUE)
    assert await site.store.find("a") == over
    assert await site.store.delete("a", over.generation)


async def test_attributes_of_what_was_deleted_do_not_come_back(site: _Site) -> None:
    """A name that is used again begins anew."""
    first = await site.write(b"data", _RED)
    assert await site.store.delete("a", first.generation)
    gone = await site.store.find("a")
    site.attributes.fails = 1
    with pytest.raises(UnavailableError):
        await site.write(b"data", _BLUE)
    found = await site.store.find("a")

    assert gone is None
    assert found is not None
    assert found.attributes == Attributes()


async def test_delete_of_another_generation_does_nothing(site: _Site) -> None:
    """Only what was meant is deleted."""
    made = await site.write(b"data", _RED)

    assert not await site.store.delete("a", made.generation + 1)
    assert await site.store.find("a") == made


async def test_of_concurrent_patches_of_one_state_one_counts(site: _Site) -> None:
    """Each metageneration is one description."""
    made = await site.write(b"data", _RED)
    answers = await asyncio.gather(*(site.store.describe(made, _BLUE, number) for number in range(8)))
    won = [answer for answer in answers if answer is not None]

    assert len(won) == 1
    assert await site.store.find("a") == won[0]


async def test_patch_of_a_replaced_generation_does_nothing(site: _Site) -> None:
    """What was known of the object that is gone is not told of the one that came."""
    made = await site.write(b"data", _RED)
    over = await site.write(b"new", _RED, made.generation)

    assert await site.store.describe(made, _BLUE, 5) is None
    assert await site.store.find("a") == over


async def test_nobody_sees_half_an_object(site: _Site) -> None:
    """Who asks while the second half is written waits for it; others do not."""
    site.attributes.gate.clear()
    writing = asyncio.create_task(site.write(b"data", _RED))
    await asyncio.sleep(0)
    reading = asyncio.create_task(site.store.read("a"))
    finding = asyncio.create_task(site.store.find("a"))
    other = await site.store.find("b")
    for _ in range(5):
        await asyncio.sleep(0)
    early = (reading.done(), finding.done())
    site.attributes.gate.set()
    made = await writing

    assert other is None
    assert early == (False, False)
    assert await reading == (made, b"data")
    assert await finding == made


async def test_locks_are_forgotten(site: _Site) -> None:
    """Asking for many names leaves nothing behind."""
    for number in range(100):
        await site.store.find(str(number))

    assert len(site.store._locks) == 0  # noqa: SLF001 - nobody else could see it


async def test_names_go_through_every_page(site: _Site) -> None:
    """A listing is as long as it is."""
    for number in range(2100):
        await site.data.inner.put(f"{number:04}", b"", ABSENT)
    names = [name async for name in site.store.names("", "")]
    some = [name async for name in site.store.names("20", "2004")]

    assert names == [f"{number:04}" for number in range(2100)]
    assert some == [f"{number:04}" for number in range(2005, 2100)]


def test_restart_keeps_every_object(tmp_path: Path) -> None:
    """Over folders, what one emulator answered the next one knows: bytes, generation, description and times."""
    clock = ManualClock()

    @asynccontextmanager
    async def opened(bucket: str, part: Literal["objects", "attributes"]) -> AsyncIterator[Bucket]:
        folder = tmp_path / bucket / part
        folder.mkdir(parents=True, exist_ok=True)
        async with open_folder(folder, clock) as found:
            yield found

    every = rights(ALICE, *(f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")))
    with running_emulated(*every, clock=clock, open_bucket=opened) as emulated:
        blob = emulated.bucket().blob("a/b c%2F")
        blob.metadata = {"colour": "red"}
        blob.upload_from_string(b"data", content_type="text/red")
        blob.metadata = {"colour": "blue"}
        blob.patch()
        before = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/a%2Fb%20c%252F").json()
    clock.advance(1000)
    with running_emulated(*every, clock=clock, open_bucket=opened) as emulated:
        after = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/a%2Fb%20c%252F").json()
        content = emulated.content("a/b c%2F")
        newer = emulated.put("a/b c%2F", b"newer")

    places = {"selfLink", "mediaLink"}
    assert {key: after[key] for key in after.keys() - places} == {key: before[key] for key in before.keys() - places}
    assert (after["metadata"], after["metageneration"], content) == ({"colour": "blue"}, "2", b"data")
    assert newer > int(after["generation"])

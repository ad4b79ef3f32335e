"""What memory promises beyond the contract: exact times, and what stands there when it refuses."""

from __future__ import annotations

import asyncio
import threading
from typing import final

import pytest

from arco.storage.bucket import ABSENT, ObjectMeta, Refused, Stored, Version, Written
from arco.storage.memory import MemoryBucket
from tests.fakes.manual_clock import ManualClock


async def test_times_are_the_clocks() -> None:
    """`updated` is the second of the write, `server_time` that of the answer, both rounded down."""
    clock = ManualClock()
    bucket = MemoryBucket(clock)
    wrote = await bucket.put("a", b"data", ABSENT)
    clock.advance(5)
    read = await bucket.get("a")
    meta = await bucket.head("a")

    assert isinstance(wrote, Written)
    assert isinstance(read, Stored)
    assert isinstance(meta, ObjectMeta)
    assert (wrote.updated, wrote.server_time) == (1_780_000_000, 1_780_000_000)
    assert (read.updated, read.server_time) == (1_780_000_000, 1_780_000_005)
    assert meta.updated == 1_780_000_000


async def test_refusal_tells_what_stands_there() -> None:
    """A refused write or delete gives the version of the object, or that there is none."""
    bucket = MemoryBucket(ManualClock())
    wrote = await bucket.put("a", b"data", ABSENT)
    assert isinstance(wrote, Written)

    assert await bucket.put("a", b"data", ABSENT) == Refused(wrote.version)
    assert await bucket.put("b", b"data", wrote.version) == Refused(ABSENT)
    assert await bucket.delete("a", Version("stale")) == Refused(wrote.version)


async def test_versions_are_of_the_bucket() -> None:
    """No version is given to two names, so that one cannot be used for the other by mistake."""
    bucket = MemoryBucket(ManualClock())
    answers = [await bucket.put(name, b"data", ABSENT) for name in "abc"]

    assert len({answer.version for answer in answers if isinstance(answer, Written)}) == 3


@final
class LingeringVersion(str):
    """A version whose comparison lets another thread try meanwhile, for a fifth of a second at most."""

    __slots__ = ("other",)
    other: threading.Thread

    def __ne__(self, current: object) -> bool:
        """Compare, and linger between check and write."""
        differs = str(self) != current
        self.other.start()
        self.other.join(0.2)
        return differs

    __hash__ = str.__hash__


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_nobody_comes_between_check_and_write(verb: str) -> None:
    """While one thread has checked its version and not yet written, another one waits, and is refused then."""
    bucket = MemoryBucket(ManualClock())
    first = asyncio.run(bucket.put("a", b"data", ABSENT))
    assert isinstance(first, Written)
    version = first.version
    lingering = LingeringVersion(version)
    others: list[object] = []
    lingering.other = threading.Thread(target=lambda: others.append(asyncio.run(bucket.put("a", b"other", version))))
    write = bucket.put("a", b"data", Version(lingering)) if verb == "put" else bucket.delete("a", Version(lingering))
    answer = asyncio.run(write)
    lingering.other.join()

    assert isinstance(answer, Written)
    assert [type(other) for other in others] == [Refused]


async def test_restored_bucket_goes_on_as_the_first_would() -> None:
    """Objects, order, versions and the counter of versions are those of the moment of the snapshot."""
    clock = ManualClock()
    bucket = MemoryBucket(clock)
    for name in ("b", "a"):
        await bucket.put(name, b"data", ABSENT)
    again = MemoryBucket.restored(clock, bucket.snapshot())

    assert again.snapshot() == bucket.snapshot()
    assert await again.get("a") == await bucket.get("a")
    assert await again.list_page("", "", 9) == await bucket.list_page("", "", 9)
    assert await again.put("c", b"data", ABSENT) == await bucket.put("c", b"data", ABSENT)


async def test_snapshot_stays_as_it_is() -> None:
    """What is written or deleted later, there or in a bucket restored from it, is not in it."""
    bucket = MemoryBucket(ManualClock())
    wrote = await bucket.put("a", b"data", ABSENT)
    assert isinstance(wrote, Written)
    before = bucket.snapshot()
    restored = MemoryBucket.restored(ManualClock(), before)
    await bucket.put("b", b"data", ABSENT)
    await restored.delete("a", wrote.version)

    assert [one.name for one in before.objects] == ["a"]
    assert [one.name for one in bucket.snapshot().objects] == ["a", "b"]
    assert restored.snapshot().objects == ()

"""What memory promises beyond the contract: exact times, and what stands there when it refuses."""

from __future__ import annotations

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

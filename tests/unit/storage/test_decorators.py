"""What each decorator adds to the bucket inside; that it takes nothing away, the contract says."""

from __future__ import annotations

import asyncio
import math

import pytest

from arco.errors import AccessDeniedError, OutcomeUnknownError, UnavailableError, UsageError
from arco.runtime import SeededRandomness
from arco.storage.bucket import ABSENT, Absent, Refused, Stored, Version, Written
from arco.storage.decorators.faults import Fault, FaultBucket, ScriptedFaults, SeededFaults
from arco.storage.decorators.forbidding import UnlistableBucket
from arco.storage.decorators.forwarding import ForwardingBucket
from arco.storage.decorators.latency import Latency, LatencyBucket
from arco.storage.decorators.tracing import Call, TracingBucket
from arco.storage.memory import MemoryBucket
from tests.fakes.manual_clock import ManualClock

LATENCY = Latency(read_seconds=0.25, write_seconds=0.5, list_seconds=0.125, bytes_per_second=8)
READS = ("get", "get_range", "head", "list_page")


def _memory() -> MemoryBucket:
    return MemoryBucket(ManualClock())


async def _written(bucket: MemoryBucket, name: str, data: bytes = b"data") -> Version:
    answer = await bucket.put(name, data, ABSENT)
    assert isinstance(answer, Written)
    return answer.version


async def _read(bucket: ForwardingBucket, verb: str) -> object:
    match verb:
        case "get":
            return await bucket.get("a")
        case "get_range":
            return await bucket.get_range("a", 0, 3)
        case "head":
            return await bucket.head("a")
        case _:
            return await bucket.list_page("", "", 10)


async def test_trace_tells_every_request() -> None:
    """Operation, name, outcome and bytes of each request are written down, in the order of answers."""
    bucket = TracingBucket(_memory())
    await bucket.get("a")
    first = await bucket.put("a", b"data", ABSENT)
    assert isinstance(first, Written)
    await bucket.put("a", b"other", ABSENT)
    await bucket.get("a")
    await bucket.get_range("a", 1, 3)
    await bucket.head("a")
    await bucket.list_page("", "", 10)
    with pytest.raises(UsageError):
        await bucket.get_range("a", 3, 1)
    await bucket.delete("a", first.version)

    assert bucket.trace == [
        Call("get", "a", "absent"),
        Call("put", "a", "ok", bytes_sent=4),
        Call("put", "a", "refused", bytes_sent=5),
        Call("get", "a", "ok", bytes_received=4),
        Call("get_range", "a", "ok", bytes_received=2),
        Call("head", "a", "ok"),
        Call("list_page", "", "ok", bytes_received=1),
        Call("get_range", "a", "UsageError"),
        Call("delete", "a", "ok"),
    ]


async def test_trace_adds_up() -> None:
    """Totals are those of all requests: by operation, and of the bytes in each direction."""
    bucket = TracingBucket(_memory())
    await bucket.put("a", b"data", ABSENT)
    await bucket.put("a", b"in vain", ABSENT)
    await bucket.get("a")

    assert bucket.requests == {"put": 2, "get": 1}
    assert (bucket.bytes_sent, bucket.bytes_received) == (11, 4)


async def test_trace_tells_a_lost_reply() -> None:
    """A request that failed was a request: its bytes were sent."""
    bucket = TracingBucket(FaultBucket(_memory(), ScriptedFaults([Fault.AFTER])))
    with pytest.raises(OutcomeUnknownError):
        await bucket.put("a", b"data", ABSENT)

    assert bucket.trace == [Call("put", "a", "OutcomeUnknownError", bytes_sent=4)]


async def test_reads_and_listings_take_their_time() -> None:
    """A read waits on the way there and on the way back, and for the bytes that it brings."""
    clock = ManualClock()
    memory = MemoryBucket(clock)
    await _written(memory, "a", b"12345678")
    bucket = LatencyBucket(memory, clock, LATENCY)
    await bucket.get("a")
    await bucket.get_range("a", 0, 4)
    await bucket.head("a")
    await bucket.list_page("", "", 1)

    assert clock.slept == [0.25, 1.25, 0.25, 0.75, 0.25, 0.25, 0.125, 0.125]


async def test_mutations_of_one_name_are_a_second_apart() -> None:
    """The second write of a name waits for its second, a delete too; another name, and a read, do not."""
    clock = ManualClock()
    bucket = LatencyBucket(MemoryBucket(clock), clock, Latency(0, 0, 0, math.inf))
    began = clock.monotonic_seconds()
    times: list[float] = []
    version: Version | Absent = ABSENT
    for _ in range(3):
        answer = await bucket.put("a", b"data", version)
        assert isinstance(answer, Written)
        version = answer.version
        times.append(clock.monotonic_seconds() - began)
    assert version is not ABSENT
    await bucket.delete("a", version)
    times.append(clock.monotonic_seconds() - began)
    await bucket.put("b", b"data", ABSENT)
    await bucket.get("a")

    assert times == [0, 1, 2, 3]
    assert clock.monotonic_seconds() - began == 3


async def test_idle_name_is_written_at_once() -> None:
    """A name that has rested for a second makes nobody wait."""
    clock = ManualClock()
    bucket = LatencyBucket(MemoryBucket(clock), clock, Latency(0, 0, 0, math.inf))
    await bucket.put("a", b"data", ABSENT)
    clock.advance(1)
    await bucket.put("a", b"data", ABSENT)

    assert sum(clock.slept) == 0


async def test_others_go_between_a_request_and_its_answer() -> None:
    """Requests interleave where those of a real bucket would: of two that read absence, one creates."""
    clock = ManualClock()
    bucket = LatencyBucket(MemoryBucket(clock), clock)

    async def create() -> Written | Refused:
        assert await bucket.get("a") is ABSENT
        return await bucket.put("a", b"data", ABSENT)

    answers = await asyncio.gather(create(), create())

    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "Written"]


@pytest.mark.parametrize(
    ("fault", "error", "lands"),
    [
        (Fault.BEFORE, UnavailableError, False),
        (Fault.AFTER, OutcomeUnknownError, True),
        (Fault.DELAYED, OutcomeUnknownError, False),
        (Fault.TORN, OutcomeUnknownError, False),
        (Fault.DENIED, AccessDeniedError, False),
    ],
)
async def test_fault_of_a_write(fault: Fault, error: type[Exception], lands: bool) -> None:  # noqa: FBT001 drawn from the table
    """Each fault raises its error; only a lost reply has been preceded by the write."""
    memory = _memory()
    version = await _written(memory, "old")
    bucket = FaultBucket(memory, ScriptedFaults([fault, fault]))
    with pytest.raises(error):
        await bucket.put("new", b"data", ABSENT)
    with pytest.raises(error):
        await bucket.delete("old", version)

    assert isinstance(await memory.get("new"), Stored) == lands
    assert (await memory.get("old") is ABSENT) == lands


async def test_torn_upload_never_lands() -> None:
    """Nothing of a torn upload is on its way."""
    bucket = FaultBucket(_memory(), ScriptedFaults([Fault.TORN]))
    with pytest.raises(OutcomeUnknownError):
        await bucket.put("a", b"data", ABSENT)

    assert bucket.delayed == 0
    assert await bucket.get("a") is ABSENT


async def test_delayed_write_lands_when_it_is_told() -> None:
    """Until then nothing is there; then it is, if its precondition still holds."""
    bucket = FaultBucket(_memory(), ScriptedFaults([Fault.DELAYED, Fault.DELAYED]))
    for data in (b"first", b"second"):
        with pytest.raises(OutcomeUnknownError):
            await bucket.put("a", data, ABSENT)
    before = await bucket.get("a")
    late = await bucket.land(1)
    later = await bucket.land()
    standing = await bucket.get("a")

    assert before is ABSENT
    assert isinstance(late, Written)
    assert isinstance(later, Refused)
    assert isinstance(standing, Stored)
    assert standing.data == b"second"
    assert bucket.delayed == 0


@pytest.mark.parametrize("verb", READS)
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
async def test_fault_of_a_read(verb: str, fault: Fault) -> None:
    """A read that fails is denied or unavailable, and the next one is answered."""
    bucket = FaultBucket(_memory(), ScriptedFaults([fault], operations=READS))
    with pytest.raises(AccessDeniedError if fault is Fault.DENIED else UnavailableError):
        await _read(bucket, verb)
    await _read(bucket, verb)


async def test_seed_decides_the_faults() -> None:
    """The same seed breaks the same requests; the share of those that are broken is about what was asked for."""
    decisions = [SeededFaults(SeededRandomness(seed), per_256=64, faults=[Fault.TORN]) for seed in (3, 3, 4)]
    first, again, other = ([faults.decide("put", "a") for _ in range(1000)] for faults in decisions)

    assert first == again
    assert first != other
    assert 200 < first.count(Fault.TORN) < 300
    assert set(first) == {Fault.NONE, Fault.TORN}


async def test_listing_is_forbidden() -> None:
    """A listing is a mistake of the code, which no retry hides."""
    bucket = UnlistableBucket(_memory())
    with pytest.raises(UsageError):
        await bucket.list_page("", "", 1)

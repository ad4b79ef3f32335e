"""Clocks, randomness and ids: the machine's keep their word, and the simulated ones do only what they are told."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arco import runtime
from arco.errors import UsageError
from arco.runtime import (
    Clock,
    Ids,
    OrderedIds,
    Randomness,
    SeededRandomness,
    SimulatedClock,
    SystemClock,
    SystemIds,
    SystemRandomness,
)

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
ATTEMPT = re.compile(r"[0-9a-z]{26}")
HOUR = 3600.0


class Constant:
    """A source of randomness that gives one byte for ever."""

    def __init__(self, byte: int) -> None:
        """Choose the byte."""
        self._byte = byte

    def token_bytes(self, count: int) -> bytes:
        """Give it, `count` times."""
        return bytes([self._byte]) * count


def _ids(clock: Clock | None = None, randomness: Randomness | None = None) -> OrderedIds:
    return OrderedIds(clock or SimulatedClock(), randomness or SeededRandomness(7))


def _sleeper(clock: SimulatedClock, woken: list[tuple[str, float]], name: str, seconds: float) -> asyncio.Task[None]:
    async def sleep() -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic_seconds()))

    return asyncio.get_running_loop().create_task(sleep())


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_system_clock_sleeps_and_never_goes_back() -> None:
    """The monotonic clock has moved on by what was slept; the wall clock says a year of our century."""
    clock: Clock = SystemClock()
    before = clock.monotonic_seconds()
    await clock.sleep(0.01)

    assert clock.monotonic_seconds() - before >= 0.009
    assert 2_000_000_000 > clock.wall_seconds() / 2 > 800_000_000


def test_system_clock_goes_on_while_the_machine_sleeps() -> None:
    """Where the system has a clock that counts a suspension, durations are its: a lease ends during one."""
    steady = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    before = time.clock_gettime(steady)
    told = SystemClock().monotonic_seconds()

    assert vars(runtime)["_STEADY"] == steady
    assert before <= told <= time.clock_gettime(steady)


def test_system_randomness_gives_fresh_bytes() -> None:
    """As many as asked for, and other ones each time."""
    source: Randomness = SystemRandomness()

    assert [len(source.token_bytes(count)) for count in (0, 1, 32)] == [0, 1, 32]
    assert source.token_bytes(32) != source.token_bytes(32)


def test_seeded_randomness_repeats_and_seeds_differ() -> None:
    """A seed is a sequence; no byte of it is given twice."""
    one, again, other = SeededRandomness(1), SeededRandomness(1), SeededRandomness(2)
    first, second = one.token_bytes(16), one.token_bytes(16)

    assert [again.token_bytes(16), again.token_bytes(16)] == [first, second]
    assert len({first, second, other.token_bytes(16)}) == 3


async def test_simulated_time_passes_only_when_told() -> None:
    """Whoever sleeps stays asleep until time is advanced by all that was asked."""
    clock, woken = SimulatedClock(), list[tuple[str, float]]()
    task = _sleeper(clock, woken, "a", 2.0)
    await _settle()
    clock.advance(1.999_999_999)
    await _settle()
    early = list(woken)
    clock.advance(0.000_000_001)
    await task

    assert early == []
    assert woken == [("a", 2.0)]


@pytest.mark.parametrize(("step", "total"), [(0.1, 1.0), (1.001, 10.01), (8.2, 82.0)])
async def test_ten_tenths_are_a_whole(step: float, total: float) -> None:
    """Steps add up exactly, as they do not in floating point."""
    clock, woken = SimulatedClock(), list[tuple[str, float]]()
    task = _sleeper(clock, woken, "a", total)
    await _settle()
    for _ in range(10):
        clock.advance(step)
    await _settle()
    task.cancel()

    assert woken == [("a", total)]


async def test_sleepers_wake_in_order_of_their_time() -> None:
    """One step wakes all that are due, the earliest first, and those of one time as they fell asleep."""
    clock, woken = SimulatedClock(), list[tuple[str, float]]()
    tasks = [
        _sleeper(clock, woken, name, seconds) for name, seconds in (("c", 3), ("a", 1), ("d", 3), ("b", 2), ("e", 4))
    ]
    await _settle()
    clock.advance(3)
    await _settle()
    tasks[-1].cancel()

    assert woken == [("a", 3.0), ("b", 3.0), ("c", 3.0), ("d", 3.0)]


async def test_steps_of_the_next_wake_lead_each_sleeper_to_its_own_time() -> None:
    """A simulation that has nothing else to do asks when to go on."""
    clock, woken = SimulatedClock(), list[tuple[str, float]]()
    nobody, steps = clock.next_wake_seconds(), list[float]()
    tasks = [_sleeper(clock, woken, name, seconds) for name, seconds in (("b", 0.7), ("a", 0.1), ("gone", 0.3))]
    await _settle()
    tasks.pop().cancel()
    await _settle()
    while (step := clock.next_wake_seconds()) is not None:
        clock.advance(step)
        steps.append(step)
        await _settle()

    assert nobody is None
    assert steps == [0.1, 0.6]
    assert woken == [("a", 0.1), ("b", 0.7)]


async def test_cancelled_sleeper_does_not_stop_the_others() -> None:
    """It wakes nobody, and a step over its time is no error."""
    clock, woken = SimulatedClock(), list[tuple[str, float]]()
    gone, task = _sleeper(clock, woken, "gone", 1), _sleeper(clock, woken, "a", 1)
    await _settle()
    gone.cancel()
    await _settle()
    clock.advance(1)
    await task

    assert woken == [("a", 1.0)]


@pytest.mark.parametrize("seconds", [0, -1, 0.0])
async def test_sleep_of_nothing_lets_others_run(seconds: float) -> None:
    """Nobody has to advance the time for it, and it still yields."""
    clock, ran = SimulatedClock(), list[str]()
    asyncio.get_running_loop().call_soon(ran.append, "other")
    await clock.sleep(seconds)

    assert ran == ["other"]


def test_wall_clock_is_skewed_alone() -> None:
    """It goes forward and back; durations do not notice."""
    clock = SimulatedClock(wall_seconds=1_000_000.5)
    clock.advance(1.25)
    clock.skew(-HOUR)

    assert clock.wall_seconds() == 1_000_001.75 - HOUR
    assert clock.monotonic_seconds() == 1.25


@pytest.mark.parametrize("seconds", [-1e-9, -1.0, float("nan"), float("inf"), float("-inf")])
def test_time_goes_forward_by_finite_steps(seconds: float) -> None:
    """A step back is refused, and so is one that nobody can add."""
    clock = SimulatedClock()

    with pytest.raises(UsageError):
        clock.advance(seconds)
    assert clock.monotonic_seconds() == 0


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
async def test_sleep_is_finite(seconds: float) -> None:
    """A sleep that never ends is a mistake of the caller."""
    with pytest.raises(UsageError):
        await SimulatedClock().sleep(seconds)


@pytest.mark.parametrize("ids", [SystemIds(), _ids()], ids=["system", "simulated"])
def test_ids_have_their_form(ids: Ids) -> None:
    """A ULID is 26 characters of Crockford's alphabet, an attempt 26 of `0-9a-z`, as `QuarantineKey` wants it."""
    assert ULID.fullmatch(ids.ulid())
    assert ATTEMPT.fullmatch(ids.attempt())


def test_ulid_tells_its_millisecond() -> None:
    """The published example: 1469918176385 ms is `01ARYZ6S41`."""
    ulid = _ids(SimulatedClock(wall_seconds=1469918176.385), Constant(0)).ulid()

    assert ulid == "01ARYZ6S41" + "0" * 16


def test_ids_repeat_with_their_sources() -> None:
    """The same clock and the same seed mint the same ids; another seed others."""
    one, again, other = _ids(), _ids(), _ids(randomness=SeededRandomness(8))
    first = [one.ulid(), one.attempt(), one.ulid()]

    assert [again.ulid(), again.attempt(), again.ulid()] == first
    assert not {other.ulid(), other.attempt(), other.ulid()} & set(first)


@pytest.mark.parametrize(
    "randomness", [SeededRandomness(7), Constant(0), Constant(255)], ids=["seeded", "zeros", "ones"]
)
def test_ulids_of_one_millisecond_rise(randomness: Randomness) -> None:
    """10,000 of them, even if the randomness has run out: the last of a millisecond is followed by the next one's."""
    ids = _ids(randomness=randomness)
    ulids = [ids.ulid() for _ in range(10_000)]

    assert all(one < other for one, other in pairwise(ulids))
    assert all(ULID.fullmatch(ulid) for ulid in ulids)


def test_ulids_rise_when_the_clock_goes_back_an_hour() -> None:
    """Clocks never decide an order, and they rise again with the time once it has caught up."""
    clock = SimulatedClock()
    ids = _ids(clock)
    before = ids.ulid()
    clock.skew(-HOUR)
    behind = [ids.ulid() for _ in range(1_000)]
    clock.advance(2 * HOUR)
    after = ids.ulid()

    assert [before, *behind, after] == sorted({before, *behind, after})
    assert after[:10] > before[:10]


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=50))
def test_ulids_rise_whatever_the_clock_does(skews: list[float]) -> None:
    """Before 1970 and beyond the year 10889 too."""
    clock = SimulatedClock()
    ids = _ids(clock)
    ulids = [ids.ulid()]
    for skew in skews:
        clock.skew(skew)
        ulids.append(ids.ulid())

    assert ulids == sorted(set(ulids))
    assert all(ULID.fullmatch(ulid) for ulid in ulids)


def test_threads_never_share_a_ulid() -> None:
    """Eight threads, switched as often as Python can, mint ids that are all different, and rise within each."""
    ids, start, interval = _ids(randomness=Constant(0)), threading.Barrier(8), sys.getswitchinterval()

    def mint() -> list[str]:
        start.wait()
        return [ids.ulid() for _ in range(2_000)]

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            minted = [done.result() for done in [pool.submit(mint) for _ in range(8)]]
    finally:
        sys.setswitchinterval(interval)

    assert len({ulid for ulids in minted for ulid in ulids}) == 16_000
    assert all(ulids == sorted(ulids) for ulids in minted)


def test_attempts_are_never_minted_twice() -> None:
    """Not by one source in one moment, nor by two that were seeded apart."""
    one, other = _ids(), _ids(randomness=SeededRandomness(8))

    assert len({ids.attempt() for _ in range(10_000) for ids in (one, other)}) == 20_000


def test_attempt_tells_nothing_of_the_time() -> None:
    """All of it is randomness: two machines with one clock share no part of it."""
    assert _ids(randomness=Constant(0)).attempt() == "0" * 26
    assert _ids(randomness=Constant(255)).attempt() == "7" + "z" * 25

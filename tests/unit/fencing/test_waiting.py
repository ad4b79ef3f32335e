"""A replica that waits asks once, is served first, keeps no dead holder alive, and gives up in time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from arco.errors import AccessDeniedError, UnavailableError
from arco.fencing.lease import Lease
from arco.runtime import SimulatedClock
from arco.storage.decorators.faults import Fault
from tests.fakes.contenders import Seat, World, holder, theirs
from tests.fakes.manual_clock import ManualClock


async def _waits_in_vain(seat: Seat, seconds: float) -> None:
    with pytest.raises(UnavailableError, match="another process holds the lease"):
        await seat.acquire(wait_seconds=seconds)


async def test_waiting_replica_asks() -> None:
    """Whoever waits writes its request into the record, and changes nothing else there."""
    world = World()
    await world.write(theirs())
    await _waits_in_vain(world.seat("a"), 1.0)

    assert await world.record() == replace(theirs(), requested_by=holder("a"))


async def test_waiting_replica_asks_once_a_sequence() -> None:
    """However long it waits, it writes once: its writes make the record look younger."""
    world = World()
    await world.write(theirs())
    seat = world.seat("a")
    await _waits_in_vain(seat, 10.0)

    assert seat.requests.count("put") == 1


async def test_second_waiting_replica_does_not_push_in() -> None:
    """A request that stands there stays: the first to ask is served first."""
    world = World()
    await world.write(replace(theirs(), requested_by=holder("x")))
    seat = world.seat("a")
    await _waits_in_vain(seat, 10.0)

    assert "put" not in seat.requests
    assert (await world.record()).requested_by == holder("x")


async def test_replica_asks_again_under_the_next_sequence() -> None:
    """Another holder has not been asked yet."""
    world = World()
    await world.write(theirs())
    seat = world.seat("a")
    await _waits_in_vain(seat, 1.0)
    await world.write(replace(theirs(), holder_id=holder("x"), sequence=8))
    await _waits_in_vain(seat, 1.0)

    assert seat.requests.count("put") == 2
    assert (await world.record()).requested_by == holder("a")


@pytest.mark.parametrize(("age", "asks"), [(0, True), (15, True), (16, False)])
async def test_record_that_looks_dead_is_not_asked(age: int, *, asks: bool) -> None:
    """A request would keep a dead holder's record alive: one older than half its TTL, unrenewed, is left alone."""
    world = World()
    await world.write(theirs())
    world.clock.advance(age)
    seat = world.seat("a")
    await _waits_in_vain(seat, 0.125)

    assert ("put" in seat.requests) is asks


async def test_dead_holder_costs_no_longer_for_a_late_asker() -> None:
    """Who comes when the record looks dead takes it right after TTL and margin."""
    world = World()
    await world.write(theirs())
    world.clock.advance(16)
    began = world.clock.monotonic_seconds()
    lease = await world.seat("a").acquire(wait_seconds=60)

    assert lease.token.value == 8
    assert world.clock.monotonic_seconds() - began < 33.0 - 16.0 + 2.0


async def test_process_does_not_ask_itself() -> None:
    """Two tasks of one process: the one that waits does not write what would look like another's request."""
    world = World()
    await world.write(replace(theirs(), holder_id=holder("a")))
    seat = world.seat("a")
    await _waits_in_vain(seat, 10.0)

    assert "put" not in seat.requests


async def test_damaged_record_is_not_asked() -> None:
    """There is nobody to ask, and a write would make it look younger."""
    world = World()
    await world.write(b"garbage")
    seat = world.seat("a")
    await _waits_in_vain(seat, 10.0)

    assert "put" not in seat.requests


async def test_reserved_record_is_not_asked() -> None:
    """A released lease has no holder to ask."""
    world = World()
    await world.write(replace(theirs(), released=True, requested_by=holder("x")))
    seat = world.seat("a")
    await _waits_in_vain(seat, 2.0)

    assert "put" not in seat.requests


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER, Fault.DELAYED, Fault.TORN])
async def test_lost_request_does_not_end_the_wait(fault: Fault) -> None:
    """Whatever becomes of the request, the wait goes on, and the lease is taken once it is free."""
    world = World()
    await world.write(theirs())
    seat = world.seat("a", puts=[fault])

    async def release() -> None:
        await world.write(replace(await world.record(), released=True))

    seat.meanwhile.before += [("get", world.later(0)), ("get", world.later(0)), ("get", release)]
    lease = await seat.acquire(wait_seconds=10)

    assert await world.is_holders(lease)


async def test_denied_request_ends_the_wait() -> None:
    """An account that may not write the lock will never take it."""
    world = World()
    await world.write(theirs())
    seat = world.seat("a", puts=[Fault.DENIED])

    with pytest.raises(AccessDeniedError):
        await seat.acquire(wait_seconds=10)


@pytest.mark.parametrize(("age", "free"), [(0, False), (3, False), (4, True)])
async def test_released_lease_is_reserved_for_its_asker(age: int, *, free: bool) -> None:
    """For 3 s only the replica that asked may take the lease; then anybody may: it could be gone."""
    world = World()
    await world.write(replace(theirs(), released=True, requested_by=holder("x")))
    world.clock.advance(age)
    seat = world.seat("a")
    if free:
        lease = await seat.acquire()
        took = await world.is_holders(lease)
    else:
        await _waits_in_vain(seat, 0.0)
        took = False

    assert took is free


async def test_asker_takes_what_is_reserved_for_it() -> None:
    """The replica that asked takes the lease at once, and nobody's request stands in its own record."""
    world = World()
    await world.write(replace(theirs(), released=True, requested_by=holder("a")))
    lease = await world.seat("a").acquire()

    assert await world.is_holders(lease)
    assert (await world.record()).requested_by is None


async def test_wait_is_bounded() -> None:
    """Who waits 10 s gives up before more has passed, and not before another pause would be too long."""
    world = World()
    await world.write(replace(theirs(), requested_by=holder("x")))
    began = world.clock.monotonic_seconds()
    await _waits_in_vain(world.seat("a"), 10.0)

    assert 10.0 - 2.0 < world.clock.monotonic_seconds() - began <= 10.0


async def test_pauses_grow_and_differ() -> None:
    """Pauses double up to 2 s, and each is between half and all of its turn, so that replicas do not march in step."""
    clock = ManualClock()
    world = World(clock)
    await world.write(replace(theirs(), requested_by=holder("x")))
    await _waits_in_vain(world.seat("a"), 10.0)
    first, clock.slept = clock.slept, []
    await _waits_in_vain(world.seat("b"), 10.0)

    for pauses in (first, clock.slept):
        for number, seconds in enumerate(pauses):
            ceiling = min(2.0, 0.1 * 2**number)
            assert ceiling / 2 <= seconds <= ceiling
    assert first[:5] != clock.slept[:5]


async def test_who_does_not_wait_does_not_pause() -> None:
    """Without time to wait there is one look, and no pause."""
    world = World()
    await world.write(theirs())
    seat = world.seat("a")
    began = world.clock.monotonic_seconds()
    await _waits_in_vain(seat, 0.0)

    assert seat.requests == ["get"]
    assert world.clock.monotonic_seconds() == began


async def _run(clock: SimulatedClock, *coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run everything to its end, letting time pass whenever all sleep."""
    tasks = [asyncio.ensure_future(one) for one in coroutines]
    while not all(task.done() for task in tasks):
        for _ in range(20):
            await asyncio.sleep(0)
        following = clock.next_wake_seconds()
        if following is not None:
            clock.advance(following)
    return [task.result() for task in tasks]


async def test_busy_holder_hands_over() -> None:
    """A holder learns of the request at its renewal, finishes, and the asker has the lease soon after."""
    clock = SimulatedClock()
    world = World(clock)
    held = await world.seat("a").acquire()

    async def hold() -> float:
        while not held.handover_due:
            await clock.sleep(1.0)
            await held.renew()
        await held.release()
        return clock.monotonic_seconds()

    async def wait() -> tuple[Lease, float]:
        lease = await world.seat("b").acquire(wait_seconds=20)
        return lease, clock.monotonic_seconds()

    released_at, (lease, taken_at) = await _run(clock, hold(), wait())

    assert released_at == 5.0
    assert released_at <= taken_at <= released_at + 2.0
    assert lease.token.value == 2


@pytest.mark.parametrize("round_", range(5))
async def test_one_of_sixteen_racing_takers_wins(round_: int) -> None:
    """Sixteen processes that find the lease free at once: one has it, and fifteen are turned away."""
    clock = SimulatedClock()
    world = World(clock)
    if round_:
        await world.write(replace(theirs(), released=True))
    for _ in range(round_):
        world.seat("unused")
    seats = [world.seat(f"s{number}x") for number in range(16)]
    answers = await asyncio.gather(*(seat.acquire() for seat in seats), return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, Lease)]
    lost = [answer for answer in answers if isinstance(answer, UnavailableError)]

    assert (len(won), len(lost)) == (1, 15)
    assert await world.is_holders(won[0])


async def test_sixteen_takers_have_the_lease_in_turn() -> None:
    """All that wait come to hold the lease, one after another, under tokens that rise one by one."""
    clock = SimulatedClock()
    world = World(clock)
    spans: list[tuple[float, float, int]] = []

    async def turn(seat: Seat) -> None:
        lease = await seat.acquire(wait_seconds=600)
        began = clock.monotonic_seconds()
        await clock.sleep(1.0)
        spans.append((began, clock.monotonic_seconds(), lease.token.value))
        await lease.release()

    await _run(clock, *(turn(world.seat(f"s{number}x")) for number in range(16)))
    spans.sort()

    assert [token for _, _, token in spans] == list(range(1, 17))
    assert all(ended <= following for (_, ended, _), (following, _, _) in itertools.pairwise(spans))

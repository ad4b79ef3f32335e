"""A release ends the lease at once, is served to whoever asked, and takes nothing from a newer holder."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from arco.errors import FencedError, UsageError
from arco.fencing.lease import Lease
from arco.storage.decorators.faults import Fault
from tests.fakes.contenders import World, holder, theirs


async def test_release_keeps_all_but_the_lease() -> None:
    """A release writes the same record, released: the sequence is what the next holder counts on from."""
    world = World()
    lease = await world.seat("a").acquire()
    await lease.renew()
    before = await world.record()
    await lease.release()

    assert await world.record() == replace(before, released=True)
    assert lease.is_over


async def test_release_frees_the_lease_for_anybody() -> None:
    """Where nobody asked, whoever comes first takes what was released."""
    world = World()
    await (await world.seat("a").acquire()).release()

    assert (await world.seat("b").acquire()).token.value == 2


async def test_released_lease_gives_nothing() -> None:
    """A lease that was given back is over, whatever is left of its time."""
    lease = await World().seat("a").acquire()
    await lease.release()

    with pytest.raises(FencedError, match="the lease was released held=1 seen=1"):
        lease.claim()


async def test_lease_is_over_before_its_release_is_sent() -> None:
    """From the moment of the call nobody publishes under the lease, however long the write takes."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    over = []

    async def look() -> None:
        over.append(lease.is_over)

    seat.meanwhile.before.append(("put", look))
    await lease.release()

    assert over == [True]


async def test_release_keeps_a_request_that_it_knows() -> None:
    """The replica that asked is named in the released record, so that it is served first."""
    world = World()
    lease = await world.seat("a").acquire()
    await world.write(replace(await world.record(), requested_by=holder("x")))
    await lease.renew()
    await lease.release()
    record = await world.record()

    assert (record.released, record.requested_by) == (True, holder("x"))


async def test_release_keeps_a_request_that_came_in_between() -> None:
    """A request refuses the release's first write; the second is over it, and keeps it."""
    world = World()
    lease = await world.seat("a").acquire()
    await world.write(replace(await world.record(), requested_by=holder("x")))
    await lease.release()
    record = await world.record()

    assert (record.released, record.requested_by) == (True, holder("x"))


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.TORN, Fault.DELAYED, Fault.AFTER])
async def test_release_is_tried_again(fault: Fault) -> None:
    """A release whose fate is unknown is read, and sent again if it is not there."""
    world = World()
    lease = await world.seat("a", puts=[Fault.NONE, fault]).acquire()
    await lease.release()

    assert (await world.record()).released


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.TORN, Fault.DENIED])
async def test_lost_release_is_fine(fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    """A release that never arrives raises nothing, is told to the log, and ends within 5 s: the lease expires."""
    world = World()
    lease = await world.seat("a", puts=[Fault.NONE, *[fault] * 99]).acquire()
    began = world.clock.monotonic_seconds()
    with caplog.at_level(logging.INFO, "arco.fencing"):
        await lease.release()

    assert lease.is_over
    assert not (await world.record()).released
    assert world.clock.monotonic_seconds() - began < 5.0
    assert [record.message.partition(" reason=")[0] for record in caplog.records] == [
        "a lease was not released, and will expire domain=catalog"
    ]


async def test_stale_release_leaves_a_newer_holder_alone() -> None:
    """A holder that slept gives back what is another's by now: nothing is written."""
    world = World()
    stale = await world.seat("a").acquire()
    world.clock.advance(33)
    newer = await world.seat("b").acquire()
    await stale.release()

    assert await world.is_holders(newer)


async def test_stale_release_leaves_a_vanished_record_alone() -> None:
    """A record that is gone is not made anew by a release, which could bring an old sequence back."""
    world = World()
    lease = await world.seat("a").acquire()
    await world.lose()
    await lease.release()

    with pytest.raises(AssertionError):
        await world.stored()


async def test_release_that_arrives_late_leaves_a_newer_holder_alone() -> None:
    """A release that was on its way for a minute finds another version, and changes nothing."""
    world = World()
    seat = world.seat("a", puts=[Fault.NONE, *[Fault.DELAYED] * 99])
    lease = await seat.acquire()
    await lease.release()
    world.clock.advance(33)
    newer = await world.seat("b").acquire()
    await seat.land()

    assert await world.is_holders(newer)


async def test_second_release_does_nothing_more() -> None:
    """A release may be repeated, whatever became of the first, also when another holds the lease by then."""
    world = World()
    lease = await world.seat("a").acquire()
    await lease.release()
    await lease.release()
    free = (await world.record()).released
    newer = await world.seat("b").acquire()
    await lease.release()

    assert free
    assert await world.is_holders(newer)


async def test_release_waits_for_a_renewal_under_way() -> None:
    """A release during a renewal ends the lease at once, and is written over what the renewal wrote."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    world.clock.advance(10)
    releasing: list[asyncio.Future[None]] = []

    async def release() -> None:
        releasing.append(asyncio.ensure_future(lease.release()))
        await asyncio.sleep(0)

    seat.meanwhile.before.append(("put", release))
    with pytest.raises(FencedError, match="the lease was released"):
        await lease.renew()
    await releasing[0]
    record = await world.record()

    assert (record.released, record.expires_at) == (True, "2026-05-28T20:27:20Z")


async def test_release_follows_a_token_that_was_raised_meanwhile() -> None:
    """A release during the raising of the token is written over the record with the raised one."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    releasing: list[asyncio.Future[None]] = []

    async def release() -> None:
        releasing.append(asyncio.ensure_future(lease.release()))
        await asyncio.sleep(0)

    seat.meanwhile.before.append(("put", release))
    with pytest.raises(FencedError, match="the lease was released"):
        await lease.raise_above(8)
    await releasing[0]
    record = await world.record()

    assert (record.released, record.sequence) == (True, 9)


async def test_writes_of_one_lease_do_not_cross() -> None:
    """Two renewals at once are sent one after the other: neither refuses the other."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    seat.meanwhile.before += [("put", lambda: asyncio.sleep(0))] * 2
    await asyncio.gather(lease.renew(), lease.renew())

    assert (await world.record()).renewal_counter == 2
    assert seat.requests == ["get", "put", "put", "put"]


async def _lease(world: World, token: int) -> Lease:
    await world.write(replace(theirs(), sequence=token - 1, released=True))
    return await world.seat("a").acquire()


@pytest.mark.parametrize("seen", [5, 6, 99])
async def test_token_is_raised_above_what_the_ledger_shows(seen: int) -> None:
    """A holder that reads its own token from another writer, or a higher one, goes on under one above it."""
    world = World()
    lease = await _lease(world, 5)
    old = lease.token
    await lease.raise_above(seen)

    assert lease.token.value == seen + 1
    assert old.value == 5, "a token that was handed out stays what it was"
    assert await world.is_holders(lease)
    assert (await world.record()).renewal_counter == 1


async def test_token_is_not_raised_for_a_lower_one() -> None:
    """A lower token is a stale writer's, and no reason to take another."""
    world = World()
    lease = await _lease(world, 5)
    before = await world.stored()
    with pytest.raises(UsageError, match="a lower token is no reason to take a higher one own=5 seen=4"):
        await lease.raise_above(4)

    assert (await world.stored()).version == before.version


async def test_raised_token_prolongs_the_lease() -> None:
    """The write that raises the token is a sign of life, and gives a whole TTL as any renewal."""
    world = World()
    lease = await _lease(world, 5)
    world.clock.advance(20)
    await lease.raise_above(5)
    world.clock.advance(20)

    assert not lease.is_over


async def test_raised_token_keeps_a_request() -> None:
    """A request that came in between is taken over, and stands beside the new token."""
    world = World()
    lease = await _lease(world, 5)
    await world.write(replace(await world.record(), requested_by=holder("x")))
    await lease.raise_above(7)
    record = await world.record()

    assert (record.sequence, record.requested_by) == (8, holder("x"))


@pytest.mark.parametrize("released", [False, True])
async def test_token_is_not_raised_over_another_holder(*, released: bool) -> None:
    """Only while the record is still its own may a holder take a higher token."""
    world = World()
    lease = await _lease(world, 5)
    await world.write(replace(theirs(), released=released))
    before = await world.stored()
    with pytest.raises(FencedError, match="the lease was lost held=5 seen=7"):
        await lease.raise_above(6)

    assert lease.is_over
    assert (await world.stored()).version == before.version


async def test_token_of_a_lapsed_lease_is_not_raised() -> None:
    """A lease that is over is acquired anew; nothing is sent."""
    world = World()
    lease = await _lease(world, 5)
    world.clock.advance(28)
    before = await world.stored()
    with pytest.raises(FencedError, match="the lease has lapsed"):
        await lease.raise_above(6)

    assert (await world.stored()).version == before.version


async def test_raised_sequence_is_what_the_next_holder_counts_from() -> None:
    """Whoever comes next is above the raised token."""
    world = World()
    lease = await _lease(world, 5)
    await lease.raise_above(8)
    await lease.release()

    assert (await world.seat("b").acquire()).token.value == 10

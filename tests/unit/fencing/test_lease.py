"""A lease lasts from before it was sent to a margin before its TTL, and what has ended does not come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from arco.errors import AccessDeniedError, FencedError
from arco.fencing.breaking import force_break
from arco.fencing.lease import Lease
from arco.fencing.record import LockRecord
from arco.fencing.terms import LeaseTerms
from arco.runtime import SimulatedClock
from arco.storage.decorators.faults import Fault
from tests.fakes.contenders import DOMAIN, World, holder

USABLE = 28.0  # TTL less the margin


async def test_lease_tells_domain_and_token() -> None:
    """A lease is of one domain, and its token is the record's sequence."""
    world = World()
    lease = await world.seat("a").acquire()

    assert lease.domain is DOMAIN
    assert (lease.token.domain, lease.token.value) == (DOMAIN, (await world.record()).sequence)
    assert not lease.is_over


async def test_lease_stops_a_margin_before_its_ttl() -> None:
    """A holder stops at TTL less margin, while takers wait for TTL and margin."""
    world = World()
    lease = await world.seat("a").acquire()
    world.clock.advance(USABLE - 0.125)
    shortly_before = lease.is_over
    world.clock.advance(0.125)

    assert not shortly_before
    assert lease.is_over


async def test_terms_say_when_a_lease_stops() -> None:
    """A shorter TTL and a wider margin are kept."""
    world = World()
    lease = await world.seat("a", terms=LeaseTerms(ttl_seconds=12, margin_seconds=4)).acquire()
    world.clock.advance(8.0)

    assert lease.is_over
    assert (await world.record()).ttl_ms == 12_000


async def test_lease_counts_from_before_its_sending() -> None:
    """A write that took ten seconds leaves ten seconds less: the record may be that old already."""
    world = World()
    seat = world.seat("a")
    seat.meanwhile.after.append(("put", world.later(10)))
    lease = await seat.acquire()
    world.clock.advance(USABLE - 10 - 0.125)
    shortly_before = lease.is_over
    world.clock.advance(0.125)

    assert not shortly_before
    assert lease.is_over


async def test_lease_that_is_confirmed_too_late_is_over() -> None:
    """A write that took the whole TTL gives a lease that has lapsed before it was confirmed."""
    world = World()
    seat = world.seat("a")
    seat.meanwhile.after.append(("put", world.later(USABLE)))
    lease = await seat.acquire()

    assert lease.is_over
    with pytest.raises(FencedError, match="the lease has lapsed held=1 seen=1"):
        _ = lease.token


@pytest.mark.parametrize(
    "use",
    [lambda lease: lease.token, Lease.claim, lambda lease: lease.permit_issuer().issue(_Newest())],
    ids=["token", "claim", "permit"],
)
async def test_lease_that_is_over_gives_nothing(use: Callable[[Lease], object]) -> None:
    """Neither token nor claim nor permit comes from a lease that has lapsed."""
    world = World()
    lease = await world.seat("a").acquire()
    world.clock.advance(USABLE)

    with pytest.raises(FencedError, match="the lease has lapsed"):
        use(lease)


class _Newest:
    domain = DOMAIN
    manifest_id = 0
    manifest_hash = ""


async def test_renewal_prolongs_from_before_its_sending() -> None:
    """A renewal gives a whole TTL less margin, from when it was sent."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    world.clock.advance(20)
    seat.meanwhile.after.append(("put", world.later(5)))
    await lease.renew()
    world.clock.advance(USABLE - 5 - 0.125)
    shortly_before = lease.is_over
    world.clock.advance(0.125)

    assert not shortly_before
    assert lease.is_over


async def test_renewal_counts_up_under_the_same_sequence() -> None:
    """A renewal is one write, of the same record with one more on its counter."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    first = await world.record()
    world.clock.advance(10)
    await lease.renew()

    assert await world.record() == replace(first, renewal_counter=1, expires_at="2026-05-28T20:27:20Z")
    assert seat.requests == ["get", "put", "put"]
    assert lease.token.value == 1


async def test_renewal_keeps_takers_away() -> None:
    """A lease that is renewed is nobody else's, however long it lasts."""
    world = World()
    lease = await world.seat("a").acquire()
    for _ in range(10):
        world.clock.advance(27)
        await lease.renew()

    assert await world.seat("b").is_turned_away()
    assert (await world.record()).renewal_counter == 10


async def test_holder_adopts_a_request_and_goes_on() -> None:
    """A waiting replica's request refuses the holder's next renewal, which takes it over and is sent again."""
    world = World()
    lease = await world.seat("a").acquire()
    world.clock.advance(10)
    await world.write(replace(await world.record(), requested_by=holder("x")))
    knew = lease.handover_requested
    await lease.renew()
    world.clock.advance(USABLE - 0.125)

    assert not knew
    assert lease.handover_requested
    assert not lease.is_over
    assert await world.is_holders(lease)
    assert ((await world.record()).requested_by, (await world.record()).renewal_counter) == (holder("x"), 2)


async def test_holder_adopts_nothing_but_the_request() -> None:
    """Whoever edits the rest of the record, such as its TTL, moves the holder to no terms that it does not count by."""
    world = World()
    lease = await world.seat("a").acquire()
    before = await world.record()
    edited = replace(before, ttl_ms=1000, operation="edited", renewal_counter=99, expires_at="2001-01-01T00:00:00Z")
    await world.write(replace(edited, requested_by=holder("x")))
    await lease.renew()

    assert await world.record() == replace(before, renewal_counter=2, requested_by=holder("x"))


def _taken(record: LockRecord) -> LockRecord:
    return replace(record, holder_id=holder("x"), sequence=record.sequence + 1, secret_sha256="c" * 64)


LOST = {
    "taken over": (_taken, 2),
    "another token": (lambda record: replace(record, sequence=5), 5),
    "another secret": (lambda record: replace(record, secret_sha256="c" * 64), 1),
    "another holder": (lambda record: replace(record, holder_id=holder("x")), 1),
    "released": (lambda record: replace(record, released=True), 1),
    "damaged": (lambda record: b"garbage" + record.render(), 0),
}


@pytest.mark.parametrize(("change", "seen"), LOST.values(), ids=LOST.keys())
async def test_lost_lease_is_over_and_stays_so(change: Callable[[LockRecord], LockRecord | bytes], seen: int) -> None:
    """A record that is not this acquisition's any more ends the lease at its renewal, and is left as it is."""
    world = World()
    lease = await world.seat("a").acquire()
    await world.write(change(await world.record()))
    before = await world.stored()
    with pytest.raises(FencedError, match="the lease was lost") as caught:
        await lease.renew()

    assert (caught.value.held, caught.value.seen) == (1, seen)
    assert lease.is_over
    assert (await world.stored()).version == before.version
    with pytest.raises(FencedError, match="the lease was lost"):
        await lease.renew()


async def test_lease_whose_record_vanished_is_over() -> None:
    """A record that is gone is not made anew by its holder: somebody may just be taking the lease."""
    world = World()
    lease = await world.seat("a").acquire()
    await world.lose()
    with pytest.raises(FencedError, match="the lease was lost held=1 seen=0"):
        await lease.renew()

    assert lease.is_over


async def test_broken_holder_learns_of_it_at_renewal() -> None:
    """A holder whose lease was broken by force goes on until it looks, and then not a moment longer."""
    world = World()
    lease = await world.seat("a").acquire()
    await force_break(world.seat("operator").replica, DOMAIN)
    went_on = not lease.is_over
    with pytest.raises(FencedError, match="the lease was lost"):
        await lease.renew()

    assert went_on
    assert lease.is_over


async def test_late_renewal_revives_nothing() -> None:
    """A renewal that is answered after the lease has lapsed does not bring it back, although it was done."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    world.clock.advance(20)
    seat.meanwhile.after.append(("put", world.later(8)))
    with pytest.raises(FencedError, match="the lease has lapsed"):
        await lease.renew()

    assert lease.is_over
    assert (await world.record()).renewal_counter == 1


async def test_lapsed_lease_sends_nothing() -> None:
    """A holder that slept through its lease does not renew it: somebody may have taken it, or may be about to."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    world.clock.advance(USABLE)
    with pytest.raises(FencedError, match="the lease has lapsed"):
        await lease.renew()

    assert seat.requests == ["get", "put"]


async def test_denied_renewal_does_not_end_the_lease() -> None:
    """A grant that was lost meanwhile is told as such; what was granted lasts for as long as it was."""
    world = World()
    lease = await world.seat("a", puts=[Fault.NONE, Fault.DENIED]).acquire()
    world.clock.advance(20)
    with pytest.raises(AccessDeniedError):
        await lease.renew()

    assert not lease.is_over
    world.clock.advance(8)
    assert lease.is_over


async def test_renewal_that_was_given_up_is_not_taken_for_a_fresh_one() -> None:
    """A cancelled renewal may have landed. A later one of the same bytes, by a wall clock set back, counts anew."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()

    async def given_up() -> None:
        raise asyncio.CancelledError

    seat.meanwhile.after.append(("put", given_up))
    with pytest.raises(asyncio.CancelledError):
        await lease.renew()
    landed_at = (await world.stored()).updated
    world.clock.advance(20)
    seat.clock.wall_ahead = -20.0
    await lease.renew()
    stored = await world.stored()

    assert (landed_at, stored.updated) == (1_780_000_000, 1_780_000_020)
    assert not lease.is_over


async def test_handover_is_due_when_the_lease_was_kept_for_long_enough() -> None:
    """A holder that is asked keeps the lease for 5 s in all, so that replicas do not only hand over."""
    world = World()
    lease = await world.seat("a").acquire()
    lease.note_handover_request()
    due = [lease.handover_due]
    world.clock.advance(4.875)
    due.append(lease.handover_due)
    world.clock.advance(0.125)
    due.append(lease.handover_due)

    assert due == [False, False, True]


async def test_handover_is_not_due_unless_somebody_waits() -> None:
    """A holder that nobody asked keeps the lease."""
    world = World()
    lease = await world.seat("a").acquire()
    world.clock.advance(20)

    assert not lease.handover_requested
    assert not lease.handover_due


async def test_holder_learns_of_a_request_from_elsewhere() -> None:
    """What the compactor's answer tells counts as what the record says."""
    lease = await World().seat("a").acquire()
    lease.note_handover_request()

    assert lease.handover_requested


async def test_kept_lease_is_renewed_at_a_third() -> None:
    """While `keep` runs, a renewal is sent each ten seconds of a TTL of thirty."""
    clock = SimulatedClock()
    world = World(clock)
    lease = await world.seat("a").acquire()
    keeping = asyncio.ensure_future(lease.keep())
    seen = []
    for _ in range(6):
        await asyncio.sleep(0)
        clock.advance(5)
        for _ in range(5):
            await asyncio.sleep(0)
        seen.append((await world.record()).renewal_counter)
    keeping.cancel()

    assert seen == [0, 1, 1, 2, 2, 3]


async def test_keeping_outlasts_a_denial(caplog: pytest.LogCaptureFixture) -> None:
    """A grant that comes back before the lease is over costs nothing; that it was gone is logged."""
    world = World()
    lease = await world.seat("a", puts=[Fault.NONE, Fault.DENIED, Fault.DENIED]).acquire()
    began = world.clock.monotonic_seconds()
    with pytest.raises(FencedError, match="the lease has lapsed"):
        await lease.keep()

    assert world.clock.monotonic_seconds() - began == 30.0
    assert [record.message.partition(" reason=")[0] for record in caplog.records] == [
        "a lease could not be renewed domain=catalog"
    ] * 2


async def test_keeping_goes_on_after_a_denial() -> None:
    """One renewal was denied; the next, a third of the TTL later, is done."""
    world = World()
    seat = world.seat("a", puts=[Fault.NONE, Fault.DENIED])
    lease = await seat.acquire()

    async def end() -> None:
        raise asyncio.CancelledError

    seat.meanwhile.before += [("put", world.later(0)), ("put", world.later(0)), ("put", end)]
    with pytest.raises(asyncio.CancelledError):
        await lease.keep()

    assert (await world.record()).renewal_counter == 2
    assert not lease.is_over


async def test_keeping_ends_with_the_lease() -> None:
    """`keep` raises FencedError once the lease is over, so that whoever works under it is told."""
    world = World()
    lease = await world.seat("a").acquire()
    await world.write(_taken(await world.record()))

    with pytest.raises(FencedError, match="the lease was lost held=1 seen=2"):
        await lease.keep()

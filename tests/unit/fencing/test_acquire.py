"""Who may take a lease, and under which token, where the backend tells how old a record is."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from arco.errors import AccessDeniedError, InputError, UnavailableError, UsageError
from arco.fencing.breaking import force_break
from arco.fencing.record import LockRecord
from arco.fencing.replica import Replica
from arco.fencing.terms import LeaseTerms
from arco.layout import Domain, LockKey
from arco.storage.bucket import ABSENT, Absent, Version, Written
from arco.storage.decorators.faults import Fault
from arco.storage.memory import MemoryBucket
from arco.storage.views import LockView
from tests.fakes.contenders import DOMAIN, MachineClock, World, holder, theirs
from tests.fakes.manual_clock import ManualClock

MILLION = 1_000_000
LEAP = 1_000  # tokens that may have been counted, and are in no manifest
WHOLE_LEASE = 32  # TTL and margin

DAMAGED = {
    "garbage": b"\x00garbage",
    "empty": b"",
    "half": theirs().render()[:40],
    "of another domain": replace(theirs(), domain=Domain.LINEAGE).render(),
}


async def test_absent_record_is_created() -> None:
    """A domain that nobody ever locked is free: the record is created, and says all that it should."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    record = await world.record()

    assert record == LockRecord(
        domain=DOMAIN,
        holder_id=holder("a"),
        sequence=1,
        renewal_counter=0,
        ttl_ms=30_000,
        released=False,
        operation="test",
        secret_sha256=hashlib.sha256(lease.claim().secret.encode()).hexdigest(),
        expires_at="2026-05-28T20:27:10Z",
    )
    assert seat.requests == ["get", "put"]


async def test_released_record_is_taken_at_once() -> None:
    """A released lease is free, and its next holder's token is one more."""
    world = World()
    await world.write(replace(theirs(), released=True))
    lease = await world.seat("a").acquire()

    assert lease.token.value == 8
    assert await world.is_holders(lease)
    assert (await world.record()).renewal_counter == 0


async def test_held_record_is_left_alone() -> None:
    """A lease that another holds is not taken, and nothing is written without waiting."""
    world = World()
    await world.write(theirs())
    seat = world.seat("a")
    with pytest.raises(UnavailableError, match="another process holds the lease"):
        await seat.acquire()

    assert await world.record() == theirs()
    assert seat.requests == ["get"]


async def test_record_expires_after_ttl_and_margin() -> None:
    """A record is taken when it is more than TTL and margin old by the backend's clock, and not before."""
    world = World()
    await world.write(theirs())
    world.clock.advance(WHOLE_LEASE)
    turned_away = [await world.seat("a").is_turned_away()]
    world.clock.advance(1)
    turned_away.append(await world.seat("a").is_turned_away())

    assert turned_away == [True, False]
    assert (await world.record()).sequence == 8


async def test_own_earlier_record_is_no_exception() -> None:
    """A process that has forgotten its lease waits like any other: its late writes may still arrive."""
    world = World()
    await world.write(replace(theirs(), holder_id=holder("a")))
    world.clock.advance(WHOLE_LEASE)

    assert await world.seat("a").is_turned_away()


@pytest.mark.parametrize(("ttl_ms", "age", "expired"), [(60_000, 62, False), (60_000, 63, True), (5_000, 8, True)])
async def test_record_expires_by_its_own_ttl(ttl_ms: int, age: int, *, expired: bool) -> None:
    """How long a lease lasts is its holder's promise, not the taker's terms."""
    world = World()
    await world.write(replace(theirs(), ttl_ms=ttl_ms))
    world.clock.advance(age)

    assert await world.seat("a").is_turned_away() is not expired


async def test_margin_is_the_takers() -> None:
    """A taker with a wider margin waits longer."""
    world = World()
    await world.write(theirs())
    wide = LeaseTerms(margin_seconds=10)
    world.clock.advance(40)
    early = await world.seat("a", terms=wide).is_turned_away()
    world.clock.advance(1)

    assert early
    assert not await world.seat("a", terms=wide).is_turned_away()


@pytest.mark.parametrize("holders_wall", [-3600.0, 0.0, 3600.0])
@pytest.mark.parametrize("takers_wall", [-3600.0, 0.0, 3600.0])
async def test_wall_clocks_never_matter(holders_wall: float, takers_wall: float) -> None:
    """An hour's error of either machine, or of both, brings no take-over forward, and delays none."""
    world = World()
    held = await world.seat("a", wall_ahead=holders_wall).acquire()
    taker = world.seat("b", wall_ahead=takers_wall)
    world.clock.advance(WHOLE_LEASE)
    turned_away = [await taker.is_turned_away()]
    world.clock.advance(1)
    turned_away.append(await taker.is_turned_away())

    assert turned_away == [True, False]
    assert held.is_over
    assert (await world.record()).sequence == 2


async def test_backends_clock_that_was_set_back_keeps_no_dead_holder() -> None:
    """By the backend's times a record is an hour too young: a taker that has watched it for long enough takes it."""
    backend = MachineClock(ManualClock(), wall_ahead=0.0, monotonic_ahead=0.0)
    world = World()
    world.memory = MemoryBucket(backend)
    await world.write(theirs())
    backend.wall_ahead = -3600.0
    seat = world.seat("a")
    turned_away = [await seat.is_turned_away()]
    world.clock.advance(WHOLE_LEASE)
    turned_away.append(await seat.is_turned_away())
    world.clock.advance(0.125)
    turned_away.append(await seat.is_turned_away())

    assert turned_away == [True, True, False]


@pytest.mark.parametrize(
    ("recorded", "published", "sequence"),
    [(7, 0, 8), (7, 7, 8), (7, 6, 8), (0, 0, 1), (MILLION, 0, MILLION + 1), (MILLION + 5, 5, MILLION + 6)],
)
async def test_sequence_is_above_record_and_manifest(recorded: int, published: int, sequence: int) -> None:
    """A new sequence is one above the record's, which is not below the newest manifest's token."""
    world = World()
    world.published.token = published
    await world.write(replace(theirs(), sequence=recorded, released=True))

    assert (await world.seat().acquire()).token.value == sequence


async def test_lost_record_brings_no_published_token_back() -> None:
    """A record that was lost begins above every published token, and above what was counted since, and not at 1."""
    world = World()
    first = await world.seat("a").acquire()
    world.published.token = 41
    await world.lose()
    second = await world.seat("b").acquire()

    assert first.token.value == 1
    assert second.token.value == 42 + LEAP


@pytest.mark.parametrize("how", ["lost", "damaged", "reset", "broken"])
async def test_token_that_was_counted_and_not_published_is_not_given_twice(how: str) -> None:
    """A holder that has not published yet loses its record: whoever comes next is above it, and not its equal."""
    world = World()
    world.published.token = 41
    await world.write(replace(theirs(), sequence=41, released=True))
    stale = (await world.seat("a").acquire()).token.value
    if how == "lost":
        await world.lose()
    else:
        await world.write(replace(theirs(), sequence=7, released=True) if how == "reset" else b"garbage")
    if how == "broken":
        await force_break(world.seat("operator").replica, DOMAIN)
    world.clock.advance(WHOLE_LEASE + 1)
    newer = (await world.seat("b").acquire()).token.value

    assert (stale, newer) == (42, 42 + LEAP)


async def test_reset_record_brings_no_published_token_back() -> None:
    """A record that was set back to an earlier one begins above every published token too."""
    world = World()
    world.published.token = 41
    await world.write(replace(theirs(), sequence=2, released=True))

    assert (await world.seat().acquire()).token.value == 42 + LEAP


async def test_first_token_of_a_domain_leaps_over_nothing() -> None:
    """Where nothing is published and nothing stands, the first token is 1, and the leap is for what was lost."""
    assert (await World().seat().acquire()).token.value == 1


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
async def test_damaged_record_is_replaced_when_it_would_have_expired(data: bytes) -> None:
    """Bytes that are no record of this domain may hide a living holder for TTL and margin, and no longer."""
    world = World()
    world.published.token = 3
    await world.write(data)
    world.clock.advance(WHOLE_LEASE)
    turned_away = [await world.seat("a").is_turned_away()]
    world.clock.advance(1)
    turned_away.append(await world.seat("a").is_turned_away())

    assert turned_away == [True, False]
    assert (await world.record()).sequence == 4 + LEAP


@pytest.mark.parametrize("released", [False, True])
async def test_token_that_nobody_counted_to_is_ignored(*, released: bool) -> None:
    """A record over 1,000,000 ahead is damaged, also a released one: replaced when it has expired, and not followed."""
    world = World()
    world.published.token = 3
    await world.write(replace(theirs(), sequence=3 + MILLION + 1, released=released))
    world.clock.advance(WHOLE_LEASE)
    turned_away = [await world.seat("a").is_turned_away()]
    world.clock.advance(1)
    turned_away.append(await world.seat("a").is_turned_away())

    assert turned_away == [True, False]
    assert (await world.record()).sequence == 4 + LEAP


async def test_token_a_million_ahead_still_counts() -> None:
    """A record exactly 1,000,000 ahead is one like any other, and its token is not given twice."""
    world = World()
    world.published.token = 3
    await world.write(replace(theirs(), sequence=3 + MILLION, released=True))

    assert (await world.seat().acquire()).token.value == 3 + MILLION + 1


async def test_faster_taker_is_never_overwritten() -> None:
    """The record is written over the version that was read: whoever takes it in between keeps it."""
    world = World()
    await world.write(replace(theirs(), released=True))
    slow, fast = world.seat("a"), world.seat("b")
    taken = []

    async def take() -> None:
        taken.append(await fast.acquire())

    slow.meanwhile.after.append(("get", take))
    turned_away = await slow.is_turned_away()

    assert turned_away
    assert await world.is_holders(taken[0])


async def test_faster_creator_is_never_overwritten() -> None:
    """So it is where there was no record at all."""
    world = World()
    slow, fast = world.seat("a"), world.seat("b")
    taken = []

    async def take() -> None:
        taken.append(await fast.acquire())

    slow.meanwhile.after.append(("get", take))
    turned_away = await slow.is_turned_away()

    assert turned_away
    assert await world.is_holders(taken[0])


async def test_each_acquisition_has_a_secret_of_its_own() -> None:
    """What proves one lease proves no other, not even of the same process."""
    world = World()
    seat = world.seat("a")
    first = await seat.acquire()
    claim = first.claim()
    await first.release()
    second = await seat.acquire()

    assert len(claim.secret) == 64
    assert claim.secret != second.claim().secret
    assert (claim.token, second.token.value) == (1, 2)


@pytest.mark.parametrize(
    ("puts", "gets"),
    [((Fault.DENIED,), ()), ((), (Fault.DENIED, Fault.DENIED))],
    ids=["write", "read"],
)
async def test_denial_is_not_waited_out(puts: tuple[Fault, ...], gets: tuple[Fault, ...]) -> None:
    """An account that may not use the lock is told so at once: waiting mends no grant."""
    world = World()
    seat = world.seat(puts=puts, gets=gets)
    began = world.clock.monotonic_seconds()
    with pytest.raises(AccessDeniedError):
        await seat.acquire(wait_seconds=60)

    assert world.clock.monotonic_seconds() == began


@pytest.mark.parametrize("name", ["", "short", "UPPER00000000000", "x" * 33])
def test_holder_id_that_no_record_could_hold_is_refused(name: str) -> None:
    """A process with an id that cannot be read again would lock everybody out."""
    seat = World().seat("a").replica

    with pytest.raises(UsageError, match="a holder id matches"):
        Replica(name, seat.locks, seat.newest, seat.clock, seat.randomness)


class LookAlike:
    """Has the methods of a lock's view."""

    __class__ = LockView  # type: ignore[assignment]

    async def read_lock(self, key: LockKey) -> Absent:  # noqa: ARG002 it is not to be asked
        """Say that nobody holds anything."""
        return ABSENT

    async def write_lock(self, key: LockKey, data: bytes, if_version: object) -> Written:  # noqa: ARG002 likewise
        """Say that it was written."""
        return Written(Version("1"))


@pytest.mark.parametrize("locks", [LookAlike(), object.__new__(LockView)], ids=["look-alike", "shell"])
def test_locks_that_nobody_handed_out_are_refused(locks: Any) -> None:  # noqa: ANN401 what is no view
    """A lease on a store of one's own would be a token for any workspace, of one's own making."""
    seat = World().seat("a").replica

    with pytest.raises(UsageError):
        Replica(holder("a"), locks, seat.newest, seat.clock, seat.randomness)


@pytest.mark.parametrize("wait_seconds", [float("nan"), float("inf"), float("-inf")])
async def test_wait_without_an_end_is_refused(wait_seconds: float) -> None:
    """No comparison with such a wait would ever end it; nothing is asked."""
    seat = World().seat("a")
    with pytest.raises(UsageError, match="a wait is bounded"):
        await seat.acquire(wait_seconds)

    assert not seat.requests


@pytest.mark.parametrize("wall_ahead", [3e11, -5e10])
async def test_wall_clock_beyond_all_years_costs_no_lease(wall_ahead: float) -> None:
    """What a machine believes of the year is told to people alone: in the year 11000 the lease is as good."""
    world = World()
    lease = await world.seat("a", wall_ahead=wall_ahead).acquire()
    await lease.renew()

    assert await world.is_holders(lease)


async def test_operation_that_no_record_could_hold_is_refused() -> None:
    """An operation is one word in lower case, and nothing is written for another."""
    seat = World().seat("a")
    with pytest.raises(InputError):
        await seat.acquire(operation="two words")

    assert seat.requests == ["get"]

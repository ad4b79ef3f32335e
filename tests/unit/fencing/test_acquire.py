"""Who may take a lease, and under which token, where the backend tells how old a record is."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from arco.errors import AccessDeniedError, InputError, UnavailableError, UsageError
from arco.fencing.record import LockRecord
from arco.fencing.replica import Replica
from arco.fencing.terms import LeaseTerms
from arco.layout import Domain
from arco.storage.decorators.faults import Fault
from tests.fakes.contenders import DOMAIN, World, holder, theirs

MILLION = 1_000_000
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


@pytest.mark.parametrize(
    ("recorded", "published", "sequence"),
    [(7, 0, 8), (7, 7, 8), (7, 6, 8), (7, 41, 42), (0, 0, 1), (MILLION, 0, MILLION + 1), (MILLION + 5, 5, MILLION + 6)],
)
async def test_sequence_is_above_record_and_manifest(recorded: int, published: int, sequence: int) -> None:
    """A new sequence is one above the record's and the newest manifest's token, whichever is higher."""
    world = World()
    world.published.token = published
    await world.write(replace(theirs(), sequence=recorded, released=True))

    assert (await world.seat().acquire()).token.value == sequence


async def test_lost_record_brings_no_published_token_back() -> None:
    """A record that was lost begins above every published token, and not at 1."""
    world = World()
    first = await world.seat("a").acquire()
    world.published.token = 41
    await world.lose()
    second = await world.seat("b").acquire()

    assert first.token.value == 1
    assert second.token.value == 42


async def test_reset_record_brings_no_published_token_back() -> None:
    """A record that was set back to an earlier one begins above every published token too."""
    world = World()
    world.published.token = 41
    await world.write(replace(theirs(), sequence=2, released=True))

    assert (await world.seat().acquire()).token.value == 42


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
    assert (await world.record()).sequence == 4


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
    assert (await world.record()).sequence == 4


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


async def test_operation_that_no_record_could_hold_is_refused() -> None:
    """An operation is one word in lower case, and nothing is written for another."""
    seat = World().seat("a")
    with pytest.raises(InputError):
        await seat.acquire(operation="two words")

    assert seat.requests == ["get"]

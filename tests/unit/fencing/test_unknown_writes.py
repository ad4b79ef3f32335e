"""A write of the record whose fate is unknown is settled by reading, whatever landed, and whenever it lands."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from arco.errors import AccessDeniedError, FencedError, OutcomeUnknownError, UnavailableError
from arco.fencing.lease import Lease
from arco.fencing.terms import LeaseTerms
from arco.storage.decorators.faults import Fault
from tests.fakes.contenders import Happening, Seat, World, holder, theirs

UNKNOWN = (Fault.BEFORE, Fault.AFTER, Fault.DELAYED, Fault.TORN)
PAIRS = list(itertools.product(UNKNOWN, (Fault.NONE, *UNKNOWN)))
FOR_EVER = [Fault.TORN] * 99


async def _land_all(world: World, seat: Seat, lease: Lease) -> bool:
    """Let everything arrive that is still on its way, and tell whether the record stays the lease's, as it was."""
    before = await world.stored()
    await seat.land()
    return (await world.stored()).version == before.version and await world.is_holders(lease)


@pytest.mark.parametrize("puts", PAIRS)
@pytest.mark.parametrize(
    "gets", [(), (Fault.NONE, Fault.BEFORE, Fault.BEFORE)], ids=["readable", "unreadable at first"]
)
async def test_acquisition_of_unknown_fate_is_settled(puts: tuple[Fault, Fault], gets: tuple[Fault, ...]) -> None:
    """Whatever became of two tries, the record is ours in the end, and what lands later changes nothing."""
    world = World()
    seat = world.seat("a", puts=puts, gets=gets)
    lease = await seat.acquire()

    assert lease.token.value == 1
    assert await _land_all(world, seat, lease)


@pytest.mark.parametrize("puts", PAIRS)
@pytest.mark.parametrize(
    "gets", [(), (Fault.NONE, Fault.BEFORE, Fault.BEFORE)], ids=["readable", "unreadable at first"]
)
async def test_renewal_of_unknown_fate_is_settled(puts: tuple[Fault, Fault], gets: tuple[Fault, ...]) -> None:
    """A renewal that may have landed is ours if it did, and is sent again if it did not; it counts once."""
    world = World()
    seat = world.seat("a", puts=[Fault.NONE, *puts], gets=gets)
    lease = await seat.acquire()
    world.clock.advance(10)
    await lease.renew()

    assert (await world.record()).renewal_counter == 1
    assert await _land_all(world, seat, lease)


@pytest.mark.parametrize("puts", PAIRS)
async def test_release_of_unknown_fate_is_settled(puts: tuple[Fault, Fault]) -> None:
    """A release is found, or sent again, and what lands later is refused."""
    world = World()
    seat = world.seat("a", puts=[Fault.NONE, *puts])
    await (await seat.acquire()).release()
    before = await world.stored()
    await seat.land()

    assert (await world.record()).released
    assert (await world.stored()).version == before.version


@pytest.mark.parametrize("fault", UNKNOWN)
async def test_settled_lease_counts_from_its_first_sending(fault: Fault) -> None:
    """However often it was sent, a lease lasts from before its first try: that one may be what stands."""
    world = World()
    lease = await world.seat("a", puts=[fault], gets=[Fault.NONE, *[Fault.BEFORE] * 4]).acquire()
    world.clock.advance(28 - _elapsed(world))

    assert lease.is_over


def _elapsed(world: World) -> float:
    return world.clock.monotonic_seconds() - World().clock.monotonic_seconds()


@pytest.mark.parametrize("fault", [Fault.DELAYED, Fault.TORN, Fault.BEFORE])
async def test_lease_that_is_taken_while_ours_is_unknown_is_theirs(fault: Fault) -> None:
    """Somebody takes the lease between our try and our look: it is theirs, and our late try is refused."""
    world = World()
    seat, other = world.seat("a", puts=[fault]), world.seat("b")
    taken: list[Lease] = []

    async def take() -> None:
        taken.append(await other.acquire())

    seat.meanwhile.before += [("put", world.later(0)), ("get", take)]
    turned_away = await seat.is_turned_away()
    await seat.land()

    assert turned_away
    assert await world.is_holders(taken[0])


async def test_acquisition_that_cannot_be_settled_is_unknown() -> None:
    """After at most ten seconds it is told that nobody knows, and what lands later is nobody's until it expires."""
    world = World()
    seat = world.seat("a", puts=[Fault.DELAYED, *FOR_EVER])
    began = world.clock.monotonic_seconds()
    with pytest.raises(OutcomeUnknownError, match="time ran out before it was known what stands there"):
        await seat.acquire(wait_seconds=600)
    waited = world.clock.monotonic_seconds() - began
    await seat.land()

    assert 8.0 <= waited < 10.0
    assert await world.seat("b").is_turned_away()
    world.clock.advance(33)
    assert not await world.seat("b").is_turned_away()


async def test_acquisition_is_not_pursued_beyond_its_own_end() -> None:
    """Under a short TTL it is given up before it would be over: what is confirmed later would be no lease."""
    world = World()
    seat = world.seat("a", terms=LeaseTerms(ttl_seconds=5, margin_seconds=1), puts=FOR_EVER)
    with pytest.raises(OutcomeUnknownError):
        await seat.acquire()

    assert _elapsed(world) < 4.0


async def test_unreadable_record_leaves_an_acquisition_unknown() -> None:
    """While nothing can be read, nothing is claimed, and nothing is sent again."""
    world = World()
    seat = world.seat("a", puts=[Fault.AFTER], gets=[Fault.NONE, *[Fault.BEFORE] * 99])
    with pytest.raises(OutcomeUnknownError):
        await seat.acquire()

    assert seat.requests.count("put") == 1


async def test_renewal_that_cannot_be_settled_ends_with_the_lease() -> None:
    """A renewal is pursued for as long as the lease lasts, and not into somebody else's time."""
    world = World()
    lease = await world.seat("a", puts=[Fault.NONE, *FOR_EVER]).acquire()
    world.clock.advance(10)
    with pytest.raises(FencedError, match="the lease lapsed before its renewal was confirmed") as caught:
        await lease.renew()

    assert isinstance(caught.value.__cause__, OutcomeUnknownError)
    assert lease.is_over
    assert 26.0 <= _elapsed(world) < 28.0


async def test_renewal_of_unknown_fate_meets_a_request() -> None:
    """A renewal that landed and was then asked over is adopted, and counts once more."""
    world = World()
    seat = world.seat("a", puts=[Fault.NONE, Fault.AFTER])
    lease = await seat.acquire()

    async def ask() -> None:
        await world.write(replace(await world.record(), requested_by=holder("x")))

    seat.meanwhile.before.append(("get", ask))
    await lease.renew()

    assert lease.handover_requested
    assert (await world.record()).renewal_counter == 2
    assert await world.is_holders(lease)


async def test_renewal_of_unknown_fate_meets_a_newer_holder() -> None:
    """A renewal that has not landed finds another holder: the lease is over, and the late try is refused."""
    world = World()
    seat = world.seat("a", puts=[Fault.NONE, Fault.DELAYED])
    lease = await seat.acquire()

    async def take() -> None:
        await world.write(replace(theirs(), sequence=2))

    seat.meanwhile.before.append(("get", take))
    with pytest.raises(FencedError, match="the lease was lost held=1 seen=2"):
        await lease.renew()
    await seat.land()

    assert await world.record() == replace(theirs(), sequence=2)


def _busy(seconds: float) -> Happening:
    async def busy() -> None:
        message = "slow down"
        raise UnavailableError(message, name="lock", retry_after_seconds=seconds)

    return busy


async def test_backends_wish_is_heard() -> None:
    """A backend that asks to be left alone for 9 s is left alone for as long."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    seat.meanwhile.before.append(("put", _busy(9)))
    await lease.renew()

    assert _elapsed(world) == 9.0
    assert seat.requests == ["get", "put", "put", "get", "put"]


async def test_backends_wish_does_not_end_a_lease() -> None:
    """A wish for longer than the lease lasts is heard for half of what is left: one try more costs nobody anything."""
    world = World()
    seat = world.seat("a")
    lease = await seat.acquire()
    seat.meanwhile.before.append(("put", _busy(60)))
    await lease.renew()

    assert _elapsed(world) == 14.0
    assert not lease.is_over


async def test_denied_look_tells_the_grant() -> None:
    """An account that may write the lock and not read it is told so: fix the grant."""
    world = World()
    seat = world.seat("a", puts=[Fault.AFTER], gets=[Fault.NONE, Fault.DENIED, Fault.DENIED])

    with pytest.raises(AccessDeniedError):
        await seat.acquire()

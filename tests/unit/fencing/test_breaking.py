"""A break by force releases in place: it keeps the sequence, and overwrites nothing that it has not read."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from arco.errors import ConflictError, OutcomeUnknownError
from arco.fencing.breaking import force_break
from arco.storage.decorators.faults import Fault
from tests.fakes.contenders import DOMAIN, World, holder, theirs

UNKNOWN = (Fault.BEFORE, Fault.AFTER, Fault.DELAYED, Fault.TORN)


async def test_broken_lease_keeps_its_sequence() -> None:
    """A break releases in place: the next token outranks the broken one, and nobody's request delays it."""
    world = World()
    asked = replace(theirs(), requested_by=holder("x"))
    await world.write(asked)
    broken = await force_break(world.seat("operator").replica, DOMAIN)

    assert broken == asked
    assert await world.record() == replace(theirs(), released=True, operation="force-break")
    assert (await world.seat("b").acquire()).token.value == 8


@pytest.mark.parametrize("released", [True, False])
async def test_nothing_is_broken_where_nothing_is_held(*, released: bool) -> None:
    """A domain without a lease is left as it is."""
    world = World()
    if released:
        await world.write(replace(theirs(), released=True))
    seat = world.seat("operator")

    assert await force_break(seat.replica, DOMAIN) is None
    assert seat.requests == ["get"]


async def test_damaged_record_is_broken() -> None:
    """An operator need not wait for a damaged record to expire: it becomes a released one."""
    world = World()
    world.published.token = 4
    await world.write(b"garbage")
    broken = await force_break(world.seat("operator").replica, DOMAIN)
    record = await world.record()

    assert broken is None
    assert (record.released, record.sequence, record.holder_id) == (True, 0, holder("operator"))
    assert (await world.seat("b").acquire()).token.value == 5 + 1_000


async def test_break_follows_a_record_that_changes() -> None:
    """A holder that renews in between is broken all the same, as it stands then."""
    world = World()
    await world.write(theirs())
    seat = world.seat("operator")
    renewed = replace(theirs(), renewal_counter=4)

    async def renew() -> None:
        await world.write(renewed)

    seat.meanwhile.before.append(("put", renew))

    assert await force_break(seat.replica, DOMAIN) == renewed
    assert (await world.record()).released


async def test_break_gives_up_on_a_record_that_never_rests() -> None:
    """After five tries an operator is told, rather than that a newer holder is overwritten."""
    world = World()
    await world.write(theirs())
    seat = world.seat("operator")

    async def renew() -> None:
        record = await world.record()
        await world.write(replace(record, renewal_counter=record.renewal_counter + 1))

    seat.meanwhile.before += [("put", renew)] * 99
    with pytest.raises(ConflictError, match="the lease record changes faster than it can be broken"):
        await force_break(seat.replica, DOMAIN)

    assert not (await world.record()).released
    assert seat.requests.count("put") == 5


async def test_break_that_cannot_be_settled_is_unknown() -> None:
    """An operator is told that nobody knows, within ten seconds."""
    world = World()
    await world.write(theirs())
    began = world.clock.monotonic_seconds()
    with pytest.raises(OutcomeUnknownError):
        await force_break(world.seat("operator", puts=[Fault.TORN] * 99).replica, DOMAIN)

    assert world.clock.monotonic_seconds() - began < 10.0


@pytest.mark.parametrize("puts", list(itertools.product(UNKNOWN, (Fault.NONE, *UNKNOWN))))
async def test_break_of_unknown_fate_is_settled(puts: tuple[Fault, Fault]) -> None:
    """A break by force is found, or sent again."""
    world = World()
    await world.write(theirs())
    seat = world.seat("operator", puts=puts)

    assert await force_break(seat.replica, DOMAIN) == theirs()
    assert (await world.record()).released

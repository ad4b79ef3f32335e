"""Leases alone: three replicas that take turns, a lease that is broken by force, a lock that was lost or damaged."""

from __future__ import annotations

import contextlib
from typing import Final

from arco.errors import ConflictError, FencedError, OutcomeUnknownError, UnavailableError
from arco.fencing import force_break
from arco.layout import LockKey
from arco.storage.bucket import ABSENT
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios.acting import acquired, chain, desk, genesis, publish
from tests.simulation.scheduler import Bounds
from tests.simulation.seat import DOMAIN, SCOPE, Role, Seat

__all__ = ["SCENARIOS", "lock_broken"]

_LOCK: Final = SCOPE.prefix + LockKey(DOMAIN).path


async def lock_broken(seat: Seat) -> None:
    """Break the lease by force, as an operator would."""
    with contextlib.suppress(ConflictError, OutcomeUnknownError, UnavailableError):
        await force_break(seat.replica(chain(seat)), DOMAIN)


async def _turn(seat: Seat) -> None:
    """Take the lease, keep it for once, and give it back."""
    lease = await acquired(seat, chain(seat))
    if lease is None:
        return
    with contextlib.suppress(FencedError):
        await lease.renew()
    await lease.release()


async def _patient_turn(seat: Seat) -> None:
    """Wait for the lease, which asks its holder to hand over, and give it back."""
    lease = await acquired(seat, chain(seat), wait_seconds=3)
    if lease is not None:
        await lease.release()


async def _quick(seat: Seat) -> None:
    """Take the lease if it is free."""
    lease = await acquired(seat, chain(seat))
    if lease is not None:
        await lease.release()


async def _raising(seat: Seat) -> None:
    """Take a token above one that a segment of the ledger showed, and publish under it."""
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is None:
        return
    with contextlib.suppress(FencedError):
        await lease.raise_above(lease.token.value + 1)
    await publish(seat, lease, at, links)


async def _stubborn(seat: Seat) -> None:
    """Publish again and again under one lease, whatever anybody did to it."""
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is None:
        return
    await publish(seat, lease, at, links)
    with contextlib.suppress(FencedError):
        await lease.renew()
    await publish(seat, lease, at, links)


async def _operator(seat: Seat) -> None:
    await lock_broken(seat)


async def _damaged(seat: Seat) -> None:
    """Leave a lock behind that says nothing."""
    await genesis(seat)
    locks = seat.storage.api_views().locks
    standing = await locks.read_lock(LockKey(DOMAIN))
    if standing is not ABSENT:
        await locks.write_lock(LockKey(DOMAIN), b"{", standing.version)


_SLOW: Final = 0.58

SCENARIOS: Final = (
    Scenario(
        name="turns",
        roles=(Role("one", _turn, clock_rate=_SLOW), Role("two", _turn), Role("three", _quick)),
        before=genesis,
        bounds=Bounds(delayed=1, lost=1),
        jumps=(5, 6),
        floor=77_000,
    ),
    Scenario(
        name="hand-over",
        roles=(Role("one", _turn, clock_rate=_SLOW), Role("two", _patient_turn), Role("three", _quick)),
        before=genesis,
        bounds=Bounds(crashes=1),
        floor=35_000,
    ),
    Scenario(
        name="raised-token",
        roles=(Role("one", _raising), Role("two", _quick), Role("three", _raising)),
        before=genesis,
        bounds=Bounds(jumps=1),
        jumps=(6,),
        floor=27_000,
    ),
    Scenario(
        name="broken-by-force",
        roles=(Role("holder", _stubborn), Role("operator", _operator), Role("thief", _stubborn)),
        before=genesis,
        bounds=Bounds(delayed=1),
        breaks=True,
        floor=63_000,
    ),
    Scenario(
        name="lost-lock",
        roles=(Role("one", _stubborn), Role("two", _turn)),
        before=genesis,
        without=(_LOCK,),
        bounds=Bounds(crashes=1, lost=1, delayed=1),
        jumps=(6,),
        floor=2_500,
    ),
    Scenario(
        name="damaged-lock",
        roles=(Role("one", _turn), Role("two", _quick), Role("operator", _operator)),
        before=_damaged,
        bounds=Bounds(jumps=2),
        jumps=(5, 1),
        breaks=True,
        floor=35_000,
    ),
)

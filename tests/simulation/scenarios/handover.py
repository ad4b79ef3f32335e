"""A holder, a thief who takes over once the lease has expired, and a reader who looks at every moment.

The holder's clock loses two seconds in five, which is what the margins and the backend's whole seconds leave room for.
"""

from __future__ import annotations

import contextlib
from typing import Final

from arco.errors import FencedError
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios.acting import acquired, chain, desk, genesis, publish, read
from tests.simulation.scheduler import Bounds
from tests.simulation.seat import Role, Seat

__all__ = ["SCENARIOS", "SLOW"]

SLOW: Final = 0.58


async def _holder(seat: Seat) -> None:
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is None:
        return
    await publish(seat, lease, at, links)
    with contextlib.suppress(FencedError):
        await lease.renew()
    await publish(seat, lease, at, links)


async def _thief(seat: Seat) -> None:
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is not None:
        await publish(seat, lease, at, links)


async def _renewing(seat: Seat, *, wait_seconds: float = 0.0) -> None:
    lease = await acquired(seat, chain(seat), wait_seconds=wait_seconds)
    if lease is None:
        return
    with contextlib.suppress(FencedError):
        await lease.renew()


async def _watching_thief(seat: Seat) -> None:
    """Wait for long enough to see for itself that the record does not change."""
    await _renewing(seat, wait_seconds=8)


async def _reader(seat: Seat) -> None:
    links = chain(seat)
    await read(seat, links)
    await read(seat, links)


_HOLDER: Final = Role("holder", _holder, clock_rate=SLOW, wall_error_seconds=3600)
_THIEF: Final = Role("thief", _thief, wall_error_seconds=-3600)
_READER: Final = Role("reader", _reader, crashes=False)

SCENARIOS: Final = (
    Scenario(
        name="takeover",
        roles=(_HOLDER, _THIEF, _READER),
        before=genesis,
        bounds=Bounds(crashes=1, lost=1, jumps=1),
        jumps=(5, 6),
        floor=62_000,
    ),
    Scenario(
        name="takeover-late-writes",
        roles=(_HOLDER, _THIEF),
        before=genesis,
        bounds=Bounds(crashes=1, delayed=1, jumps=1),
        jumps=(5, 6),
        floor=24_000,
    ),
    Scenario(
        name="takeover-late-replies",
        roles=(_HOLDER, _THIEF),
        before=genesis,
        bounds=Bounds(held=2, jumps=1),
        jumps=(5, 6),
        floor=4_000,
    ),
    Scenario(
        name="late-renewal",
        roles=(Role("holder", _renewing, clock_rate=SLOW), Role("thief", _renewing)),
        before=genesis,
        bounds=Bounds(jumps=3),
        jumps=(3,),
        floor=6_300,
    ),
    Scenario(
        name="takeover-by-watching",
        roles=(Role("holder", _renewing, clock_rate=SLOW), Role("thief", _watching_thief)),
        before=genesis,
        bounds=Bounds(crashes=1, jumps=1),
        jumps=(5, 6),
        tells_time=False,
        floor=12_000,
    ),
)

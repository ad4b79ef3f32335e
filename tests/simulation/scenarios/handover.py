"""A holder, a thief who takes over once the lease has expired, and a reader who looks at every moment.

The holder's clock loses two seconds in five, which is what the margins and the backend's whole seconds leave room for.
"""

from __future__ import annotations

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
    try:
        await lease.renew()
    except FencedError:
        return
    await publish(seat, lease, at, links)


async def _thief(seat: Seat) -> None:
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is not None:
        await publish(seat, lease, at, links)


async def _watching_thief(seat: Seat) -> None:
    """Wait for long enough to see for itself that the record does not change."""
    lease = await acquired(seat, chain(seat), wait_seconds=8)
    if lease is not None:
        await lease.release()


async def _renewing(seat: Seat) -> None:
    lease = await acquired(seat, chain(seat))
    if lease is None:
        return
    try:
        await lease.renew()
    except FencedError:
        return


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
        floor=105_000,
    ),
    Scenario(
        name="takeover-late-writes",
        roles=(_HOLDER, _THIEF),
        before=genesis,
        bounds=Bounds(crashes=1, delayed=1, jumps=1),
        jumps=(5, 6),
        floor=33_000,
    ),
    Scenario(
        name="takeover-late-replies",
        roles=(_HOLDER, _THIEF),
        before=genesis,
        bounds=Bounds(held=2, jumps=1),
        jumps=(5, 6),
        floor=5_100,
    ),
    Scenario(
        name="takeover-by-watching",
        roles=(Role("holder", _renewing, clock_rate=SLOW), Role("thief", _watching_thief)),
        before=genesis,
        bounds=Bounds(crashes=1, jumps=1),
        jumps=(5, 6),
        tells_time=False,
        floor=15_000,
    ),
)

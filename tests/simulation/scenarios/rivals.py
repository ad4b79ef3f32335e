"""Publishers who race for one name: at genesis, and with outcomes that nobody knows."""

from __future__ import annotations

from typing import Final

from tests.simulation.scenario import Scenario
from tests.simulation.scenarios.acting import acquired, chain, desk, genesis, publish
from tests.simulation.scenarios.leases import lock_broken
from tests.simulation.scheduler import Bounds
from tests.simulation.seat import Role, Seat

__all__ = ["SCENARIOS"]


async def _founder(seat: Seat) -> None:
    """Create the root manifest and genesis, each unless it stands there, and one manifest more."""
    links, at = chain(seat), desk(seat)
    await at.create_root()
    lease = await acquired(seat, links)
    if lease is None:
        return
    await publish(seat, lease, at, links)
    await publish(seat, lease, at, links)
    await lease.release()


async def _persistent(seat: Seat) -> None:
    """Publish, and find out what became of it, however often that takes."""
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is not None:
        await publish(seat, lease, at, links, resolves=3)


async def _breaker(seat: Seat) -> None:
    """Break whatever lease there is, and publish under one of its own."""
    await lock_broken(seat)
    await _persistent(seat)


SCENARIOS: Final = (
    Scenario(
        name="genesis",
        roles=(Role("one", _founder), Role("two", _founder, wall_error_seconds=-3600)),
        bounds=Bounds(crashes=1, lost=1, jumps=1),
        jumps=(6,),
        floor=7_200,
    ),
    Scenario(
        name="unknown-outcome",
        roles=(Role("publisher", _persistent), Role("rival", _breaker, wall_error_seconds=-3600)),
        before=genesis,
        bounds=Bounds(lost=1, delayed=2),
        breaks=True,
        floor=9_000,
    ),
)

"""A compactor that publishes for the api's lease: it believes what it reads in the lock, and nothing that it is sent.

What it is sent are claims: those of both replicas' first acquisitions, whether they have taken place yet or not, and a
forged one. So a request may come at any time, and be as old as it likes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

from arco.errors import FencedError, UnavailableError
from arco.fencing import LeaseClaim, VerifiedLease
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios.acting import acquired, chain, desk, genesis, publish
from tests.simulation.scheduler import Bounds
from tests.simulation.seat import DOMAIN, Numbered, Role, Seat

__all__ = ["SCENARIOS"]


def _claim(name: str, token: int) -> LeaseClaim:
    """Give what that actor shows of its first acquisition: its first 32 bytes are the secret."""
    return LeaseClaim(DOMAIN, Role(name, _api).holder_id, token, Numbered(name).token_bytes(32).hex())


async def _api(seat: Seat) -> None:
    """Hold the lease, renew it, and give it back."""
    lease = await acquired(seat, chain(seat))
    if lease is None:
        return
    if not lease.is_over:
        shown = _claim(seat.role.name, 0).secret
        seat.claim(holds=lease.claim().secret == shown, words="another secret than was shown")
    with contextlib.suppress(FencedError):
        await lease.renew()
    await lease.release()


async def _compactor(seat: Seat) -> None:
    await _verified(seat, [_claim("one", 9), LeaseClaim(DOMAIN, Role("one", _api).holder_id, 2, "forged")], right=False)
    await _publishing(seat)


async def _publishing(seat: Seat) -> None:
    links, at = chain(seat), desk(seat)
    forged = LeaseClaim(DOMAIN, Role("one", _api).holder_id, 3, "forged")
    claims = [_claim("one", 2), _claim("two", 2), _claim("two", 3), forged]
    lease = await _verified(seat, claims, right=True)
    if lease is None:
        return
    await publish(seat, lease, at, links)
    await publish(seat, lease, at, links)


async def _verified(seat: Seat, claims: Sequence[LeaseClaim], *, right: bool) -> VerifiedLease | None:
    """Verify one of these claims; None if none is the holder's. `right`: whether one may be."""
    try:
        lease = await VerifiedLease.verify(seat.replica(chain(seat)), DOMAIN, claims)
    except (FencedError, UnavailableError):
        return None
    seat.claim(holds=right, words="a claim was believed whose token or secret is wrong")
    seat.verified.append(lease)
    return lease


SCENARIOS: Final = (
    Scenario(
        name="for-another",
        roles=(Role("one", _api), Role("two", _api), Role("compactor", _publishing)),
        before=genesis,
        bounds=Bounds(held=1, jumps=1),
        jumps=(4, 6),
        floor=80_000,
    ),
    Scenario(
        name="for-another-with-crash",
        roles=(Role("one", _api), Role("two", _api), Role("compactor", _compactor)),
        before=genesis,
        bounds=Bounds(crashes=1, lost=1),
        jumps=(6,),
        floor=6_000,
    ),
)

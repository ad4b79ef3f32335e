"""Callers that do what they should not: the shipped functions must refuse, whatever happens at the same time."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from typing import Final

from arco.errors import ArcoError, ConflictError, FencedError, OutcomeUnknownError, UnavailableError, UsageError
from arco.fencing import FencingToken, Lease, PermitIssuer
from arco.layout import L0Key
from arco.manifests import (
    ArtifactFile,
    ArtifactSet,
    Manifest,
    Newest,
    Tail,
    Uninitialised,
    draft_next,
)
from arco.storage.checksums import crc32c
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios.acting import acquired, advanced, chain, desk, draft, genesis, publish, published
from tests.simulation.scheduler import Bounds
from tests.simulation.seat import DOMAIN, Role, Seat, Told

__all__ = ["SCENARIOS"]

_ROWS: Final = b"rows of one table"


async def _forgetful(seat: Seat) -> None:
    """Keep a manifest for too long: name it as the parent, and keep a permit for it."""
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is None:
        return
    kept = await links.newest(DOMAIN)
    if not isinstance(kept, Newest):
        return
    try:
        permit = PermitIssuer.from_lock(lease).issue(kept)
    except FencedError:
        return
    token = permit.fencing_token
    newest = await links.newest(DOMAIN)
    manifest = draft(seat, newest, token)
    moved = newest.manifest_id != kept.manifest_id
    over = seat.clock.monotonic_seconds() >= permit.expires_at
    try:
        published(seat, manifest, await at.publish(permit, newest, manifest))
        seat.claim(holds=not moved, words="a permit for another newest manifest was taken")
        seat.claim(holds=not over, words="a permit that has expired was taken")
    except ConflictError:
        seat.note(Told(manifest.manifest_id, manifest.attempt, visible=False))
    except OutcomeUnknownError:
        return
    await _with_old_parent(seat, lease, kept)


async def _with_old_parent(seat: Seat, lease: Lease, kept: Newest) -> None:
    links, at = chain(seat), desk(seat)

    def build(seat: Seat, newest: Newest | Uninitialised, token: FencingToken) -> Manifest:
        return replace(draft(seat, newest, token), parent_hash=kept.manifest_hash)

    with contextlib.suppress(UsageError):
        await publish(seat, lease, at, links, build=build)


async def _boastful(seat: Seat) -> None:
    """Claim a higher token than the lease's."""
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)

    def build(seat: Seat, newest: Newest | Uninitialised, token: FencingToken) -> Manifest:
        return replace(draft(seat, newest, token), fencing_token=token.value + 1)

    if lease is not None:
        with contextlib.suppress(UsageError):
            await publish(seat, lease, at, links, build=build)


async def _diligent(seat: Seat) -> None:
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is not None:
        await publish(seat, lease, at, links)
        await lease.release()


async def _impatient(seat: Seat) -> None:
    """Publish something else while nobody knows what became of the first."""
    links, at = chain(seat), desk(seat)
    lease = await acquired(seat, links)
    if lease is None:
        return
    before = len(seat.facts)
    await publish(seat, lease, at, links, resolves=0)
    if lease.is_over or len(seat.facts) > before:
        return
    newest = await links.newest(DOMAIN)
    try:
        permit = PermitIssuer.from_lock(lease).issue(newest)
    except ArcoError:
        return
    try:
        await at.publish(permit, newest, draft(seat, newest, permit.fencing_token))
    except UsageError:
        return
    except (ConflictError, OutcomeUnknownError):
        pass
    seat.claim(holds=False, words="a second publish was begun while the fate of the first is unknown")


async def _flusher(seat: Seat) -> None:
    """Write a file, and name it whatever became of the upload."""
    links, at, store = chain(seat), desk(seat), seat.storage.compactor_views().artifacts
    lease = await acquired(seat, links)
    newest = await links.newest(DOMAIN)
    if lease is None or not isinstance(newest, Newest):
        return
    attempt = seat.ids.attempt()
    with contextlib.suppress(OutcomeUnknownError, UnavailableError):
        await store.put_l0(L0Key(DOMAIN, newest.manifest_id, attempt, "tables"), _ROWS)
    file = ArtifactFile(len(_ROWS), hashlib.sha256(_ROWS).hexdigest(), crc32c(_ROWS), 1, ("a", "b"))

    def build(seat: Seat, newest: Newest | Uninitialised, token: FencingToken) -> Manifest:
        assert isinstance(newest, Newest)
        following = advanced(draft_next(newest, token, ids=seat.ids, clock=seat.clock))
        flushed = ArtifactSet(newest.manifest_id, attempt, 1, following.applied_position, {"tables": file})
        return replace(following, l0=(flushed,), parquet_position=following.applied_position, tail=Tail({}))

    await publish(seat, lease, at, links, build=build)


SCENARIOS: Final = (
    Scenario(
        name="forgetful",
        roles=(Role("forgetful", _forgetful), Role("diligent", _diligent)),
        before=genesis,
        bounds=Bounds(lost=1, jumps=1),
        jumps=(3, 6),
        floor=3_900,
    ),
    Scenario(
        name="boastful",
        roles=(Role("boastful", _boastful), Role("diligent", _diligent)),
        before=genesis,
        bounds=Bounds(crashes=1, lost=1),
        floor=190,
    ),
    Scenario(
        name="impatient",
        roles=(Role("impatient", _impatient), Role("diligent", _diligent)),
        before=genesis,
        bounds=Bounds(lost=1, delayed=2),
        jumps=(6,),
        floor=7_000,
    ),
    Scenario(
        name="torn-upload",
        roles=(Role("flusher", _flusher), Role("diligent", _diligent)),
        before=genesis,
        bounds=Bounds(delayed=1, jumps=1),
        jumps=(6,),
        floor=2_500,
    ),
)

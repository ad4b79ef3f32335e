"""What actors do, by the shipped functions alone: acquire, build a successor, publish, find out what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from arco.errors import ConflictError, CorruptionError, FencedError, OutcomeUnknownError, UnavailableError
from arco.fencing import FencingToken, HeldLock, Lease, PermitIssuer
from arco.manifests import (
    ChainReader,
    Manifest,
    Newest,
    Published,
    Publisher,
    Tail,
    Uninitialised,
    Visible,
    draft_genesis,
    draft_next,
    publisher,
)
from tests.simulation.seat import DOMAIN, Found, Seat, Told

__all__ = ["acquired", "advanced", "chain", "desk", "draft", "genesis", "publish", "published", "read"]

Build = Callable[[Seat, Newest | Uninitialised, FencingToken], Manifest]


def chain(seat: Seat) -> ChainReader:
    """Begin to read the chain."""
    return ChainReader(seat.storage.reader_views().catalog)


def desk(seat: Seat) -> Publisher:
    """Take the publisher's capabilities."""
    views = seat.storage.compactor_views()
    return publisher(views.manifests, views.metadata)


async def acquired(seat: Seat, links: ChainReader, *, wait_seconds: float = 0.0) -> Lease | None:
    """Acquire the lease and believe in it; None if another has it, or nobody knows."""
    try:
        lease = await Lease.acquire(seat.replica(links), DOMAIN, operation="simulate", wait_seconds=wait_seconds)
    except (UnavailableError, OutcomeUnknownError):
        return None
    seat.leases.append(lease)
    return lease


def advanced(manifest: Manifest) -> Manifest:
    """Apply the one position that follows, with one event whose row goes to the tail."""
    position = manifest.applied_position + 1
    rows = manifest.tail.rows.get("commits", ())
    return replace(
        manifest,
        applied_position=position,
        applied_sha256=hashlib.sha256(f"segment {position}".encode()).hexdigest(),
        event_count=manifest.event_count + 1,
        snapshot_version=manifest.snapshot_version + 1,
        ledger_token=manifest.fencing_token,
        tail=Tail({"commits": [*rows, {"position": position, "index": 0}]}),
    )


def draft(seat: Seat, newest: Newest | Uninitialised, token: FencingToken) -> Manifest:
    """Build what follows `newest`."""
    if isinstance(newest, Newest):
        return advanced(draft_next(newest, token, ids=seat.ids, clock=seat.clock))
    return draft_genesis(token, ids=seat.ids, clock=seat.clock, fold_version=1)


async def publish(
    seat: Seat, tenure: HeldLock, at: Publisher, links: ChainReader, *, resolves: int = 1, build: Build = draft
) -> Published | None:
    """Publish one manifest under `tenure`, once; None if nothing was sent, or if it is not known what became of it."""
    newest = await links.newest(DOMAIN)
    try:
        permit = PermitIssuer.from_lock(tenure).issue(newest)
    except FencedError:
        return None
    manifest = build(seat, newest, permit.fencing_token)
    try:
        return published(seat, manifest, await at.publish(permit, newest, manifest))
    except (ConflictError, CorruptionError, FencedError, UnavailableError):
        # Raised before anything is written: it is never to be seen.
        seat.note(Told(manifest.manifest_id, manifest.attempt, visible=False))
        return None
    except OutcomeUnknownError:
        return await _resolved(seat, manifest, at, resolves)


async def _resolved(seat: Seat, manifest: Manifest, at: Publisher, resolves: int) -> Published | None:
    for _ in range(resolves):
        try:
            answer = await at.resolve(DOMAIN)
        except OutcomeUnknownError:
            continue
        seat.claim(holds=answer is not None, words="there is nothing to resolve")
        return None if answer is None else published(seat, manifest, answer)
    return None


def published(seat: Seat, manifest: Manifest, answer: Published) -> Published:
    """Note what was told of a manifest."""
    seat.note(Told(manifest.manifest_id, manifest.attempt, visible=isinstance(answer, Visible)))
    return answer


async def read(seat: Seat, links: ChainReader) -> None:
    """Find the newest manifest, and note which."""
    found = await links.newest(DOMAIN)
    seat.note(Found(found.manifest_id, found.manifest_hash))


async def genesis(seat: Seat) -> None:
    """Set a workspace up: its root manifest, and the first manifest of the domain, under a lease that is given back."""
    links, at = chain(seat), desk(seat)
    await at.create_root()
    lease = await acquired(seat, links)
    seat.claim(holds=lease is not None, words="nobody else is there")
    if lease is not None:
        await publish(seat, lease, at, links)
        await lease.release()

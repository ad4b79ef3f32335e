"""Drafts: manifests to be filled in, with what the chain itself asks for already right."""

from __future__ import annotations

from dataclasses import replace

from ulid import ULID

from arco.documents import utc_text
from arco.fencing import FencingToken
from arco.manifests._newest import Newest
from arco.manifests.manifest import NO_SEGMENT_SHA256, Manifest, Tail
from arco.runtime import Clock, Ids

__all__ = ["KEY_HORIZON", "draft_genesis", "draft_next", "next_commit_ulid"]

KEY_HORIZON = 200_000
"""Idempotency keys of so many events are kept, unless genesis says otherwise."""


def draft_genesis(
    token: FencingToken, *, ids: Ids, clock: Clock, fold_version: int, key_horizon: int = KEY_HORIZON
) -> Manifest:
    """Give the first manifest of the token's domain: nothing applied, nothing named. It needs no filling in."""
    return Manifest(
        domain=token.domain,
        manifest_id=1,
        attempt=ids.attempt(),
        commit_ulid=ids.ulid(),
        fencing_token=token.value,
        ledger_token=0,
        applied_position=0,
        applied_sha256=NO_SEGMENT_SHA256,
        parquet_position=0,
        snapshot_version=0,
        fold_version=fold_version,
        key_horizon=key_horizon,
        event_count=0,
        parent_hash=None,
        published_at=utc_text(clock.wall_seconds()),
        base=None,
        l0=(),
        tail=Tail({}),
        totals={},
        watermarks={},
    )


def draft_next(newest: Newest, token: FencingToken, *, ids: Ids, clock: Clock) -> Manifest:
    """Give a successor of `newest` that shows the same state; say by `dataclasses.replace` what it shows besides."""
    previous = newest.manifest
    return replace(
        previous,
        manifest_id=previous.manifest_id + 1,
        attempt=ids.attempt(),
        commit_ulid=next_commit_ulid(ids, previous.commit_ulid),
        fencing_token=token.value,
        parent_hash=newest.manifest_hash,
        published_at=utc_text(clock.wall_seconds()),
    )


def next_commit_ulid(ids: Ids, previous: str) -> str:
    """Mint a ULID above `previous`, whatever the clock says: a new one, or the one after it."""
    fresh = ids.ulid()
    return fresh if fresh > previous else str(ULID.from_int(int(ULID.from_str(previous)) + 1))

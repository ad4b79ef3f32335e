"""A workspace with chains: tests take their leases, permits and manifests from here, as a compactor would."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from arco.documents import Json
from arco.fencing import FencingToken, Lease, PermitIssuer, PublishPermit, Replica
from arco.layout import Domain, L0Key, Root, SentinelKey, StateKey
from arco.manifests import (
    ArtifactFile,
    ArtifactSet,
    ChainReader,
    Manifest,
    Newest,
    Publisher,
    Tail,
    Uninitialised,
    Visible,
    draft_genesis,
    draft_next,
    publisher,
)
from arco.runtime import OrderedIds, SeededRandomness
from arco.storage.bucket import Bucket, Written
from arco.storage.checksums import crc32c
from arco.storage.holders import CompactorViews
from arco.storage.memory import MemoryBucket
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.handed_out import SCOPE
from tests.fakes.manual_clock import ManualClock
from tests.fakes.recording_bucket import Asked, RecordingBucket

__all__ = ["DOMAIN", "ChainBench", "Compactor", "applied", "artifact_file", "segment_hash"]

DOMAIN = Domain.CATALOG
_STARTS_MAX = 1000


def segment_hash(position: int) -> str:
    """Give what stands for the hash of the segment at `position`."""
    return hashlib.sha256(str(position).encode()).hexdigest()


def artifact_file(data: bytes, rows: int = 1) -> ArtifactFile:
    """Describe the file that holds `data`."""
    return ArtifactFile(len(data), hashlib.sha256(data).hexdigest(), crc32c(data), rows, ("a", "z"))


def applied(draft: Manifest, positions: int = 1) -> Manifest:
    """Let a draft apply so many positions more, of one event each, whose rows ride in the tail."""
    first, last = draft.applied_position + 1, draft.applied_position + positions
    kept = [dict(row) for row in draft.tail.rows.get("tables", ())]
    rows: list[Mapping[str, Json]] = [*kept, *({"position": at, "index": 0} for at in range(first, last + 1))]
    return replace(
        draft,
        ledger_token=draft.fencing_token,
        applied_position=last,
        applied_sha256=segment_hash(last),
        snapshot_version=draft.snapshot_version + 1,
        event_count=draft.event_count + positions,
        tail=Tail({"tables": tuple(rows)}),
    )


@dataclass(slots=True)
class Compactor:
    """One start of a compactor: its own views, reader, publisher, ids, and the lease that it takes at need."""

    views: CompactorViews
    clock: ManualClock
    chain: ChainReader
    publisher: Publisher
    replica: Replica
    ids: OrderedIds
    held: Lease | None = None

    async def start(self) -> None:
        """Create the root manifest and the sentinels."""
        await self.publisher.create_root()
        for root in (Root.HEADS, Root.L0, Root.LOCKS, Root.QUARANTINE, Root.STATE):
            await self.views.sentinels.create_sentinel(SentinelKey(root), b"{}")

    async def lease(self, domain: Domain = DOMAIN) -> Lease:
        """Give the lease that is held, or acquire it, waiting for a minute that passes at once."""
        if self.held is None or self.held.is_over or self.held.domain is not domain:
            self.held = await Lease.acquire(self.replica, domain, operation="compact", wait_seconds=60)
        return self.held

    async def permit(self, newest: Newest | Uninitialised) -> PublishPermit:
        """Take a permit to follow `newest`."""
        return PermitIssuer.from_lock(await self.lease(newest.domain)).issue(newest)

    async def draft(self, newest: Newest | Uninitialised) -> Manifest:
        """Draft what follows `newest` under the lease, applying one position; genesis applies none."""
        token = (await self.lease(newest.domain)).token
        return self.draft_as(token, newest)

    def draft_as(self, token: FencingToken, newest: Newest | Uninitialised) -> Manifest:
        """Draft as `draft` does, under a given token."""
        if isinstance(newest, Uninitialised):
            return draft_genesis(token, ids=self.ids, clock=self.clock, fold_version=1)
        return applied(draft_next(newest, token, ids=self.ids, clock=self.clock))

    async def publish(self, newest: Newest | Uninitialised | None = None, **changes: Any) -> Newest:  # noqa: ANN401 any field
        """Publish what follows the newest, with these fields changed; it must become visible."""
        before = newest or await self.chain.newest(DOMAIN)
        manifest = replace(await self.draft(before), **changes)
        published = await self.publisher.publish(await self.permit(before), before, manifest)
        assert isinstance(published, Visible)
        self.chain.published(published.newest)
        return published.newest

    async def grow(self, links: int) -> Newest:
        """Publish until the chain has so many links."""
        newest = await self.chain.newest(DOMAIN)
        while newest.manifest_id < links:
            newest = await self.publish(newest)
        assert isinstance(newest, Newest)
        return newest

    async def write_set(
        self, n: int, positions: tuple[int, int], *, tables: tuple[str, ...] = ("commits", "tables"), base: bool = False
    ) -> ArtifactSet:
        """Write the files of a set, and give it as a manifest names it."""
        attempt = self.ids.attempt()
        files: dict[str, ArtifactFile] = {}
        for table in tables:
            data = f"PAR1 {table} {attempt} PAR1".encode()
            if base:
                answer = await self.views.artifacts.put_state(StateKey(DOMAIN, n, attempt, table), data)
            else:
                answer = await self.views.artifacts.put_l0(L0Key(DOMAIN, n, attempt, table), data)
            assert isinstance(answer, Written)
            files[table] = artifact_file(data)
        return ArtifactSet(n, attempt, *positions, files)


class ChainBench:
    """A bucket that records, around `bucket` if one is given, and compactors over it that share a clock."""

    def __init__(self, bucket: Bucket | None = None, clock: ManualClock | None = None, *, seed: int = 0) -> None:
        """Begin empty, or with what stands in `bucket`; processes that share one need a seed of their own each."""
        self.clock = clock or ManualClock()
        self.bucket = RecordingBucket(MemoryBucket(self.clock) if bucket is None else bucket)
        self._starts = 2 * seed * _STARTS_MAX

    @property
    def asked(self) -> list[Asked]:
        """Give what was asked of the bucket so far."""
        return self.bucket.asked

    def operations(self) -> list[str]:
        """Give the operations that were asked for, and begin anew."""
        found = [asked.operation for asked in self.bucket.asked]
        self.bucket.asked.clear()
        return found

    def storage(self, bucket: Bucket | None = None) -> WorkspaceStorage:
        """Give the workspace over the bucket, or over another that stands around it."""
        self._starts += 1
        return WorkspaceStorage(
            bucket or self.bucket, SCOPE, clock=self.clock, randomness=SeededRandomness(self._starts)
        )

    def compactor(self, bucket: Bucket | None = None) -> Compactor:
        """Start a compactor, which knows nothing of others."""
        views = self.storage(bucket).compactor_views()
        randomness = SeededRandomness(_STARTS_MAX + self._starts)
        ids = OrderedIds(self.clock, randomness)
        chain = ChainReader(views.catalog)
        replica = Replica(ids.attempt(), views.locks, chain, self.clock, randomness)
        return Compactor(views, self.clock, chain, publisher(views.manifests, views.metadata), replica, ids)

    def reader(self) -> ChainReader:
        """Start a reader, which begins at the hint."""
        return ChainReader(self.storage().reader_views().catalog)

    def path(self, name: str) -> str:
        """Give a name with the scope in front."""
        return SCOPE.prefix + name

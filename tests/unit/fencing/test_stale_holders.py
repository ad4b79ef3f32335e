"""A holder that lost its lease publishes nothing, however fresh what it has read, and however valid its papers look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import pytest

from arco.errors import ConflictError, FencedError, UsageError
from arco.fencing import Lease, LeaseTerms, PermitIssuer, PublishPermit, Replica, VerifiedLease, force_break
from arco.manifests import (
    ChainReader,
    Newest,
    NotVisible,
    Published,
    Publisher,
    Uninitialised,
    Visible,
    draft_genesis,
    draft_next,
    publisher,
)
from arco.runtime import OrderedIds, SeededRandomness
from arco.storage.bucket import Stored
from arco.storage.memory import MemoryBucket
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.contenders import DOMAIN, LOCK, holder
from tests.fakes.handed_out import SCOPE
from tests.fakes.manual_clock import ManualClock


@final
@dataclass
class Lake:
    """A bucket, and the time in it."""

    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        """Begin empty."""
        self.bucket = MemoryBucket(self.clock)


@final
class Process:
    """One process that leases and publishes by itself."""

    def __init__(self, lake: Lake, name: str, seed: int, terms: LeaseTerms | None = None) -> None:
        """Take what a compactor is given."""
        randomness = SeededRandomness(seed)
        views = WorkspaceStorage(lake.bucket, SCOPE, clock=lake.clock, randomness=randomness).compactor_views()
        self.clock = lake.clock
        self.ids = OrderedIds(lake.clock, randomness)
        self.chain = ChainReader(views.catalog)
        self.publisher: Publisher = publisher(views.manifests, views.metadata)
        self.replica = Replica(holder(name), views.locks, self.chain, lake.clock, randomness, terms or LeaseTerms())

    async def acquire(self) -> Lease:
        """Acquire the lease."""
        return await Lease.acquire(self.replica, DOMAIN, operation="test")

    async def newest(self) -> Newest | Uninitialised:
        """Read the newest manifest."""
        return await self.chain.newest(DOMAIN)

    async def publish(self, permit: PublishPermit, newest: Newest | Uninitialised) -> Published:
        """Publish what shows the same state, under the permit."""
        token = permit.fencing_token
        if isinstance(newest, Newest):
            draft = draft_next(newest, token, ids=self.ids, clock=self.clock)
        else:
            draft = draft_genesis(token, ids=self.ids, clock=self.clock, fold_version=1)
        return await self.publisher.publish(permit, newest, draft)

    async def commit(self, lease: Lease) -> Visible:
        """Publish under the lease, as a holder does."""
        newest = await self.newest()
        published = await self.publish(PermitIssuer.from_lock(lease).issue(newest), newest)
        assert isinstance(published, Visible)
        return published


async def _two() -> tuple[Lake, Process, Process]:
    """Give a lake with a first manifest, which nobody holds any more, and two processes."""
    lake = Lake()
    founder = Process(lake, "founder", 1)
    lease = await founder.acquire()
    await founder.commit(lease)
    await lease.release()
    return lake, Process(lake, "a", 2), Process(lake, "b", 3)


async def _verify(process: Process, lease: Lease) -> VerifiedLease:
    return await VerifiedLease.verify(process.replica, DOMAIN, [lease.claim()])


async def test_stale_lock_holder_loses() -> None:
    """Expired, and nobody has taken it: equal tokens everywhere, and neither lease, claim nor permit is good."""
    lake, stale, _ = await _two()
    lease = await stale.acquire()
    claim, issuer, newest = lease.claim(), PermitIssuer.from_lock(lease), await stale.newest()
    permit = issuer.issue(newest)
    lake.clock.advance(30)

    with pytest.raises(FencedError, match="the lease has lapsed"):
        issuer.issue(newest)
    with pytest.raises(FencedError, match="the lease has expired held=2 seen=2"):
        await VerifiedLease.verify(stale.replica, DOMAIN, [claim])
    with pytest.raises(ConflictError, match="the permit has expired"):
        await stale.publish(permit, newest)
    assert (await Process(lake, "reader", 9).newest()).manifest_id == 1


async def test_stale_lock_holder_loses_to_a_taker() -> None:
    """Expired and taken over, and the taker has not published yet: nothing of the stale holder's is good any more."""
    lake, stale, taker = await _two()
    lease = await stale.acquire()
    claim, newest = lease.claim(), await stale.newest()
    permit = lease.permit_issuer().issue(newest)
    lake.clock.advance(33)
    taken = await taker.acquire()

    with pytest.raises(FencedError, match="another holder has the lease held=2 seen=3"):
        await VerifiedLease.verify(stale.replica, DOMAIN, [claim])
    with pytest.raises(ConflictError, match="the permit has expired"):
        await stale.publish(permit, newest)
    assert (await taker.commit(taken)).newest.manifest.fencing_token == 3


async def test_stale_permit_with_a_stale_version_loses() -> None:
    """Broken by force and overtaken: the permit has not expired, and the create of an occupied name is refused."""
    lake, stale, taker = await _two()
    lease = await stale.acquire()
    newest = await stale.newest()
    permit = lease.permit_issuer().issue(newest)
    await force_break(taker.replica, DOMAIN)
    winner = await taker.commit(await taker.acquire())

    assert await stale.publish(permit, newest) == NotVisible(2)
    assert (await Process(lake, "reader", 9).newest()).manifest_hash == winner.newest.manifest_hash


async def test_stale_permit_is_not_good_for_a_fresh_version() -> None:
    """A permit for the older manifest is refused for the newest, and used up by the try."""
    _, stale, taker = await _two()
    lease = await stale.acquire()
    older = await stale.newest()
    permit = lease.permit_issuer().issue(older)
    await force_break(taker.replica, DOMAIN)
    await taker.commit(await taker.acquire())
    fresh = await stale.newest()

    with pytest.raises(ConflictError, match="the permit is for another newest manifest"):
        await stale.publish(permit, fresh)
    with pytest.raises(UsageError, match="a permit is good for one try"):
        await stale.publish(permit, older)


async def test_broken_holder_with_a_fresh_version_is_outranked() -> None:
    """A broken holder that has not noticed takes a permit for the newest manifest: its token is below (I7)."""
    _, stale, taker = await _two()
    lease = await stale.acquire()
    await force_break(taker.replica, DOMAIN)
    await taker.commit(await taker.acquire())
    fresh = await stale.newest()
    permit = lease.permit_issuer().issue(fresh)

    with pytest.raises(FencedError, match="a newer holder has published held=2 seen=3"):
        await stale.publish(permit, fresh)


async def test_broken_holder_is_not_verified() -> None:
    """While the taker has not published, it is the lock that tells a publisher of another process."""
    _, stale, taker = await _two()
    lease = await stale.acquire()
    before = (await _verify(taker, lease)).token.value
    await force_break(taker.replica, DOMAIN)
    with pytest.raises(FencedError, match="the lease was released held=2 seen=2"):
        await _verify(taker, lease)
    await taker.acquire()

    assert before == 2
    with pytest.raises(FencedError, match="another holder has the lease held=2 seen=3"):
        await _verify(taker, lease)


async def test_lost_lock_record_lets_no_stale_holder_back() -> None:
    """A lock that somebody deleted is made anew above what was published: the older holder's token is below."""
    lake, stale, taker = await _two()
    lease = await stale.acquire()
    await stale.commit(lease)
    stored = await lake.bucket.get(LOCK)
    assert isinstance(stored, Stored)
    await lake.bucket.delete(LOCK, stored.version)
    taken = await taker.acquire()
    await taker.commit(taken)
    fresh = await stale.newest()
    permit = lease.permit_issuer().issue(fresh)

    assert taken.token.value == 1003
    with pytest.raises(FencedError, match="a newer holder has published held=2 seen=1003"):
        await stale.publish(permit, fresh)


@pytest.mark.parametrize("how", ["deleted", "damaged and broken"])
async def test_lost_lock_record_gives_no_token_twice(how: str) -> None:
    """A holder that has not published yet, and whose lock was lost, is below the newer one, and not its equal."""
    lake, stale, taker = await _two()
    lease = await stale.acquire()
    stored = await lake.bucket.get(LOCK)
    assert isinstance(stored, Stored)
    if how == "deleted":
        await lake.bucket.delete(LOCK, stored.version)
    else:
        await lake.bucket.put(LOCK, b"garbage", stored.version)
        await force_break(taker.replica, DOMAIN)
    await taker.commit(await taker.acquire())
    fresh = await stale.newest()
    permit = lease.permit_issuer().issue(fresh)

    assert not lease.is_over
    with pytest.raises(FencedError, match="a newer holder has published held=2 seen=1002"):
        await stale.publish(permit, fresh)

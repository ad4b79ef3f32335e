"""Measure a commit: this publish, which creates the next manifest, beside a pointer that is overwritten.

Requests take the time that they take on the real service (100 ms a write, 60 ms a read, one mutation of one name in a
second), by a simulated clock: what is measured is the protocol, the same on every machine. What our own code costs is
measured apart, by the machine's clock.

The pointer is what the design did not choose, in a few lines: write the manifest under a name of its own, then swap a
pointer to it; or overwrite one manifest in place. Who has lost reads what stands there, and tries again.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from arco.documents import Json
from arco.errors import ArcoError
from arco.fencing import Lease, Replica
from arco.layout import Domain, Scope
from arco.manifests import (
    ChainReader,
    Manifest,
    Newest,
    Tail,
    Uninitialised,
    Visible,
    draft_genesis,
    draft_next,
    move_hint,
    publisher,
)
from arco.runtime import OrderedIds, SeededRandomness, SimulatedClock
from arco.storage.bucket import ABSENT, Absent, Bucket, Version, Written
from arco.storage.decorators.latency import Latency, LatencyBucket
from arco.storage.decorators.tracing import TracingBucket
from arco.storage.holders import CompactorViews
from arco.storage.memory import MemoryBucket
from arco.storage.workspace import WorkspaceStorage

# Half of it on the way there, half on the way back.
_SERVICE: Final = Latency(read_seconds=0.03, write_seconds=0.05)
_DOMAIN: Final = Domain.CATALOG
_HINT_SECONDS: Final = 1.0
_MANIFEST: Final = b"m" * 700
_TAIL_KIB: Final = (0, 8, 64, 256)
# So many turns of the event loop are more than any answer needs to become the next request.
_TURNS: Final = 30


@dataclass(frozen=True, slots=True)
class Figures:
    """What commits cost: requests of the median one, one after the other; seconds; commits a second."""

    requests: float
    p50: float
    p99: float
    longest: float
    rate: float


class Way:
    """A way to commit. `trace` keeps the requests on the path of its commits."""

    def __init__(self, bucket: Bucket, clock: SimulatedClock, number: int) -> None:
        """Commit into `bucket`; `number` tells writers apart."""
        self.trace = TracingBucket(bucket)
        self.clock = clock
        self.number = number

    async def begin(self, first: Way) -> None:
        """Make ready, once, before anything is measured; `first` is the first of the writers."""

    async def commit(self) -> None:
        """Make one more change visible, whatever is lost to others before."""
        raise NotImplementedError


def _views(bucket: Bucket, clock: SimulatedClock, number: int) -> CompactorViews:
    scope = Scope("acme", "prod")
    return WorkspaceStorage(bucket, scope, clock=clock, randomness=SeededRandomness(number)).compactor_views()


class Chain(Way):
    """A commit as the compactor makes it: under a lease that is kept, from the newest manifest that it knows.

    Writers at once are compactors that have verified one lease: who holds none is fenced, and does not contend.
    """

    cold = False
    lease: Lease

    async def begin(self, first: Way) -> None:
        """Take part: the first writer acquires the lease, keeps it off the path, and starts the domain."""
        views = _views(self.trace, self.clock, self.number)
        self.views = views
        self.aside = _views(self.trace.inner, self.clock, self.number)
        self.ids = OrderedIds(self.clock, SeededRandomness(self.number))
        self.reader = ChainReader(views.catalog)
        self.publisher = publisher(views.manifests, views.metadata)
        self.tasks: list[asyncio.Task[object]] = []
        self.hinted_at = self.clock.monotonic_seconds()
        if isinstance(first, Chain) and first is not self:
            self.lease = first.lease
        else:
            replica = Replica(self.ids.attempt(), self.aside.locks, self.reader, self.clock, SeededRandomness(0))
            self.lease = await Lease.acquire(replica, _DOMAIN, operation="benchmark")
            self.tasks.append(asyncio.ensure_future(self.lease.keep()))
        self.newest = await self.reader.newest(_DOMAIN)
        if isinstance(self.newest, Uninitialised):
            await self._publish(draft_genesis(self.lease.token, ids=self.ids, clock=self.clock, fold_version=1))

    async def commit(self) -> None:
        """Create the next manifest; after a loss, build on what won. The hint is moved beside, once a second."""
        if self.cold:
            self.newest = await ChainReader(self.views.catalog).newest(_DOMAIN)
        while isinstance(self.newest, Newest):
            if await self._publish(draft_next(self.newest, self.lease.token, ids=self.ids, clock=self.clock)):
                break
            self.newest = await self.reader.newest(_DOMAIN)
        now = self.clock.monotonic_seconds()
        if isinstance(self.newest, Newest) and now - self.hinted_at >= _HINT_SECONDS:
            self.hinted_at = now
            moving = move_hint(self.aside.catalog, self.aside.manifests, self.newest)
            self.tasks.append(asyncio.ensure_future(moving))

    async def _publish(self, draft: Manifest) -> bool:
        permit = self.lease.permit_issuer().issue(self.newest)
        answer = await self.publisher.publish(permit, self.newest, draft)
        if isinstance(answer, Visible):
            self.newest = answer.newest
            self.reader.published(answer.newest)
        return isinstance(answer, Visible)


class ColdChain(Chain):
    """The same by a process that knows nothing: the newest manifest is found first, from the hint."""

    cold = True


class InPlace(Way):
    """One manifest, overwritten: no history, and nothing to go back to."""

    name = "manifest"

    def __init__(self, bucket: Bucket, clock: SimulatedClock, number: int) -> None:
        """Begin knowing nothing."""
        super().__init__(bucket, clock, number)
        self.version: Version | Absent | None = None

    async def commit(self) -> None:
        """Swap; after a loss, read what stands there and swap again."""
        while True:
            if self.version is None:
                standing = await self.trace.get(self.name)
                self.version = ABSENT if standing is ABSENT else standing.version
            answer = await self.trace.put(self.name, _MANIFEST, self.version)
            self.version = answer.version if isinstance(answer, Written) else None
            if self.version is not None:
                return


class Pointer(InPlace):
    """A manifest under a name of its own, and a pointer to it that is swapped."""

    name = "pointer"
    count = 0

    async def commit(self) -> None:
        """Write the manifest, and swap."""
        self.count += 1
        await self.trace.put(f"manifests/{self.number}-{self.count}", _MANIFEST, ABSENT)
        await super().commit()


_WAYS: Final[tuple[tuple[str, type[Way]], ...]] = (
    ("next manifest created (this)", Chain),
    ("the same, newest found first", ColdChain),
    ("manifest, then pointer swapped", Pointer),
    ("one manifest overwritten", InPlace),
)


async def _simulated(clock: SimulatedClock, work: Awaitable[None]) -> None:
    """Let time pass, from one sleeper to the next, until `work` is done. Only requests take time."""
    task = asyncio.ensure_future(work)
    while not task.done():
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        step = clock.next_wake_seconds()
        if step is not None and not task.done():
            clock.advance(step)
    await task


async def _measure(kind: type[Way], writers: int, commits: int) -> Figures:
    """Let each of `writers` make `commits` commits, one after the other, all writers at once."""
    clock = SimulatedClock()
    bucket = LatencyBucket(MemoryBucket(clock), clock, _SERVICE)
    ways = [kind(bucket, clock, number) for number in range(writers)]
    seconds: list[float] = []
    requests: list[int] = []

    async def begin() -> None:
        for way in ways:
            await way.begin(ways[0])

    async def write(way: Way) -> None:
        for _ in range(commits):
            began, before = clock.monotonic_seconds(), len(way.trace.trace)
            await way.commit()
            seconds.append(clock.monotonic_seconds() - began)
            requests.append(len(way.trace.trace) - before)

    async def write_all() -> None:
        await asyncio.gather(*(write(way) for way in ways))

    await _simulated(clock, begin())
    began = clock.monotonic_seconds()
    await _simulated(clock, write_all())
    elapsed = clock.monotonic_seconds() - began
    for task in [task for way in ways for task in getattr(way, "tasks", ())]:
        task.cancel()
        with suppress(asyncio.CancelledError, ArcoError):
            await task
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered), math.ceil(0.99 * len(ordered))) - 1]
    return Figures(statistics.median(requests), statistics.median(ordered), p99, ordered[-1], len(ordered) / elapsed)


async def _own_cost(tail_kib: int, commits: int) -> tuple[int, float]:
    """Give the bytes of a manifest with such a tail, and the median microseconds of one publish without any latency."""
    clock = SimulatedClock()
    way = Chain(MemoryBucket(clock), clock, 0)
    await way.begin(way)
    row: dict[str, Json] = {"position": 1, "index": 0, "name": "x" * 200}
    size = max(1, len(str(row)))
    rows = [row] * (tail_kib * 1024 // size)
    spent: list[float] = []
    length = 0
    for _ in range(commits):
        assert isinstance(way.newest, Newest)  # noqa: S101 - begin has published
        draft = draft_next(way.newest, way.lease.token, ids=way.ids, clock=clock)
        draft = replace(draft, applied_position=1, applied_sha256="1" * 64, tail=Tail({"tables": rows}))
        length = len(draft.render())
        permit = way.lease.permit_issuer().issue(way.newest)
        start = time.perf_counter()
        answer = await way.publisher.publish(permit, way.newest, draft)
        spent.append(time.perf_counter() - start)
        assert isinstance(answer, Visible)  # noqa: S101 - nobody contends
        way.newest = answer.newest
    way.tasks[0].cancel()
    return length, statistics.median(spent) * 1e6


def main() -> None:
    """Print what a commit costs in each way, for one writer and for four, and what our code takes of it."""
    parser = argparse.ArgumentParser(description="Measure a commit beside a pointer that is overwritten.")
    parser.add_argument("--commits", type=int, default=100, help="commits of each writer (default: 100)")
    arguments = parser.parse_args()
    print("simulated service: 100 ms a write, 60 ms a read, one mutation of one name in a second")
    for writers in (1, 4):
        title = "1 writer" if writers == 1 else f"{writers} writers at once"
        print(f"\n{title:32}  requests  p50 s  p99 s  longest  commits/s")
        for name, kind in _WAYS:
            figures = asyncio.run(_measure(kind, writers, arguments.commits))
            times = f"{figures.p50:5.2f}  {figures.p99:5.2f}  {figures.longest:7.2f}"
            print(f"{name:32}  {figures.requests:8.0f}  {times}  {figures.rate:9.2f}")
    print("\nour own code in one publish, bucket in memory")
    for tail in _TAIL_KIB:
        length, microseconds = asyncio.run(_own_cost(tail, arguments.commits))
        print(f"manifest of {length:7,} bytes  {microseconds:8.0f} µs")


if __name__ == "__main__":
    main()

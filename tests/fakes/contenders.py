"""Processes that contend for the lock of one domain: each has requests, faults and clocks of its own.

    world = World()
    first, second = world.seat("a"), world.seat("b", wall_ahead=3600)
    lease = await first.acquire()

The bucket in the middle is one, and its clock is the world's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, final

from arco.errors import UnavailableError
from arco.fencing.lease import Lease
from arco.fencing.record import LockRecord
from arco.fencing.replica import Replica
from arco.fencing.terms import LeaseTerms
from arco.fencing.verified import LeaseClaim, secret_hash
from arco.layout import Domain, LockKey
from arco.runtime import Clock, SeededRandomness, SimulatedClock
from arco.storage.bucket import ABSENT, Absent, Refused, Stored, Version, Written
from arco.storage.decorators.faults import Fault, FaultBucket, ScriptedFaults
from arco.storage.decorators.forwarding import ForwardingBucket
from arco.storage.decorators.tracing import TracingBucket
from arco.storage.memory import MemoryBucket
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.handed_out import SCOPE
from tests.fakes.manual_clock import ManualClock

__all__ = [
    "DOMAIN",
    "LOCK",
    "Happening",
    "MachineClock",
    "MeanwhileBucket",
    "PublishedToken",
    "Seat",
    "SilentBucket",
    "World",
    "holder",
    "theirs",
]

DOMAIN = Domain.CATALOG
LOCK = SCOPE.prefix + LockKey(DOMAIN).path

Happening: TypeAlias = Callable[[], Awaitable[object]]


def holder(name: str) -> str:
    """Give the holder id of a process."""
    return f"{name:0<16}"


def theirs() -> LockRecord:
    """Give the record of a process that is not seated: it holds sequence 7, and its secret is `theirs`."""
    return LockRecord(
        domain=DOMAIN,
        holder_id=holder("they"),
        sequence=7,
        renewal_counter=3,
        ttl_ms=30_000,
        released=False,
        operation="commit",
        secret_sha256=secret_hash("theirs"),
        expires_at="2026-05-28T20:27:10Z",
    )


@final
class MachineClock:
    """The clocks of one machine: its wall clock may be wrong, and its monotonic one began when it likes."""

    def __init__(self, world: Clock, *, wall_ahead: float, monotonic_ahead: float) -> None:
        """Run as fast as the world's."""
        self._world = world
        self.wall_ahead = wall_ahead
        self._monotonic_ahead = monotonic_ahead

    def wall_seconds(self) -> float:
        """Seconds since 1970, as this machine believes."""
        return self._world.wall_seconds() + self.wall_ahead

    def monotonic_seconds(self) -> float:
        """Seconds since this machine's own beginning."""
        return self._world.monotonic_seconds() + self._monotonic_ahead

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        await self._world.sleep(seconds)


@final
class SilentBucket(ForwardingBucket):
    """Tells no times."""

    async def get(self, name: str) -> Stored | Absent:
        """Read, without times."""
        answer = await self.inner.get(name)
        return answer if answer is ABSENT else Stored(answer.data, answer.version, None, None)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, without times."""
        answer = await self.inner.put(name, data, if_version)
        return Written(answer.version) if isinstance(answer, Written) else answer


@final
class MeanwhileBucket(ForwardingBucket):
    """Lets something happen before a request is decided, or between the decision and its answer: once each, in order.

    Entries are `(operation, happening)`, and wait for the next request of that operation.
    """

    def __init__(self, inner: ForwardingBucket | MemoryBucket) -> None:
        """Begin with nothing planned."""
        super().__init__(inner)
        self.before: list[tuple[str, Happening]] = []
        self.after: list[tuple[str, Happening]] = []

    async def get(self, name: str) -> Stored | Absent:
        """Read, with what happens around it."""
        await _happen(self.before, "get")
        answer = await self.inner.get(name)
        await _happen(self.after, "get")
        return answer

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, with what happens around it."""
        await _happen(self.before, "put")
        answer = await self.inner.put(name, data, if_version)
        await _happen(self.after, "put")
        return answer


async def _happen(planned: list[tuple[str, Happening]], operation: str) -> None:
    if planned and planned[0][0] == operation:
        await planned.pop(0)[1]()


@final
@dataclass(frozen=True, slots=True)
class Seat:
    """One process: its replica, its clocks, what it asked, what happens around it, and what it has on its way."""

    replica: Replica
    clock: MachineClock
    traced: TracingBucket
    meanwhile: MeanwhileBucket
    broken: FaultBucket

    @property
    def requests(self) -> list[str]:
        """What it asked, in order."""
        return [call.operation for call in self.traced.trace]

    async def acquire(self, wait_seconds: float = 0.0, *, operation: str = "test") -> Lease:
        """Acquire the lease."""
        return await Lease.acquire(self.replica, DOMAIN, operation=operation, wait_seconds=wait_seconds)

    async def is_turned_away(self) -> bool:
        """Try to acquire without waiting, and tell whether another holds the lease."""
        try:
            await self.acquire()
        except UnavailableError:
            return True
        return False

    async def land(self) -> None:
        """Let everything arrive that is still on its way."""
        while self.broken.delayed:
            await self.broken.land()


@final
@dataclass(slots=True)
class PublishedToken:
    """Tells how far published tokens have come."""

    token: int = 0

    async def newest_token(self, domain: Domain) -> int:  # noqa: ARG002 one domain
        """Give it."""
        return self.token


@final
@dataclass(slots=True)
class World:
    """One bucket, and whoever sits around it."""

    clock: ManualClock | SimulatedClock = field(default_factory=ManualClock)
    tells: bool = True
    published: PublishedToken = field(default_factory=PublishedToken)
    memory: MemoryBucket = field(init=False)
    _seats: int = 0

    def __post_init__(self) -> None:
        """Begin with an empty bucket."""
        self.memory = MemoryBucket(self.clock)

    def seat(
        self,
        name: str = "a",
        *,
        terms: LeaseTerms | None = None,
        wall_ahead: float = 0.0,
        puts: Sequence[Fault] = (),
        gets: Sequence[Fault] = (),
    ) -> Seat:
        """Seat a process whose requests fail as scripted."""
        self._seats += 1
        clock = MachineClock(self.clock, wall_ahead=wall_ahead, monotonic_ahead=1000.0 * self._seats)
        inner = self.memory if self.tells else SilentBucket(self.memory)
        reads = FaultBucket(inner, ScriptedFaults(gets, operations=["get"]))
        broken = FaultBucket(reads, ScriptedFaults(puts))
        meanwhile = MeanwhileBucket(broken)
        traced = TracingBucket(meanwhile)
        randomness = SeededRandomness(self._seats)
        storage = WorkspaceStorage(traced, SCOPE, clock=clock, randomness=randomness)
        locks = storage.api_views().locks
        replica = Replica(holder(name), locks, self.published, clock, randomness, terms or LeaseTerms())
        return Seat(replica, clock, traced, meanwhile, broken)

    async def passes(self, seconds: float) -> None:
        """Let time pass, as something that happens."""
        self.clock.advance(seconds)

    def later(self, seconds: float) -> Happening:
        """Give the passing of time, to be planned."""
        return lambda: self.passes(seconds)

    async def stored(self) -> Stored:
        """Read what stands there."""
        found = await self.memory.get(LOCK)
        assert found is not ABSENT
        return found

    async def record(self) -> LockRecord:
        """Read the record that stands there."""
        return LockRecord.parse((await self.stored()).data, DOMAIN)

    async def write(self, record: LockRecord | bytes) -> None:
        """Write a record, or what is none, over whatever stands there."""
        found = await self.memory.get(LOCK)
        over = ABSENT if found is ABSENT else found.version
        data = record if isinstance(record, bytes) else record.render()
        assert isinstance(await self.memory.put(LOCK, data, over), Written)

    async def lose(self) -> None:
        """Let the record vanish, which nobody may do."""
        await self.memory.delete(LOCK, (await self.stored()).version)

    async def is_holders(self, lease: Lease) -> bool:
        """Whether the record that stands is that of this lease: held, and not released."""
        claim, record = lease.claim(), await self.record()
        return not record.released and _shown(claim) == (record.holder_id, record.sequence, record.secret_sha256)


def _shown(claim: LeaseClaim) -> tuple[str, int, str]:
    return claim.holder_id, claim.token, secret_hash(claim.secret)

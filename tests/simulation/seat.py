"""What an actor is given: the views of one workspace, a clock and a randomness. The scheduler stands behind them all.

Every request to the bucket and every sleep parks: it waits until the scheduler says what became of it, and when. An
actor is a coroutine that takes a `Seat`, so what it does next is a function of what it was answered and at what times.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast, final

from arco.fencing import Lease, LeaseTerms, NewestToken, Replica, VerifiedLease
from arco.layout import Domain, Scope
from arco.runtime import OrderedIds
from arco.storage.bucket import Absent, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.workspace import WorkspaceStorage

__all__ = [
    "DOMAIN",
    "EPOCH_SECONDS",
    "MONOTONIC_START",
    "SCOPE",
    "TERMS",
    "Actor",
    "BrokenPromiseError",
    "Fact",
    "Found",
    "Numbered",
    "ParkingBucket",
    "Pending",
    "Request",
    "Role",
    "Seat",
    "SeatClock",
    "Told",
]

DOMAIN: Final = Domain.CATALOG
SCOPE: Final = Scope("acme", "main")
TERMS: Final = LeaseTerms(ttl_seconds=4, margin_seconds=1, keep_seconds=0, reserved_seconds=1)
SETTLE_SECONDS: Final = 1.0
EPOCH_SECONDS: Final = 1_780_000_000
MONOTONIC_START: Final = 500.0


@final
@dataclass(frozen=True, slots=True)
class Request:
    """What an actor waits for: an operation of the bucket, or a sleep that ends at the whole second `until`."""

    operation: str
    name: str = ""
    data: bytes = b""
    if_version: Version | Absent | None = None
    bounds: tuple[int, int] = (0, 0)
    until: int = 0

    @property
    def is_write(self) -> bool:
        """Whether it may change the bucket."""
        return self.operation == "put"

    def __str__(self) -> str:
        """Say it in a line of a trace."""
        if self.operation == "sleep":
            return f"sleeps until {self.until}"
        short = self.name.removeprefix(SCOPE.prefix)
        over = f" over {self.if_version}".replace(SCOPE.prefix, "") if self.is_write else ""
        return f"{self.operation} {short}{over}"


@final
@dataclass(slots=True)
class Pending:
    """A request, and the future that its actor waits for."""

    request: Request
    future: asyncio.Future[object]


@final
@dataclass(slots=True)
class Parking:
    """Where the requests of one actor wait, in order; `now` is the world's time in whole seconds."""

    waiting: list[Pending] = field(default_factory=list)
    now: int = 0

    async def park(self, request: Request) -> object:
        """Wait for the scheduler."""
        pending = Pending(request, asyncio.get_running_loop().create_future())
        self.waiting.append(pending)
        return await pending.future


@final
class ParkingBucket:
    """A bucket whose every request is the scheduler's to decide. Nothing deletes here, and nothing lists."""

    def __init__(self, parking: Parking) -> None:
        """Park there."""
        self._parking = parking

    async def get(self, name: str) -> Stored | Absent:
        """Park a read."""
        return cast("Stored | Absent", await self._parking.park(Request("get", name)))

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Park a read of a part."""
        return cast("bytes | Absent", await self._parking.park(Request("get_range", name, bounds=(start, end))))

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Park a look."""
        return cast("ObjectMeta | Absent", await self._parking.park(Request("head", name)))

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Park a write."""
        return cast("Written | Refused", await self._parking.park(Request("put", name, data, if_version)))

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Refuse: what is dropped as dead in the scheduler counts on names that stay."""
        raise NotImplementedError(name, if_version)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """Refuse (I10)."""
        raise NotImplementedError(prefix, start_after, limit)


@final
class SeatClock:
    """The clocks of one machine. Its wall clock is wrong and stands still: nothing may be decided by it (section 13).

    Its monotonic clock has a start of its own, and runs at `rate` of the true speed. Sleeps end at whole seconds of the
    true time, which is always late enough.
    """

    def __init__(self, parking: Parking, role: Role) -> None:
        """Begin at the world's second 0."""
        self._parking = parking
        self._role = role

    def wall_seconds(self) -> float:
        """Give what this machine believes."""
        return EPOCH_SECONDS + self._role.wall_error_seconds

    def monotonic_seconds(self) -> float:
        """Count by this machine's oscillator."""
        return self._role.local(self._parking.now)

    async def sleep(self, seconds: float) -> None:
        """Park until the scheduler lets time pass."""
        until = self._parking.now + max(1, math.ceil(seconds / self._role.clock_rate))
        await self._parking.park(Request("sleep", until=until))


@final
class Numbered:
    """Bytes by their number: fresh each time, save for the shares of pauses, which whole seconds swallow anyway."""

    _SHARE_BYTES: Final = 4

    def __init__(self, seed: str) -> None:
        """Begin the sequence of `seed`."""
        self._seed = seed
        self._given = 0

    def token_bytes(self, count: int) -> bytes:
        """Give the next bytes."""
        if count == self._SHARE_BYTES:
            return bytes(count)
        self._given += 1
        return hashlib.blake2b(f"{self._seed} {self._given}".encode(), digest_size=count).digest()


@final
class BrokenPromiseError(Exception):
    """An actor was told what cannot be: the exploration ends here."""


@final
@dataclass(frozen=True, slots=True)
class Told:
    """What a publisher was told of a manifest, for ever: that it stands, or that it does not."""

    manifest_id: int
    attempt: str
    visible: bool


@final
@dataclass(frozen=True, slots=True)
class Found:
    """The newest manifest that a reader found last."""

    manifest_id: int
    manifest_hash: str


Fact: TypeAlias = Told | Found


@final
@dataclass(slots=True)
class Seat:
    """An actor's place. What it is told goes to `facts`; the leases that it believes in stand in `leases`."""

    role: Role
    parking: Parking
    facts: list[Fact] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)
    verified: list[VerifiedLease] = field(default_factory=list)
    clock: SeatClock = field(init=False)
    randomness: Numbered = field(init=False)
    ids: OrderedIds = field(init=False)
    storage: WorkspaceStorage = field(init=False)

    def __post_init__(self) -> None:
        """Build what a composition root builds."""
        self.clock = SeatClock(self.parking, self.role)
        self.randomness = Numbered(self.role.name)
        self.ids = OrderedIds(self.clock, self.randomness)
        self.storage = WorkspaceStorage(
            ParkingBucket(self.parking),
            SCOPE,
            clock=self.clock,
            randomness=self.randomness,
            settle_seconds=SETTLE_SECONDS,
        )

    def replica(self, newest: NewestToken) -> Replica:
        """Contend for leases under this actor's name."""
        return Replica(self.role.holder_id, self.storage.api_views().locks, newest, self.clock, self.randomness, TERMS)

    def note(self, fact: Fact) -> None:
        """Keep what was told; of what a reader found only the last."""
        if isinstance(fact, Found):
            self.facts[:] = [one for one in self.facts if not isinstance(one, Found)]
        self.facts.append(fact)

    def claim(self, *, holds: bool, words: str) -> None:
        """End the exploration unless it `holds`."""
        if not holds:
            raise BrokenPromiseError(words)


Actor: TypeAlias = Callable[[Seat], Coroutine[Any, Any, None]]


@final
@dataclass(frozen=True, slots=True)
class Role:
    """An actor with its name and its clocks. `crashes`: whether the scheduler may end it anywhere."""

    name: str
    act: Actor
    clock_rate: float = 1.0
    wall_error_seconds: float = 0.0
    crashes: bool = True

    @property
    def holder_id(self) -> str:
        """A holder id that people can read."""
        return self.name.ljust(16, "0")

    def local(self, now: float) -> float:
        """Tell what its monotonic clock shows at the world's second `now`."""
        return MONOTONIC_START + now * self.clock_rate

"""Time, randomness and ids, handed in wherever they are needed; never the global ones.

Those of the machine stand beside the simulated ones, so that a run can be told its time and repeated from a seed.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
import random
import secrets
import threading
import time
from typing import Protocol, final

from ulid import ULID

from arco.errors import UsageError

__all__ = [
    "Clock",
    "Ids",
    "OrderedIds",
    "Randomness",
    "SeededRandomness",
    "SimulatedClock",
    "SystemClock",
    "SystemIds",
    "SystemRandomness",
]

_MILLISECONDS_MAX = 2**48 - 1
# A lease ends while its holder's machine sleeps: Linux's CLOCK_MONOTONIC would not have noticed.
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """Wall time for people, monotonic time for durations. Clocks never decide an order."""

    def wall_seconds(self) -> float:
        """Seconds since 1970 in UTC, as this machine believes."""
        ...

    def monotonic_seconds(self) -> float:
        """Seconds that never go back, from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


class Randomness(Protocol):
    """A source of unpredictable bytes."""

    def token_bytes(self, count: int) -> bytes:
        """Give `count` fresh bytes."""
        ...


class Ids(Protocol):
    """Mints identifiers."""

    def ulid(self) -> str:
        """Mint a ULID: 26 characters of Crockford's base 32, each greater than all before it from this source."""
        ...

    def attempt(self) -> str:
        """Mint the attempt of one write: 26 characters `0-9a-z`, never minted twice."""
        ...


@final
class SystemClock:
    """The clocks of this machine."""

    def wall_seconds(self) -> float:
        """Seconds since 1970 in UTC, which people may set back."""
        return time.time()

    def monotonic_seconds(self) -> float:
        """Seconds since some moment before the process began. They go on while the machine is suspended, if it can."""
        return time.clock_gettime(_STEADY)

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; none or fewer let others run."""
        await asyncio.sleep(seconds)


@final
class SystemRandomness:
    """The operating system's source for secrets."""

    def token_bytes(self, count: int) -> bytes:
        """Give `count` bytes that nobody can predict."""
        return secrets.token_bytes(count)


@final
class SimulatedClock:
    """Time that passes only in `advance`, for the sleepers of one event loop.

    It counts whole nanoseconds, so that ten steps of a tenth end a sleep of one second. Whoever wakes sees the time
    at the end of the step; steps of `next_wake_seconds` let each see its own.
    """

    def __init__(self, *, wall_seconds: float = 1_780_000_000.0) -> None:
        """Begin at `wall_seconds` since 1970, and at 0 of the monotonic time."""
        self._wall = _nanoseconds(wall_seconds)
        self._monotonic = 0
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def wall_seconds(self) -> float:
        """Seconds since 1970, as advanced and skewed."""
        return self._wall / 1e9

    def monotonic_seconds(self) -> float:
        """Seconds advanced since the start."""
        return self._monotonic / 1e9

    async def sleep(self, seconds: float) -> None:
        """Wait until time has been advanced by `seconds`. Raises UsageError for what is not a finite number."""
        duration = _nanoseconds(seconds)
        if duration <= 0:
            await asyncio.sleep(0)
            return
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + duration, next(self._numbers), awake))
        await awake

    def advance(self, seconds: float) -> None:
        """Move both times on, and wake whose sleep ends, in that order. Raises UsageError for a step back."""
        step = _nanoseconds(seconds)
        if step < 0:
            message = f"time does not go back; skew the wall clock seconds={seconds}"
            raise UsageError(message)
        self._wall += step
        self._monotonic += step
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            _, _, awake = heapq.heappop(self._sleepers)
            if not awake.done():
                awake.set_result(None)

    def skew(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an operator or a time server would."""
        self._wall += _nanoseconds(seconds)

    def next_wake_seconds(self) -> float | None:
        """Tell how long the next sleeper has still to sleep; None if nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return (self._sleepers[0][0] - self._monotonic) / 1e9 if self._sleepers else None


@final
class SeededRandomness:
    """The same bytes for the same seed, in the same order of calls: for tests and simulation, never for secrets."""

    def __init__(self, seed: int) -> None:
        """Begin the sequence of `seed`."""
        self._random = random.Random(seed)  # noqa: S311 predictable on purpose

    def token_bytes(self, count: int) -> bytes:
        """Give the next `count` bytes of the sequence."""
        return self._random.randbytes(count)


class OrderedIds:
    """Ids of a clock and a randomness, the same ones whenever these two repeat. Any thread may mint.

    A ULID is a new one or its predecessor + 1, whichever is greater: a clock that goes back, stands still or leaves
    the years that a ULID can tell costs no order.
    """

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        """Begin without a predecessor."""
        self._clock = clock
        self._randomness = randomness
        self._lock = threading.Lock()
        self._last = 0

    def ulid(self) -> str:
        """Mint a ULID of the wall time, in milliseconds, and 80 random bits."""
        milliseconds = min(int(self._clock.wall_seconds() * 1000), _MILLISECONDS_MAX)
        fresh = milliseconds << 80 | int.from_bytes(self._randomness.token_bytes(10))
        with self._lock:
            self._last = max(fresh, self._last + 1)
            return str(ULID.from_int(self._last))

    def attempt(self) -> str:
        """Mint an attempt of 128 random bits, which tell nothing of the time."""
        return str(ULID.from_bytes(self._randomness.token_bytes(16))).lower()


@final
class SystemIds(OrderedIds):
    """Ids of the machine's clock and randomness."""

    def __init__(self) -> None:
        """Begin without a predecessor."""
        super().__init__(SystemClock(), SystemRandomness())


def _nanoseconds(seconds: float) -> int:
    if not math.isfinite(seconds):
        message = f"a simulated time is finite seconds={seconds}"
        raise UsageError(message)
    return round(seconds * 1e9)

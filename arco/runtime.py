"""Time, randomness and ids, handed in wherever they are needed; never the global ones."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Clock", "Ids", "Randomness"]


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
        """Mint a ULID: 26 characters of Crockford's base 32, in order of time within one source."""
        ...

    def attempt(self) -> str:
        """Mint the attempt of one write: 26 characters `0-9a-z`, never minted twice."""
        ...

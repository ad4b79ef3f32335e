"""A clock that moves when it is told to, and by as much as is slept."""

from __future__ import annotations

import asyncio

__all__ = ["ManualClock"]


class ManualClock:
    """Wall time from a date in 2026, monotonic time from an odd number; sleeping takes no real time, and yields."""

    def __init__(self) -> None:
        """Begin with nothing slept."""
        self.slept: list[float] = []
        self._elapsed = 0.0

    def wall_seconds(self) -> float:
        """Seconds since 1970, with a fraction."""
        return 1_780_000_000.625 + self._elapsed

    def monotonic_seconds(self) -> float:
        """Seconds from an arbitrary start."""
        return 4_711.5 + self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once, and others run."""
        self.slept.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Move both times on."""
        self._elapsed += seconds

"""Pauses between tries: twice as long each time, and in part random, so that who fail together return apart."""

from __future__ import annotations

from typing import Final, final

from arco.runtime import Randomness

__all__ = ["PAUSE_SECONDS_FIRST", "PAUSE_SECONDS_MAX", "Backoff"]

PAUSE_SECONDS_FIRST: Final = 0.1
PAUSE_SECONDS_MAX: Final = 2.0


@final
class Backoff:
    """The pauses of one call: between half and all of 0.1 s, 0.2 s, 0.4 s and so on to 2 s; longer if it is wished."""

    def __init__(self, randomness: Randomness) -> None:
        """Begin with the shortest pause."""
        self._randomness = randomness
        self._ceiling = PAUSE_SECONDS_FIRST

    def next_seconds(self, wished_seconds: float | None = None) -> float:
        """Tell how long to pause now; never less than the backend's wish."""
        ceiling = self._ceiling
        self._ceiling = min(PAUSE_SECONDS_MAX, 2 * ceiling)
        share = int.from_bytes(self._randomness.token_bytes(4)) / 2**32
        return max(ceiling * (1 + share) / 2, wished_seconds or 0.0)

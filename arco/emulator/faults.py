"""Failures on purpose, for tests of clients: errors, lost answers, delays and bodies that drip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["Fault", "Faults"]


@final
@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    `status` is answered, and nothing is done; `lost` does what is asked and closes the connection without an answer;
    `delay_seconds` pass before anything else; `drip_seconds` pass before each quarter of the answer's body.
    """

    status: int | None = None
    lost: bool = False
    delay_seconds: float = 0.0
    drip_seconds: float = 0.0


@final
class Faults:
    """The faults that are planned. Each is for one method of the API (`storage.objects.insert`), or for any."""

    def __init__(self) -> None:
        """Plan none."""
        self._planned: list[tuple[str | None, Fault]] = []

    def plan(self, fault: Fault, *, operation: str | None = None, times: int = 1) -> None:
        """Let the next `times` requests of `operation` fail, any request without it, after those planned before."""
        self._planned += [(operation, fault)] * times

    def take(self, operation: str) -> Fault | None:
        """Give the fault of a request that is about to be served; it is spent."""
        for index, (wanted, fault) in enumerate(self._planned):
            if wanted in {None, operation}:
                del self._planned[index]
                return fault
        return None

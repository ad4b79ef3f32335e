"""Makes requests take the time that they take in a cloud, by a clock that may be simulated."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final, final

from arco.runtime import Clock
from arco.storage.bucket import Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.decorators.forwarding import ForwardingBucket

__all__ = ["MUTATION_INTERVAL_SECONDS", "Latency", "LatencyBucket"]

MUTATION_INTERVAL_SECONDS: Final = 1.0
"""Cloud Storage takes about one mutation of one name in a second (protocol, section 1)."""


@final
@dataclass(frozen=True, slots=True)
class Latency:
    """How long a request takes until it is decided, and the same again until its answer is there."""

    read_seconds: float = 0.015
    write_seconds: float = 0.03
    list_seconds: float = 0.04
    bytes_per_second: float = 100e6

    def of_bytes(self, count: int) -> float:
        """Tell how long `count` bytes are on their way."""
        return count / self.bytes_per_second


@final
class LatencyBucket(ForwardingBucket):
    """Sleeps before and after each request, and lets mutations of one name wait for their second, in order of arrival.

    Whatever happens to other requests between the two sleeps is what a real bucket would let happen.
    """

    def __init__(self, inner: Bucket, clock: Clock, latency: Latency | None = None) -> None:
        """Begin with no name mutated."""
        super().__init__(inner)
        self._clock = clock
        self._latency = latency or Latency()
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}

    async def get(self, name: str) -> Stored | Absent:
        """Read, slowly."""
        await self._clock.sleep(self._latency.read_seconds)
        answer = await self.inner.get(name)
        size = len(answer.data) if isinstance(answer, Stored) else 0
        await self._clock.sleep(self._latency.read_seconds + self._latency.of_bytes(size))
        return answer

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read a range, slowly."""
        await self._clock.sleep(self._latency.read_seconds)
        answer = await self.inner.get_range(name, start, end)
        size = len(answer) if isinstance(answer, bytes) else 0
        await self._clock.sleep(self._latency.read_seconds + self._latency.of_bytes(size))
        return answer

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe, slowly."""
        await self._clock.sleep(self._latency.read_seconds)
        answer = await self.inner.head(name)
        await self._clock.sleep(self._latency.read_seconds)
        return answer

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, slowly, and not within a second of another mutation of that name."""
        await self._clock.sleep(self._latency.write_seconds + self._latency.of_bytes(len(data)))
        await self._clock.sleep(self._wait_seconds(name))
        answer = await self.inner.put(name, data, if_version)
        await self._clock.sleep(self._latency.write_seconds)
        return answer

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete, slowly, and not within a second of another mutation of that name."""
        await self._clock.sleep(self._latency.write_seconds)
        await self._clock.sleep(self._wait_seconds(name))
        answer = await self.inner.delete(name, if_version)
        await self._clock.sleep(self._latency.write_seconds)
        return answer

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List, slowly."""
        await self._clock.sleep(self._latency.list_seconds)
        answer = await self.inner.list_page(prefix, start_after, limit)
        await self._clock.sleep(self._latency.list_seconds)
        return answer

    def _wait_seconds(self, name: str) -> float:
        """Reserve the next moment at which the name may be mutated, and tell how far away it is."""
        with self._lock:
            now = self._clock.monotonic_seconds()
            moment = max(now, self._free_at.get(name, now))
            self._free_at[name] = moment + MUTATION_INTERVAL_SECONDS
        return moment - now

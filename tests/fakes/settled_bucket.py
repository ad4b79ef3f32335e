"""A bucket as the product uses one: creates are settled, and what is missing is told from what is denied.

Only so is a bucket right whose answers are those that Google does not document, and keeps the contract under each.
"""

from __future__ import annotations

from arco.runtime import SystemClock, SystemRandomness
from arco.storage.absence import AbsenceReader
from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.settle import create_settled

__all__ = ["SettledBucket"]


class SettledBucket:
    """`bucket`, in which an object named `sentinel` stands and can be read."""

    def __init__(self, bucket: Bucket, sentinel: str, *, deadline_seconds: float = 20.0) -> None:
        """Know of no success yet."""
        self._bucket = bucket
        self._sentinel = sentinel
        self._seconds = deadline_seconds
        self._reader = AbsenceReader(bucket, SystemClock())

    async def get(self, name: str) -> Stored | Absent:
        """Read, and beside it the sentinel if need be."""
        return await self._reader.get(name, sentinel=self._sentinel)

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read a part, and beside it the sentinel if need be."""
        return await self._reader.get_range(name, start, end, sentinel=self._sentinel)

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe, and read the sentinel beside it if need be."""
        return await self._reader.head(name, sentinel=self._sentinel)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write; a create until it is known what stands there."""
        if if_version is not ABSENT:
            return await self._bucket.put(name, data, if_version)
        return await create_settled(
            self._bucket,
            name,
            data,
            sentinel=self._sentinel,
            clock=SystemClock(),
            randomness=SystemRandomness(),
            deadline_seconds=self._seconds,
        )

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete."""
        return await self._bucket.delete(name, if_version)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List."""
        return await self._bucket.list_page(prefix, start_after, limit)

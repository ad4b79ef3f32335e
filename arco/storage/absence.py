"""Tells *absent* from *denied*, where an account that may not list can be answered 403 for a name that is missing.

Google documents neither 403 nor 404 for that case, so both are read right. Invariants:

* *Absent* is never said on a 403 alone: what proves that the account may read is a read under that root that succeeded,
  the sentinel's after the 403, or for `get` and `get_range` any in the last 60 s. A 404 proves nothing: who may list
  and not read is answered 404 for a missing name too.
* What was denied is never called absent for longer than that, by `head` never; and what is present never is.
* Decided by status alone; nobody reads message text.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, final

from arco.errors import AccessDeniedError
from arco.runtime import Clock
from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Stored

__all__ = ["STAND_IN_SECONDS", "AbsenceReader"]

STAND_IN_SECONDS: Final = 60.0
"""How long a read that succeeded under a root proves that its objects may be read."""

T = TypeVar("T", Stored, bytes, ObjectMeta)


@final
class AbsenceReader:
    """Reads names of `bucket` beside the sentinel of their root. All methods raise what the bucket's own do.

    AccessDeniedError means that the sentinel cannot be read either: the account may not read that root.
    """

    def __init__(self, bucket: Bucket, clock: Clock) -> None:
        """Begin knowing of no success."""
        self._bucket = bucket
        self._clock = clock
        self._read_at: dict[str, float] = {}

    async def get(self, name: str, *, sentinel: str) -> Stored | Absent:
        """Read an object and its version."""
        return await self._read(lambda: self._bucket.get(name), name, sentinel)

    async def get_range(self, name: str, start: int, end: int, *, sentinel: str) -> bytes | Absent:
        """Read bytes [start, end), clamped to the object."""
        return await self._read(lambda: self._bucket.get_range(name, start, end), name, sentinel)

    async def head(self, name: str, *, sentinel: str) -> ObjectMeta | Absent:
        """Describe an object."""
        # An artifact that is called missing pages somebody: no success of a minute ago stands in for the proof.
        return await self._read(lambda: self._bucket.head(name), name, sentinel, stand_in=False)

    async def _read(
        self, read: Callable[[], Awaitable[T | Absent]], name: str, sentinel: str, *, stand_in: bool = True
    ) -> T | Absent:
        try:
            return await self._noted(read, sentinel)
        except AccessDeniedError as denied:
            if stand_in and self._may_read(sentinel):
                return ABSENT
            await self._prove(name, sentinel, denied)
        try:
            return await self._noted(read, sentinel)
        except AccessDeniedError:
            return ABSENT

    async def _prove(self, name: str, sentinel: str, denied: AccessDeniedError) -> None:
        """Read the sentinel. Raises `denied` unless it is there to be read."""
        if name == sentinel:
            raise denied
        try:
            proof = await self._noted(lambda: self._bucket.get(sentinel), sentinel)
        except AccessDeniedError:
            raise denied from None
        if proof is ABSENT:
            raise denied

    async def _noted(self, read: Callable[[], Awaitable[T | Absent]], sentinel: str) -> T | Absent:
        """Read, and note a success by the time at which it began: the account could read then or later."""
        began = self._clock.monotonic_seconds()
        answer = await read()
        if answer is not ABSENT:
            self._read_at[sentinel] = max(began, self._read_at.get(sentinel, began))
        return answer

    def _may_read(self, sentinel: str) -> bool:
        read_at = self._read_at.get(sentinel)
        return read_at is not None and self._clock.monotonic_seconds() - read_at <= STAND_IN_SECONDS

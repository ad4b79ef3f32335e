"""A bucket in memory, with the exact semantics of a durable one; for tests and simulation.

Invariants:

* One lock is held from the check of a precondition to the write, and nothing is awaited in between: atomic among
  tasks and among threads.
* Versions come from one counter of the whole bucket and are never given twice, whatever is deleted.
* What is stored is `bytes`, which nobody can change; the checksum takes no other buffer.
* A snapshot is a value: nothing that happens later changes it, and a bucket restored from it goes on as this one would.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass
from typing import Self, final

from arco.runtime import Clock
from arco.storage.bucket import ABSENT, Absent, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.checksums import crc32c
from arco.storage.names import check_name, check_page, check_range

__all__ = ["MemoryBucket", "MemoryObject", "MemorySnapshot"]


@final
@dataclass(frozen=True, slots=True)
class MemoryObject:
    """One object, with the CRC32C of its data and the second of its last write."""

    name: str
    data: bytes
    crc32c: int
    version: Version
    updated: int


@final
@dataclass(frozen=True, slots=True)
class MemorySnapshot:
    """All objects at one moment, by the order of their names, and how many versions the bucket had given."""

    objects: tuple[MemoryObject, ...]
    versions_given: int


@final
class MemoryBucket:
    """Objects in a dictionary, for as long as the process lives. Times are those of `clock`."""

    def __init__(self, clock: Clock) -> None:
        """Begin empty."""
        self._clock = clock
        self._lock = threading.Lock()
        self._given = 0
        self._objects: dict[bytes, MemoryObject] = {}
        self._order: list[bytes] = []

    @classmethod
    def restored(cls, clock: Clock, snapshot: MemorySnapshot) -> Self:
        """Begin with what a snapshot holds, and go on counting versions from there."""
        bucket = cls(clock)
        bucket._given = snapshot.versions_given
        bucket._objects = {check_name(one.name): one for one in snapshot.objects}
        bucket._order = sorted(bucket._objects)
        return bucket

    def snapshot(self) -> MemorySnapshot:
        """Give what the bucket holds now, for a simulation that goes more than one way from here."""
        with self._lock:
            return MemorySnapshot(tuple(self._objects[encoded] for encoded in self._order), self._given)

    async def get(self, name: str) -> Stored | Absent:
        """Read an object and its version in one call."""
        encoded = check_name(name)
        with self._lock:
            found = self._objects.get(encoded)
        return ABSENT if found is None else Stored(found.data, found.version, found.updated, self._now())

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read bytes [start, end), clamped to the object."""
        encoded = check_name(name)
        check_range(start, end)
        with self._lock:
            found = self._objects.get(encoded)
        return ABSENT if found is None else found.data[start:end]

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe an object."""
        encoded = check_name(name)
        with self._lock:
            found = self._objects.get(encoded)
        return ABSENT if found is None else ObjectMeta(len(found.data), found.crc32c, found.version, found.updated)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write if the object's version is `if_version`, or if it is absent."""
        encoded = check_name(name)
        checksum, now = crc32c(data), self._now()
        with self._lock:
            current = self._current(encoded)
            if current != if_version:
                return Refused(current)
            self._given += 1
            version = Version(str(self._given))
            self._objects[encoded] = MemoryObject(name, data, checksum, version, now)
            if current is ABSENT:
                insort(self._order, encoded)
        return Written(version, now, now)

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete if the version is `if_version`; an absent object is `ABSENT`."""
        encoded = check_name(name)
        now = self._now()
        with self._lock:
            current = self._current(encoded)
            if current is ABSENT:
                return ABSENT
            if current != if_version:
                return Refused(current)
            del self._objects[encoded]
            del self._order[bisect_left(self._order, encoded)]
        return Written(if_version, now, now)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List at most `limit` names that begin with `prefix` and stand behind `start_after` in byte order."""
        first, after = check_page(prefix, start_after, limit)
        with self._lock:
            begin = max(bisect_left(self._order, first), bisect_right(self._order, after))
            found = self._order[begin : begin + limit]
        names = tuple(name.decode() for name in found if name.startswith(first))
        return Page(names, names[-1] if len(names) == limit else None)

    def _current(self, encoded: bytes) -> Version | Absent:
        found = self._objects.get(encoded)
        return ABSENT if found is None else found.version

    def _now(self) -> int:
        return int(self._clock.wall_seconds())

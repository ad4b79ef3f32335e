"""A bucket that keeps what it is asked, so that tests can say what reached it, and what did not."""

from __future__ import annotations

from dataclasses import dataclass, field

from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written

__all__ = ["Asked", "RecordingBucket"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, with all that it named."""

    operation: str
    name: str
    if_version: Version | Absent | None = None
    rest: tuple[object, ...] = ()


@dataclass(slots=True)
class RecordingBucket:
    """Hands each request on to `inner` after noting it in `asked`."""

    inner: Bucket
    asked: list[Asked] = field(default_factory=list)

    async def get(self, name: str) -> Stored | Absent:
        """Note, and read."""
        self.asked.append(Asked("get", name))
        return await self.inner.get(name)

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Note, and read a part."""
        self.asked.append(Asked("get_range", name, rest=(start, end)))
        return await self.inner.get_range(name, start, end)

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Note, and describe."""
        self.asked.append(Asked("head", name))
        return await self.inner.head(name)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Note, and write."""
        self.asked.append(Asked("put", name, if_version, (data,)))
        return await self.inner.put(name, data, if_version)

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Note, and delete."""
        self.asked.append(Asked("delete", name, if_version))
        return await self.inner.delete(name, if_version)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """Note, and list."""
        self.asked.append(Asked("list_page", prefix, ABSENT, (start_after, limit)))
        return await self.inner.list_page(prefix, start_after, limit)

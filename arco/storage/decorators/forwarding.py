"""A bucket that asks another; the other decorators say only what they change."""

from __future__ import annotations

from arco.storage.bucket import Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written

__all__ = ["ForwardingBucket"]


class ForwardingBucket:
    """Keeps the contract as `inner` does."""

    def __init__(self, inner: Bucket) -> None:
        """Stand around `inner`."""
        self.inner = inner

    async def get(self, name: str) -> Stored | Absent:
        """Read as `inner` does."""
        return await self.inner.get(name)

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read a range as `inner` does."""
        return await self.inner.get_range(name, start, end)

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe as `inner` does."""
        return await self.inner.head(name)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write as `inner` does."""
        return await self.inner.put(name, data, if_version)

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete as `inner` does."""
        return await self.inner.delete(name, if_version)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List as `inner` does."""
        return await self.inner.list_page(prefix, start_after, limit)

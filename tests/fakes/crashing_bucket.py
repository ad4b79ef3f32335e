"""A bucket whose caller dies at a chosen request: that one is done or not, and no other follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar, final

from arco.storage.bucket import Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written

__all__ = ["Crashed", "CrashingBucket"]

T = TypeVar("T")


class Crashed(Exception):  # noqa: N818 it is no error of the product
    """The process is no more: nobody may catch this."""


@final
class CrashingBucket:
    """Does `whole` requests, and of the next one all or nothing; from then on the caller is dead."""

    def __init__(self, inner: Bucket, whole: int, *, done: bool) -> None:
        """Begin alive."""
        self.inner = inner
        self.left = whole
        self.done = done
        self.asked: list[str] = []

    async def get(self, name: str) -> Stored | Absent:
        """Read, or die."""
        return await self._request("get", lambda: self.inner.get(name))

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read a part, or die."""
        return await self._request("get_range", lambda: self.inner.get_range(name, start, end))

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe, or die."""
        return await self._request("head", lambda: self.inner.head(name))

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, or die."""
        return await self._request(f"put {name}", lambda: self.inner.put(name, data, if_version))

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete, or die."""
        return await self._request("delete", lambda: self.inner.delete(name, if_version))

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List, or die."""
        return await self._request("list_page", lambda: self.inner.list_page(prefix, start_after, limit))

    async def _request(self, asked: str, do: Callable[[], Awaitable[T]]) -> T:
        if self.left > 0:
            self.left -= 1
            self.asked.append(asked)
            return await do()
        if self.left == 0 and self.done:
            self.asked.append(asked)
            await do()
        self.left = -1
        raise Crashed

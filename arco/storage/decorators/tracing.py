"""Writes down what was asked of a bucket and how it was answered, so that a test can hold a cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar, final

from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.decorators.forwarding import ForwardingBucket

__all__ = ["Call", "TracingBucket"]

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True)
class Call:
    """One request: `outcome` is `ok`, `absent`, `refused`, or the name of the error's class.

    `name` is the prefix for a listing. Bytes are those of objects, and of names that a listing gave.
    """

    operation: str
    name: str
    outcome: str
    bytes_sent: int = 0
    bytes_received: int = 0


@final
class TracingBucket(ForwardingBucket):
    """Appends a `Call` to `trace` when a request has been answered, also with an error or a cancellation."""

    def __init__(self, inner: Bucket) -> None:
        """Begin with nothing asked."""
        super().__init__(inner)
        self.trace: list[Call] = []

    @property
    def requests(self) -> Counter[str]:
        """How many requests of each operation were answered; `total()` is that of all."""
        return Counter(call.operation for call in self.trace)

    @property
    def bytes_sent(self) -> int:
        """How many bytes of objects were sent, in vain or not."""
        return sum(call.bytes_sent for call in self.trace)

    @property
    def bytes_received(self) -> int:
        """How many bytes of objects and listed names came back."""
        return sum(call.bytes_received for call in self.trace)

    async def get(self, name: str) -> Stored | Absent:
        """Read, and write it down."""
        return await self._traced("get", name, self.inner.get(name))

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read a range, and write it down."""
        return await self._traced("get_range", name, self.inner.get_range(name, start, end))

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe, and write it down."""
        return await self._traced("head", name, self.inner.head(name))

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, and write it down."""
        return await self._traced("put", name, self.inner.put(name, data, if_version), len(data))

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete, and write it down."""
        return await self._traced("delete", name, self.inner.delete(name, if_version))

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List, and write it down."""
        return await self._traced("list_page", prefix, self.inner.list_page(prefix, start_after, limit))

    async def _traced(self, operation: str, name: str, request: Awaitable[T], sent: int = 0) -> T:
        try:
            answer = await request
        except BaseException as error:
            self.trace.append(Call(operation, name, type(error).__name__, sent))
            raise
        self.trace.append(Call(operation, name, _outcome(answer), sent, _received(answer)))
        return answer


def _outcome(answer: object) -> str:
    if answer is ABSENT:
        return "absent"
    return "refused" if isinstance(answer, Refused) else "ok"


def _received(answer: object) -> int:
    match answer:
        case Stored():
            return len(answer.data)
        case bytes():
            return len(answer)
        case Page():
            return sum(len(name.encode()) for name in answer.names)
        case _:
            return 0

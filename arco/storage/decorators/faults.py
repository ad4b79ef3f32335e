"""Breaks requests in the ways in which networks and stores break them, by a script or by seeded decisions.

Each fault is honest: what the caller is told may be less than what happened, never something else. The bucket inside
stays atomic, so no fault shows part of an object: a *torn* upload ends in the middle, and nothing of it is ever seen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import Enum
from typing import Final, Protocol, TypeVar, final

from arco.errors import AccessDeniedError, OutcomeUnknownError, UnavailableError
from arco.runtime import Randomness
from arco.storage.bucket import Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.decorators.forwarding import ForwardingBucket

__all__ = ["Decisions", "Fault", "FaultBucket", "ScriptedFaults", "SeededFaults"]

T = TypeVar("T")
_WRITES: Final = frozenset({"delete", "put"})


class Fault(Enum):
    """What happens to a request. A read, which changes nothing, is unavailable under each but `NONE` and `DENIED`."""

    NONE = "none"
    BEFORE = "before"
    """The write is turned away and not done: UnavailableError."""
    AFTER = "after"
    """The write is done, and its reply is lost: OutcomeUnknownError."""
    DELAYED = "delayed"
    """Nobody knows: OutcomeUnknownError; the write is done when `land` is called, if its precondition holds then."""
    TORN = "torn"
    """The connection breaks in the middle of the bytes: OutcomeUnknownError, and nothing is done, now or later."""
    DENIED = "denied"
    """The account may not: AccessDeniedError, and nothing is done."""


class Decisions(Protocol):
    """Decides the fault of each request, in the order in which they arrive."""

    def decide(self, operation: str, name: str) -> Fault:
        """Give the fault of this request; `name` is the prefix for a listing."""
        ...


@final
class ScriptedFaults:
    """The faults of a list, one a request; none when it has been used up. `operations` are those that it is about."""

    def __init__(self, faults: Iterable[Fault], *, operations: Iterable[str] = _WRITES) -> None:
        """Begin at the first."""
        self._faults = iter(faults)
        self._operations = frozenset(operations)

    def decide(self, operation: str, name: str) -> Fault:  # noqa: ARG002 any name
        """Give the next fault, if it is an operation that the script is about."""
        return next(self._faults, Fault.NONE) if operation in self._operations else Fault.NONE


@final
class SeededFaults:
    """Faults drawn evenly from `faults`, for a share of `per_256` in 256 requests."""

    def __init__(self, randomness: Randomness, per_256: int, faults: Sequence[Fault] = tuple(Fault)) -> None:
        """Take the decisions from `randomness`, two bytes a request."""
        self._randomness = randomness
        self._per_256 = per_256
        self._faults = faults

    def decide(self, operation: str, name: str) -> Fault:  # noqa: ARG002 any request
        """Draw."""
        whether, which = self._randomness.token_bytes(2)
        return self._faults[which % len(self._faults)] if whether < self._per_256 else Fault.NONE


@final
class FaultBucket(ForwardingBucket):
    """Asks `decisions` about each request. Writes that are delayed wait for `land`."""

    def __init__(self, inner: Bucket, decisions: Decisions) -> None:
        """Begin with nothing delayed."""
        super().__init__(inner)
        self._decisions = decisions
        self._delayed: list[Callable[[], Awaitable[object]]] = []

    @property
    def delayed(self) -> int:
        """How many writes are still on their way."""
        return len(self._delayed)

    async def land(self, index: int = 0) -> object:
        """Do the delayed write at `index`, by order of arrival, and give the answer, which its caller never sees."""
        return await self._delayed.pop(index)()

    async def get(self, name: str) -> Stored | Absent:
        """Read, or fail."""
        return await self._read("get", name, lambda: self.inner.get(name))

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read a range, or fail."""
        return await self._read("get_range", name, lambda: self.inner.get_range(name, start, end))

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe, or fail."""
        return await self._read("head", name, lambda: self.inner.head(name))

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List, or fail."""
        return await self._read("list_page", prefix, lambda: self.inner.list_page(prefix, start_after, limit))

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, or fail in one of the ways of writes."""
        return await self._write("put", name, lambda: self.inner.put(name, data, if_version))

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete, or fail in one of the ways of writes."""
        return await self._write("delete", name, lambda: self.inner.delete(name, if_version))

    async def _read(self, operation: str, name: str, read: Callable[[], Awaitable[T]]) -> T:
        match self._decisions.decide(operation, name):
            case Fault.NONE:
                return await read()
            case Fault.DENIED:
                raise AccessDeniedError(operation=operation, name=name)
            case _:
                message = "no answer"
                raise UnavailableError(message, name=name)

    async def _write(self, operation: str, name: str, write: Callable[[], Awaitable[T]]) -> T:
        fault = self._decisions.decide(operation, name)
        match fault:
            case Fault.NONE:
                return await write()
            case Fault.DENIED:
                raise AccessDeniedError(operation=operation, name=name)
            case Fault.BEFORE:
                message = "turned away"
                raise UnavailableError(message, name=name)
            case Fault.AFTER:
                await write()
            case Fault.DELAYED:
                self._delayed.append(write)
            case Fault.TORN:
                pass
        message = f"no reply fault={fault.value}"
        raise OutcomeUnknownError(message, name=name)

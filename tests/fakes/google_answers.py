"""A bucket that answers as Cloud Storage may, in each of the ways that Google leaves undocumented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, final

from arco.errors import AccessDeniedError
from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Refused, Stored, Version, Written
from arco.storage.decorators.forwarding import ForwardingBucket

__all__ = ["FLAVOURS", "Flavour", "GoogleAnswers"]

T = TypeVar("T")


@final
@dataclass(frozen=True, slots=True)
class Flavour:
    """The status that an account without *delete* gets for an existing name, and one without *list* for a missing."""

    existing: int
    missing: int

    def __str__(self) -> str:
        """Name it in the ids of tests."""
        return f"existing-{self.existing}-missing-{self.missing}"


FLAVOURS = tuple(Flavour(existing, missing) for existing in (403, 412) for missing in (403, 404))


@final
class GoogleAnswers(ForwardingBucket):
    """Answers in a flavour; `readable` and `creatable` are what the account may do, and may change at any time."""

    def __init__(self, inner: Bucket, flavour: Flavour) -> None:
        """Begin with an account that may read and create."""
        super().__init__(inner)
        self.flavour = flavour
        self.readable = True
        self.creatable = True

    async def get(self, name: str) -> Stored | Absent:
        """Read, if the account may."""
        return self._read(name, await self.inner.get(name))

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read a range, if the account may."""
        return self._read(name, await self.inner.get_range(name, start, end))

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe, if the account may."""
        return self._read(name, await self.inner.head(name))

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, if the account may; of what stands there a refusal tells nothing."""
        if not self.creatable:
            raise AccessDeniedError(operation="put", name=name)
        answer = await self.inner.put(name, data, if_version)
        if isinstance(answer, Refused) and if_version is ABSENT and self.flavour.existing == 403:
            raise AccessDeniedError(operation="put", name=name)
        return answer if isinstance(answer, Written) else Refused()

    def _read(self, name: str, answer: T | Absent) -> T | Absent:
        if not self.readable or (answer is ABSENT and self.flavour.missing == 403):
            raise AccessDeniedError(operation="get", name=name)
        return answer

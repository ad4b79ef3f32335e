"""What a bucket does: the internal protocol that every adapter keeps, and the values it speaks in.

Only `arco/storage` and composition roots see a `Bucket`. Everybody else holds a view (`capabilities.py`).

Invariants, held by every adapter and asked by `tests/contract/`:

* A write is conditional, always: on the version that was read, or on absence. There is no unconditional write.
* A version is never used twice for one name, not even after a delete.
* A write that was answered is durable, and a read that starts after the answer sees it.
* Absence is a value; an error is never absence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, NewType, Protocol, TypeAlias

__all__ = [
    "ABSENT",
    "NAME_BYTES_MAX",
    "Absent",
    "Bucket",
    "ObjectMeta",
    "Page",
    "Refused",
    "Stored",
    "Version",
    "Written",
]

NAME_BYTES_MAX = 1024

Version = NewType("Version", str)
"""Names one content of one name. Opaque: compare for equality only."""


class _Absence(Enum):
    ABSENT = "absent"


Absent: TypeAlias = Literal[_Absence.ABSENT]
ABSENT: Final = _Absence.ABSENT
"""No object has that name. As a precondition: the name must be free."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it was read. `updated` and `server_time` are whole seconds of the backend's clock, if it tells."""

    data: bytes
    version: Version
    updated: int | None
    server_time: int | None


@dataclass(frozen=True, slots=True)
class ObjectMeta:
    """What is known of an object without reading it: bytes, CRC32C (unsigned), version, `updated` as in `Stored`."""

    size: int
    crc32c: int
    version: Version
    updated: int | None


@dataclass(frozen=True, slots=True)
class Written:
    """The write took place. `server_time` as in `Stored`."""

    version: Version
    updated: int | None = None
    server_time: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The precondition did not hold, and nothing was written. `current` is what stands there, if the backend said."""

    current: Version | Absent | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Names in byte order. `next_after` starts the following page; None means that there is none."""

    names: tuple[str, ...]
    next_after: str | None


class Bucket(Protocol):
    """Objects by name. Methods raise AccessDeniedError (403), UnavailableError (429, 5xx, timeout) and their own.

    A name is 1 to 1,024 bytes of UTF-8 without CR and LF, and neither `.` nor `..`; others raise InputError.
    """

    async def get(self, name: str) -> Stored | Absent:
        """Read an object and its version in one call. Raises CorruptionError if its checksum does not match."""
        ...

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read bytes [start, end), clamped to the object; empty past its end.

        Raises UsageError unless 0 <= start <= end.
        """
        ...

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe an object."""
        ...

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write if the object's version is `if_version`, or if it is absent. A malformed version is refused.

        Raises OutcomeUnknownError if the write may have taken place or may still.
        """
        ...

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete if the version is `if_version`, which the answer repeats; an absent object is `ABSENT`.

        Raises as `put` does.
        """
        ...

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List at most `limit` names that begin with `prefix` and stand behind `start_after` in byte order.

        A page of `limit` names always tells where the next starts; a shorter one may. Raises UsageError unless
        1 <= limit <= 1000, InputError for a `prefix` or `start_after` that no name can begin with.
        """
        ...

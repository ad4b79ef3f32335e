"""What Cloud Storage keeps and decides, as far as its documentation goes; where it says nothing, a switch does."""

from __future__ import annotations

import base64
import itertools
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from arco.runtime import Clock
from arco.storage.checksums import crc32c

__all__ = ["GcsObject", "GcsObjects", "Reply", "Undocumented", "failure"]


@dataclass(frozen=True, slots=True)
class Undocumented:
    """The two answers that Google does not document, to an account that may neither list nor delete."""

    create_of_existing: int = 412
    read_of_missing: int = 404


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, its headers, and its body, which is JSON unless it is bytes."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes | dict[str, object] = b""


@dataclass(frozen=True, slots=True)
class GcsObject:
    """An object and its generation."""

    name: str
    data: bytes
    generation: int
    moment: datetime

    @property
    def checksum(self) -> str:
        """Its CRC32C, as the API spells it."""
        return base64.b64encode(crc32c(self.data).to_bytes(4)).decode()

    def document(self) -> dict[str, object]:
        """Describe it as the API does: numbers are text, times have three digits after the second."""
        return {
            "kind": "storage#object",
            "name": self.name,
            "generation": str(self.generation),
            "metageneration": "1",
            "size": str(len(self.data)),
            "crc32c": self.checksum,
            "updated": self.moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def media_headers(self) -> dict[str, str]:
        """Give the headers that come with its bytes, or with a part of them."""
        return {
            "Content-Type": "application/octet-stream",
            "X-Goog-Generation": str(self.generation),
            "X-Goog-Metageneration": "1",
            "X-Goog-Stored-Content-Length": str(len(self.data)),
            "X-Goog-Hash": f"crc32c={self.checksum},md5=1B2M2Y8AsgTpgAmY7PhCfg==",
            "Last-Modified": format_datetime(self.moment.replace(microsecond=0), usegmt=True),
        }


def failure(status: int, message: str = "whatever the text says") -> Reply:
    """Refuse as the API does. The text and the reason are of no use to anybody."""
    reasons = [{"domain": "global", "reason": "notFound", "message": message}]
    return Reply(status, {}, {"error": {"code": status, "message": message, "errors": reasons}})


class GcsObjects:
    """The objects of one bucket. Precondition and write are one critical section, and generations never come twice."""

    def __init__(self, clock: Clock, undocumented: Undocumented, hidden: frozenset[str] = frozenset()) -> None:
        """Begin empty. What is `hidden` is in no listing, so that a sentinel can stand in a store that looks empty."""
        self._clock = clock
        self._undocumented = undocumented
        self._hidden = hidden
        self._lock = threading.Lock()
        self._generations = itertools.count(1_780_000_000_000_001)
        self._objects: dict[str, GcsObject] = {}

    def write(self, name: str, data: bytes, declared: object, if_generation: int | None) -> Reply:
        """Store, if the checksum that was declared is that of the bytes, and the precondition holds."""
        with self._lock:
            refusal = self._refusal(name, if_generation)
            if refusal is not None:
                return refusal
            moment = datetime.fromtimestamp(self._clock.wall_seconds(), UTC)
            made = GcsObject(name, data, next(self._generations), moment)
            if declared not in {None, made.checksum}:
                return failure(400)
            self._objects[name] = made
            return Reply(200, {}, made.document())

    def refusal(self, name: str, if_generation: int | None) -> Reply | None:
        """Tell why a write would be refused now."""
        with self._lock:
            return self._refusal(name, if_generation)

    def delete(self, name: str, if_generation: int | None) -> Reply:
        """Delete, if the precondition holds."""
        with self._lock:
            found = self._objects.get(name)
            if found is None:
                return failure(404)
            if if_generation not in {None, found.generation}:
                return failure(412)
            del self._objects[name]
            return Reply(204)

    def describe(self, name: str) -> Reply:
        """Describe an object."""
        found = self._objects.get(name)
        return failure(self._undocumented.read_of_missing) if found is None else Reply(200, {}, found.document())

    def read(self, name: str, first: int | None, last: int | None) -> Reply:
        """Read an object, or the bytes from `first` to `last`."""
        found = self._objects.get(name)
        if found is None:
            return failure(self._undocumented.read_of_missing)
        if first is None:
            return Reply(200, found.media_headers(), found.data)
        size = len(found.data)
        if first >= size:
            return Reply(416, {"Content-Range": f"bytes */{size}"}, b"out of range")
        end = size if last is None else min(last + 1, size)
        headers = found.media_headers() | {"Content-Range": f"bytes {first}-{end - 1}/{size}"}
        return Reply(206, headers, found.data[first:end])

    def listing(self, prefix: str, start: str, limit: int) -> Reply:
        """List from `start` on, in the order of UTF-8; the token of the next page is where it starts."""
        with self._lock:
            names = sorted((name for name in self._objects if name.startswith(prefix)), key=str.encode)
        names = [name for name in names if name.encode() >= start.encode() and name not in self._hidden]
        body: dict[str, object] = {"kind": "storage#objects"}
        if names:
            body["items"] = [{"name": name} for name in names[:limit]]
        if names[limit:]:
            body["nextPageToken"] = names[limit]
        return Reply(200, {}, body)

    def _refusal(self, name: str, if_generation: int | None) -> Reply | None:
        found = self._objects.get(name)
        current = 0 if found is None else found.generation
        if if_generation in {None, current}:
            return None
        return failure(self._undocumented.create_of_existing if if_generation == 0 else 412)

"""Resumable uploads: the upload URI is a bearer capability, and the decision was made when the upload began."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Final, final

from arco.emulator.preconditions import Preconditions
from arco.emulator.replies import Failure
from arco.emulator.store import Attributes, StoredObject

__all__ = ["CHUNK_BYTES", "Upload", "Uploads"]

CHUNK_BYTES: Final = 256 * 1024
"""All chunks but the last are multiples of this."""

_RANGE = re.compile(
    r"bytes (?:(?P<first>[0-9]{1,19})-(?P<last>[0-9]{1,19})|\*)/(?P<total>[0-9]{1,19}|\*)", re.IGNORECASE
)


@final
@dataclass(slots=True)
class Upload:
    """An upload under way. `made` is the object once it is complete: its last answer may have been lost."""

    bucket: str
    name: str
    attributes: Attributes
    checksums: tuple[tuple[str, str], ...]
    preconditions: Preconditions
    total: int | None = None
    data: bytearray = field(default_factory=bytearray)
    made: StoredObject | None = None
    # Whoever has the URI may send the end twice at once; it makes one object.
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def take(self, content_range: str | None, body: bytes) -> bool:
        """Take a chunk; whether the upload is complete with it. Raises Failure for a range that does not fit."""
        total: int | None = len(body)
        first, last = 0, len(body) - 1
        if content_range is not None:
            match = _RANGE.fullmatch(content_range.strip())
            if match is None:
                raise Failure(400, f"Invalid Content-Range: {content_range!r}")
            total = None if match["total"] == "*" else int(match["total"])
            # A question how far the upload has come holds nothing.
            first, last = (0, -1) if match["first"] is None else (int(match["first"]), int(match["last"]))
        if last - first + 1 != len(body):
            raise Failure(400, "Content-Range does not fit the body")
        self._settle(total, last)
        if first > len(self.data):
            raise Failure(503, "a chunk is missing before this one")
        if body and last + 1 != self.total and len(body) % CHUNK_BYTES:
            raise Failure(400, f"a chunk that is not the last is a multiple of {CHUNK_BYTES} bytes")
        # A chunk may come twice, after a lost answer: what was taken stays.
        self.data += body[len(self.data) - first :]
        return self.total is not None and self.total == len(self.data)

    def _settle(self, total: int | None, last: int) -> None:
        """Hold an upload to the size that it was once said to have."""
        known = self.total if total is None else total
        if known is not None and (self.total not in {None, known} or known < max(last + 1, len(self.data))):
            raise Failure(400, "Content-Range does not fit the size of the upload")
        self.total = known

    def progress(self) -> dict[str, str]:
        """Give the headers of an answer that asks for more."""
        return {"Range": f"bytes=0-{len(self.data) - 1}"} if self.data else {}


@final
@dataclass(slots=True)
class Uploads:
    """The uploads under way, by id."""

    _open: dict[str, Upload] = field(default_factory=dict[str, Upload])

    def begin(self, upload_id: str, upload: Upload) -> None:
        """Keep an upload."""
        self._open[upload_id] = upload

    def find(self, upload_id: str) -> Upload:
        """Give an upload. Raises Failure if there is none."""
        found = self._open.get(upload_id)
        if found is None:
            raise Failure(404, "there is no such upload")
        return found

    def cancel(self, upload_id: str) -> None:
        """Forget an upload. Raises Failure if there is none."""
        self.find(upload_id)
        del self._open[upload_id]

"""Resumable uploads: the upload URI is a bearer capability, and the decision was made when the upload began."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from arco.emulator.preconditions import Preconditions
from arco.emulator.replies import Failure
from arco.emulator.store import Attributes, StoredObject

__all__ = ["CHUNK_BYTES", "Upload", "Uploads"]

CHUNK_BYTES: Final = 256 * 1024
"""All chunks but the last are multiples of this."""

_RANGE = re.compile(r"bytes (?:(?P<first>[0-9]+)-(?P<last>[0-9]+)|\*)/(?P<total>[0-9]+|\*)")


@final
@dataclass(slots=True)
class Upload:
    """An upload under way. `made` is the object once it is complete: its last answer may have been lost."""

    bucket: str
    name: str
    attributes: Attributes
    checksums: Mapping[str, str]
    preconditions: Preconditions
    data: bytearray = field(default_factory=bytearray)
    made: StoredObject | None = None

    def take(self, content_range: str | None, body: bytes) -> bool:
        """Take a chunk; whether the upload is complete with it. Raises Failure for a range that does not fit."""
        if content_range is None:
            self.data[:] = body
            return True
        match = _RANGE.fullmatch(content_range.strip())
        if match is None:
            raise Failure(400, f"Invalid Content-Range: {content_range!r}")
        total = None if match["total"] == "*" else int(match["total"])
        if match["first"] is None:
            return total is not None and total == len(self.data)
        self._add(int(match["first"]), int(match["last"]), total, body)
        return total is not None and total == len(self.data)

    def _add(self, first: int, last: int, total: int | None, body: bytes) -> None:
        whole = total is not None and last + 1 == total
        if last - first + 1 != len(body) or (total is not None and last >= total):
            raise Failure(400, "Content-Range does not fit the body")
        if first > len(self.data):
            raise Failure(503, "a chunk is missing before this one")
        if not whole and len(body) % CHUNK_BYTES:
            raise Failure(400, f"a chunk that is not the last is a multiple of {CHUNK_BYTES} bytes")
        # A chunk may come twice, after a lost answer.
        self.data[first:] = body

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

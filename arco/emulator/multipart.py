"""The body of a multipart upload: a description, then the bytes, and nothing that could be read in two ways."""

from __future__ import annotations

from email.parser import BytesHeaderParser
from typing import Final

from arco.emulator.asked import Asked, read_object
from arco.emulator.replies import Failure, JsonValue

__all__ = ["parts_of"]

_HEADERS: Final = BytesHeaderParser()


def parts_of(asked: Asked) -> tuple[dict[str, JsonValue], bytes]:
    """Read the object's description, and its bytes. Raises Failure unless there are exactly these two parts."""
    content_type = asked.headers.get("content-type", "")
    # The parser of the older policy: the newer one takes a header to pieces, for longer than all the rest takes.
    message = _HEADERS.parsebytes(b"Content-Type: " + content_type.encode())
    boundary = message.get_boundary("")
    if message.get_content_type() != "multipart/related" or not boundary:
        raise _malformed()
    mark = b"\r\n--" + boundary.encode()
    # What precedes the first part, both parts, and what follows the closing mark.
    pieces = (b"\r\n" + asked.body).split(mark)
    if len(pieces) != 4 or not pieces[3].startswith(b"--"):  # noqa: PLR2004 - as above
        raise _malformed()
    (_, described), (head, data) = _part(pieces[1]), _part(pieces[2])
    document = read_object(described)
    if "contentType" not in document:
        kind = _HEADERS.parsebytes(head + b"\r\n\r\n").get("Content-Type")
        document["contentType"] = "".join(str(kind).splitlines()) if kind else None
    return document, data


def _part(piece: bytes) -> tuple[bytes, bytes]:
    head, found, content = piece.partition(b"\r\n\r\n")
    if not piece.startswith(b"\r\n") or not found or not head.isascii():
        raise _malformed()
    return head[2:], content


def _malformed() -> Failure:
    return Failure(400, "Malformed multipart body.")

"""Operations that read objects: their description, their bytes, their names."""

from __future__ import annotations

import base64
import re
from email.utils import formatdate
from typing import Final

from arco.emulator.asked import Asked
from arco.emulator.desk import GET, LIST, Desk
from arco.emulator.enforcement import Check
from arco.emulator.preconditions import Preconditions
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled
from arco.emulator.resources import etag, object_document
from arco.emulator.store import StoredObject
from arco.storage.names import check_name

__all__ = ["get", "list_objects"]

_ITEMS_MAX: Final = 1000
_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,19})-(?P<last>[0-9]{0,19})")


async def get(desk: Desk, caller: str, asked: Asked, bucket: str, name: str) -> Reply:
    """Describe an object, or with `alt=media` give its bytes, or a range of them."""
    media = asked.query.get("alt") == "media"
    asked.only("generation", "projection", *Preconditions.names(), *(["alt"] if media else []))
    check_name(name)
    desk.require(caller, [Check(GET, bucket, name)])
    store = desk.store(bucket)
    read = await store.read(name) if media else None
    found = read[0] if read is not None else await store.find(name) if not media else None
    if found is None or asked.whole("generation") not in {None, found.generation}:
        raise desk.missing(caller, bucket, name)
    Preconditions.of(asked).require(found)
    if read is None:
        return Reply(200, object_document(bucket, found, desk.endpoint), {"ETag": etag(found)})
    return _media(found, read[1], asked.headers.get("range"))


def _media(found: StoredObject, data: bytes, asked_range: str | None) -> Reply:
    if found.attributes.fields.get("contentEncoding") == "gzip":
        refuse_unmodelled("the download of an object whose content is encoded")
    hashes = f"crc32c={base64.b64encode(found.crc32c.to_bytes(4)).decode()}"
    headers = {
        "Content-Type": found.attributes.content_type,
        "ETag": etag(found),
        "Last-Modified": formatdate(found.updated, usegmt=True),
        "X-Goog-Generation": str(found.generation),
        "X-Goog-Metageneration": str(found.metageneration),
        "X-Goog-Stored-Content-Length": str(found.size),
        "X-Goog-Stored-Content-Encoding": "identity",
        "X-Goog-Storage-Class": "STANDARD",
        "X-Goog-Hash": hashes if found.md5 is None else f"{hashes},md5={found.md5}",
    }
    part = None if asked_range is None else _part(asked_range, len(data))
    if part is None:
        return Reply(200, data, headers)
    first, end = part
    return Reply(206, data[first:end], headers | {"Content-Range": f"bytes {first}-{end - 1}/{len(data)}"})


def _part(asked_range: str, size: int) -> tuple[int, int] | None:
    """Read a range: [first, end), or None for one that is ignored, as HTTP has it. Raises Failure past the end."""
    match = _RANGE.fullmatch(asked_range.strip())
    if match is None or not (match["first"] or match["last"]):
        refuse_unmodelled(f"the range {asked_range!r}")
    if not match["first"]:
        first, end = max(0, size - int(match["last"])), size
    else:
        first, end = int(match["first"]), min(size, int(match["last"]) + 1 if match["last"] else size)
        if match["last"] and int(match["last"]) < first:
            return None
    if first >= size:
        raise Failure(416, "The requested range cannot be satisfied.", headers={"Content-Range": f"bytes */{size}"})
    return first, end


async def list_objects(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """List a page: decided on the bucket, whatever the prefix."""
    offsets = ("startOffset", "endOffset")
    asked.only("prefix", "delimiter", "maxResults", "pageToken", "projection", "includeTrailingDelimiter", *offsets)
    desk.require(caller, [Check(LIST, bucket)])
    store = desk.store(bucket)
    limit = min(asked.whole("maxResults") or _ITEMS_MAX, _ITEMS_MAX)
    prefix, delimiter = asked.query.get("prefix", ""), asked.query.get("delimiter", "")
    start = asked.query.get("startOffset", "")
    end = asked.query.get("endOffset")
    trailing = asked.flag("includeTrailingDelimiter")
    after = _after(asked.query.get("pageToken"))
    items: list[JsonValue] = []
    prefixes: list[str] = []
    token = None
    async for name in store.names(prefix, after):
        if name.encode() < start.encode() or (end and name.encode() >= end.encode()):
            continue
        folder = _folder(name, prefix, delimiter)
        if folder is not None and prefixes and prefixes[-1] == folder:
            after = name
            continue
        if len(items) + len(prefixes) == limit:
            token = base64.urlsafe_b64encode(after.encode()).decode()
            break
        after = name
        if folder is not None:
            prefixes.append(folder)
        if folder is None or (trailing and name == folder):
            found = await store.find(name)
            if found is not None:
                items.append(object_document(bucket, found, desk.endpoint))
    document: dict[str, JsonValue] = {"kind": "storage#objects"}
    if items:
        document["items"] = items
    if prefixes:
        document["prefixes"] = list[JsonValue](prefixes)
    if token is not None:
        document["nextPageToken"] = token
    return Reply(200, document)


def _folder(name: str, prefix: str, delimiter: str) -> str | None:
    """Give the prefix that stands for `name` in a listing by folders."""
    if not delimiter:
        return None
    at = name.find(delimiter, len(prefix))
    return None if at < 0 else name[: at + len(delimiter)]


def _after(token: str | None) -> str:
    if token is None:
        return ""
    try:
        return base64.urlsafe_b64decode(token.encode("ascii")).decode()
    except ValueError as error:
        raise Failure(400, "Invalid page token.") from error

"""Operations that write one object: insert in its three ways, patch, update and delete."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from arco.emulator.asked import Asked
from arco.emulator.desk import DELETE, UPDATE, Desk
from arco.emulator.enforcement import Check
from arco.emulator.multipart import parts_of
from arco.emulator.preconditions import Preconditions
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled
from arco.emulator.resources import check_place, checksums_of, etag, object_document, read_attributes
from arco.emulator.store import Attributes, ObjectStore, StoredObject
from arco.emulator.uploads import Upload
from arco.storage.checksums import crc32c
from arco.storage.names import check_name

__all__ = ["Incoming", "continue_upload", "delete", "insert", "patch", "update", "write"]

_PROJECTION: Final = "projection"


@final
@dataclass(frozen=True, slots=True)
class Incoming:
    """What is to be written where; `checksums` were declared, and `composite` objects have no MD5."""

    bucket: str
    name: str
    data: bytes
    attributes: Attributes
    checksums: tuple[tuple[str, str], ...]
    preconditions: Preconditions
    composite: bool = False


async def write(desk: Desk, caller: str, incoming: Incoming) -> StoredObject:
    """Authorise against what is live, and write over exactly that; what came in between is asked about anew."""
    store = desk.store(incoming.bucket)
    while True:
        live = await store.find(incoming.name)
        desk.authorise_write(caller, incoming.bucket, incoming.name, live, incoming.preconditions)
        incoming.preconditions.require(live)
        _check(incoming.data, incoming.checksums)
        over = 0 if live is None else live.generation
        made = await store.write(incoming.name, incoming.data, incoming.attributes, over, composite=incoming.composite)
        if made is not None:
            return made


async def insert(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """Insert by `uploadType` media or multipart, or begin a resumable upload."""
    asked.only("name", "contentEncoding", "uploadType", _PROJECTION, *Preconditions.names())
    kind = asked.query.get("uploadType")
    if kind == "media":
        document: dict[str, JsonValue] = {"contentType": asked.headers.get("content-type")}
        data = asked.body
    elif kind == "multipart":
        document, data = parts_of(asked)
    elif kind == "resumable":
        return await _begin(desk, caller, asked, bucket)
    else:
        raise Failure(400, f"Invalid value for parameter uploadType: {kind!r}")
    name = _name(asked, bucket, document)
    incoming = Incoming(
        bucket, name, data, _described(asked, document), checksums_of(document, asked.headers), Preconditions.of(asked)
    )
    made = await write(desk, caller, incoming)
    return Reply(200, object_document(bucket, made, desk.endpoint), {"ETag": etag(made)})


async def _begin(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """Decide everything now: whoever has the upload URI may go on with it."""
    document = asked.document()
    if "contentType" not in document and "x-upload-content-type" in asked.headers:
        document["contentType"] = asked.headers["x-upload-content-type"]
    name = _name(asked, bucket, document)
    length = asked.headers.get("x-upload-content-length", "")
    upload = Upload(
        bucket,
        name,
        _described(asked, document),
        checksums_of(document, asked.headers),
        Preconditions.of(asked),
        int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else None,  # noqa: PLR2004 - digits
    )
    live = await desk.store(bucket).find(name)
    desk.authorise_write(caller, bucket, name, live, upload.preconditions)
    upload.preconditions.require(live)
    upload_id = desk.randomness.token_bytes(24).hex()
    desk.uploads.begin(upload_id, upload)
    place = f"{desk.endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={upload_id}"
    return Reply(200, None, {"Location": place, "X-GUploader-UploadID": upload_id})


async def continue_upload(desk: Desk, asked: Asked, bucket: str) -> Reply:
    """Take a chunk, or tell how far an upload has come. No permission is asked: the URI is the permission."""
    asked.only("uploadType", "upload_id")
    upload_id = asked.query.get("upload_id", "")
    upload = desk.uploads.find(upload_id)
    if upload.bucket != bucket:
        raise Failure(404, "there is no such upload")
    if asked.method == "DELETE":
        desk.uploads.cancel(upload_id)
        return Reply(499)
    async with upload.lock:
        if upload.made is None:
            if not upload.take(asked.headers.get("content-range"), asked.body):
                return Reply(308, None, upload.progress())
            try:
                _check(bytes(upload.data), (*upload.checksums, *checksums_of({}, asked.headers)))
            except Failure:
                # Bytes that were taken stay taken, so no other ones can follow.
                desk.uploads.cancel(upload_id)
                raise
            upload.made = await _finished(desk.store(bucket), upload)
            upload.data.clear()
    return Reply(200, object_document(bucket, upload.made, desk.endpoint), {"ETag": etag(upload.made)})


async def _finished(store: ObjectStore, upload: Upload) -> StoredObject:
    """Write what has been uploaded over whatever is live, if the preconditions hold still."""
    while True:
        live = await store.find(upload.name)
        upload.preconditions.require(live)
        made = await store.write(
            upload.name, bytes(upload.data), upload.attributes, 0 if live is None else live.generation
        )
        if made is not None:
            return made


async def patch(desk: Desk, caller: str, asked: Asked, bucket: str, name: str) -> Reply:
    """Change some of a description."""
    return await _describe(desk, caller, asked, bucket, name, whole=False)


async def update(desk: Desk, caller: str, asked: Asked, bucket: str, name: str) -> Reply:
    """Replace a description."""
    return await _describe(desk, caller, asked, bucket, name, whole=True)


async def _describe(desk: Desk, caller: str, asked: Asked, bucket: str, name: str, *, whole: bool) -> Reply:
    asked.only("generation", _PROJECTION, *Preconditions.names())
    document = asked.document()
    check_name(name)
    check_place(document, bucket, name)
    desk.require(caller, [Check(UPDATE, bucket, name)])
    store = desk.store(bucket)
    while True:
        live = await _live(desk, caller, store, asked, bucket, name)
        Preconditions.of(asked).require(live)
        attributes = read_attributes(document, None if whole else live.attributes)
        changed = await store.describe(live, attributes, desk.now())
        if changed is not None:
            return Reply(200, object_document(bucket, changed, desk.endpoint), {"ETag": etag(changed)})


async def delete(desk: Desk, caller: str, asked: Asked, bucket: str, name: str) -> Reply:
    """Delete an object."""
    asked.only("generation", *Preconditions.names())
    check_name(name)
    desk.require(caller, [Check(DELETE, bucket, name)])
    store = desk.store(bucket)
    while True:
        live = await _live(desk, caller, store, asked, bucket, name)
        Preconditions.of(asked).require(live)
        if await store.delete(name, live.generation):
            return Reply(204)


async def _live(desk: Desk, caller: str, store: ObjectStore, asked: Asked, bucket: str, name: str) -> StoredObject:
    """Give what is live. An older generation is not kept, so it does not exist."""
    live = await store.find(name)
    if live is None or asked.whole("generation") not in {None, live.generation}:
        raise desk.missing(caller, bucket, name)
    return live


def _name(asked: Asked, bucket: str, document: Mapping[str, JsonValue]) -> str:
    name = asked.query.get("name", document.get("name"))
    if not isinstance(name, str) or not name:
        raise Failure(400, "Required: name", reason="required")
    check_name(name)
    check_place(document, bucket, name)
    return name


def _described(asked: Asked, document: Mapping[str, JsonValue]) -> Attributes:
    encoding = {"contentEncoding": asked.query["contentEncoding"]} if "contentEncoding" in asked.query else {}
    return read_attributes({**document, **encoding})


def _check(data: bytes, declared: tuple[tuple[str, str], ...]) -> None:
    """Refuse bytes that are not those whose checksum was declared."""
    actual = {
        "crc32c": base64.b64encode(crc32c(data).to_bytes(4)).decode(),
        "md5": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
    }
    for kind, text in declared:
        if kind not in actual:
            refuse_unmodelled(f"the checksum {kind!r}")
        if actual[kind] != text:
            raise Failure(400, f"Provided {kind} {text!r} doesn't match calculated {actual[kind]!r}.")

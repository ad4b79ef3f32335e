"""Operations that write objects: insert in its three ways, patch, update, delete, compose, copy and rewrite."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final

from arco.emulator.asked import Asked, read_object
from arco.emulator.desk import DELETE, GET, UPDATE, Desk
from arco.emulator.enforcement import Check
from arco.emulator.preconditions import Preconditions
from arco.emulator.replies import Failure, JsonValue, Reply, refuse_unmodelled
from arco.emulator.resources import checksums_of, object_document, read_attributes
from arco.emulator.store import Attributes, ObjectStore, StoredObject
from arco.emulator.uploads import Upload
from arco.storage.checksums import crc32c
from arco.storage.names import check_name

__all__ = ["compose", "continue_upload", "copy", "delete", "insert", "patch", "rewrite", "update"]

_SOURCES_MAX: Final = 32
_PROJECTION = "projection"


async def insert(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """Insert by `uploadType` media or multipart, or begin a resumable upload."""
    asked.only("name", "contentEncoding", "upload_id", _PROJECTION, *Preconditions.names())
    kind = asked.query.get("uploadType")
    if kind == "media":
        document: dict[str, JsonValue] = {"contentType": asked.headers.get("content-type")}
        data = asked.body
    elif kind == "multipart":
        document, data = _parts(asked)
    elif kind == "resumable":
        return await _begin(desk, caller, asked, bucket)
    else:
        raise Failure(400, f"Invalid value for parameter uploadType: {kind!r}")
    if "contentEncoding" in asked.query:
        document["contentEncoding"] = asked.query["contentEncoding"]
    name = _name(asked, document)
    declared = checksums_of(document, asked.headers)
    attributes = read_attributes(document)
    made = await _write(desk, caller, bucket, name, data, attributes, declared, Preconditions.of(asked))
    return Reply(200, object_document(bucket, made, desk.endpoint))


async def _begin(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    """Decide everything now: whoever has the upload URI may go on with it."""
    document = asked.document()
    if "contentType" not in document and "x-upload-content-type" in asked.headers:
        document["contentType"] = asked.headers["x-upload-content-type"]
    name = _name(asked, document)
    preconditions = Preconditions.of(asked)
    desk.require_write(caller, bucket, name, await desk.store(bucket).find(name), preconditions)
    upload_id = desk.randomness.token_bytes(24).hex()
    declared = checksums_of(document, {})
    desk.uploads.begin(upload_id, Upload(bucket, name, read_attributes(document), declared, preconditions))
    place = f"{desk.endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={upload_id}"
    return Reply(200, None, {"Location": place, "X-GUploader-UploadID": upload_id})


async def continue_upload(desk: Desk, asked: Asked, bucket: str) -> Reply:
    """Take a chunk, or tell how far an upload has come. No permission is asked: the URI is the permission."""
    upload = desk.uploads.find(asked.query.get("upload_id", ""))
    if upload.bucket != bucket:
        raise Failure(404, "there is no such upload")
    if asked.method == "DELETE":
        desk.uploads.cancel(asked.query["upload_id"])
        return Reply(499)
    if upload.made is None:
        if not upload.take(asked.headers.get("content-range"), asked.body):
            return Reply(308, None, upload.progress())
        declared = {**upload.checksums, **checksums_of({}, asked.headers)}
        _check(bytes(upload.data), declared)
        store = desk.store(bucket)
        while upload.made is None:
            live = await store.find(upload.name)
            upload.preconditions.require(live)
            over = 0 if live is None else live.generation
            upload.made = await store.write(upload.name, bytes(upload.data), upload.attributes, over)
    return Reply(200, object_document(bucket, upload.made, desk.endpoint))


async def _write(
    desk: Desk,
    caller: str,
    bucket: str,
    name: str,
    data: bytes,
    attributes: Attributes,
    declared: Mapping[str, str],
    preconditions: Preconditions,
) -> StoredObject:
    """Authorise against what is live, and write over exactly that; what came in between is asked about anew."""
    store = desk.store(bucket)
    while True:
        live = await store.find(name)
        desk.require_write(caller, bucket, name, live, preconditions)
        _check(data, declared)
        made = await store.write(name, data, attributes, 0 if live is None else live.generation)
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
    desk.require(caller, [Check(UPDATE, bucket, name)])
    store = desk.store(bucket)
    while True:
        live = await _live(desk, caller, store, asked, bucket, name)
        Preconditions.of(asked).require(live)
        attributes = read_attributes(document, None if whole else live.attributes)
        changed = await store.describe(live, attributes, desk.now())
        if changed is not None:
            return Reply(200, object_document(bucket, changed, desk.endpoint))


async def delete(desk: Desk, caller: str, asked: Asked, bucket: str, name: str) -> Reply:
    """Delete an object."""
    asked.only("generation", *Preconditions.names())
    desk.require(caller, [Check(DELETE, bucket, name)])
    store = desk.store(bucket)
    while True:
        live = await _live(desk, caller, store, asked, bucket, name)
        Preconditions.of(asked).require(live)
        if await store.delete(name, live.generation):
            return Reply(204)


async def compose(desk: Desk, caller: str, asked: Asked, bucket: str, name: str) -> Reply:
    """Join up to 32 objects of the bucket into one; each source is read, and the destination is written."""
    asked.only("ifGenerationMatch", "ifMetagenerationMatch")
    document = asked.document()
    parts = document.get("sourceObjects")
    if not isinstance(parts, list) or not 1 <= len(parts) <= _SOURCES_MAX:
        raise Failure(400, f"a compose names from 1 to {_SOURCES_MAX} source objects")
    unknown = sorted(set(document) - {"kind", "sourceObjects", "destination"})
    if unknown:
        refuse_unmodelled(f"the field {unknown[0]!r} of a compose")
    data, first = b"", None
    for part in parts:
        found, content = await _source(desk, caller, bucket, part)
        data, first = data + content, first or found
    described = document.get("destination")
    wanted = described if isinstance(described, dict) else {}
    kept = Attributes() if first is None else Attributes(first.attributes.content_type)
    attributes = read_attributes(wanted, kept)
    declared = checksums_of(wanted, {})
    made = await _write(desk, caller, bucket, name, data, attributes, declared, Preconditions.of(asked))
    return Reply(200, object_document(bucket, made, desk.endpoint))


async def _source(desk: Desk, caller: str, bucket: str, part: JsonValue) -> tuple[StoredObject, bytes]:
    if not isinstance(part, dict) or not isinstance(part.get("name"), str):
        raise Failure(400, "a source object has a name")
    unknown = sorted(set(part) - {"name", "generation", "objectPreconditions"})
    if unknown:
        refuse_unmodelled(f"the field {unknown[0]!r} of a source object")
    name = str(part["name"])
    found, data = await _readable(desk, caller, bucket, name)
    wanted = part.get("objectPreconditions")
    match = wanted.get("ifGenerationMatch") if isinstance(wanted, dict) else None
    for generation, status in ((part.get("generation"), 404), (match, 412)):
        if generation is not None and str(generation) != str(found.generation):
            raise Failure(status, f"another generation of the source is live: {name}")
    return found, data


async def copy(desk: Desk, caller: str, asked: Asked, source: tuple[str, str], destination: tuple[str, str]) -> Reply:
    """Copy an object in one call."""
    made = await _copied(desk, caller, asked, source, destination)
    return Reply(200, object_document(destination[0], made, desk.endpoint))


async def rewrite(
    desk: Desk, caller: str, asked: Asked, source: tuple[str, str], destination: tuple[str, str]
) -> Reply:
    """Copy an object, as the client does it; here one call is always enough."""
    if "rewriteToken" in asked.query:
        refuse_unmodelled("a rewrite in several calls")
    made = await _copied(desk, caller, asked, source, destination)
    size = str(made.size)
    return Reply(
        200,
        {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": size,
            "objectSize": size,
            "done": True,
            "resource": object_document(destination[0], made, desk.endpoint),
        },
    )


async def _copied(
    desk: Desk, caller: str, asked: Asked, source: tuple[str, str], destination: tuple[str, str]
) -> StoredObject:
    asked.only("sourceGeneration", _PROJECTION, *Preconditions.names(), *Preconditions.names("Source"))
    found, data = await _readable(desk, caller, *source)
    if asked.whole("sourceGeneration") not in {None, found.generation}:
        raise desk.missing(caller, *source)
    Preconditions.of(asked, "Source").require(found)
    document = asked.document()
    # A description in the request replaces that of the source; without one, the source's is copied.
    attributes = read_attributes(document) if document else found.attributes
    return await _write(desk, caller, *destination, data, attributes, {}, Preconditions.of(asked))


async def _readable(desk: Desk, caller: str, bucket: str, name: str) -> tuple[StoredObject, bytes]:
    _checked_name(name)
    desk.require(caller, [Check(GET, bucket, name)])
    read = await desk.store(bucket).read(name)
    if read is None:
        raise desk.missing(caller, bucket, name)
    return read


async def _live(desk: Desk, caller: str, store: ObjectStore, asked: Asked, bucket: str, name: str) -> StoredObject:
    live = await store.find(name)
    if live is None or asked.whole("generation") not in {None, live.generation}:
        raise desk.missing(caller, bucket, name)
    return live


def _name(asked: Asked, document: Mapping[str, JsonValue]) -> str:
    name = asked.query.get("name", document.get("name"))
    if not isinstance(name, str) or not name:
        raise Failure(400, "Required: name", reason="required")
    return _checked_name(name)


def _checked_name(name: str) -> str:
    check_name(name)
    return name


def _check(data: bytes, declared: Mapping[str, str]) -> None:
    """Refuse bytes that are not those whose checksum was declared."""
    actual = {
        "crc32c": base64.b64encode(crc32c(data).to_bytes(4)).decode(),
        "md5": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
    }
    for kind, text in declared.items():
        if kind not in actual:
            refuse_unmodelled(f"the checksum {kind!r}")
        if actual[kind] != text:
            raise Failure(400, f"Provided {kind} {text!r} doesn't match calculated {actual[kind]!r}.")


def _parts(asked: Asked) -> tuple[dict[str, JsonValue], bytes]:
    """Read a multipart upload: the object's description, and its bytes."""
    content_type = asked.headers.get("content-type", "")
    boundary = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode()).get_boundary("")
    mark = b"--" + boundary.encode()
    pieces = asked.body.split(mark + b"\r\n", 2)
    if not boundary or len(pieces) != 3:  # noqa: PLR2004 - what precedes, the description, the bytes
        raise Failure(400, "Malformed multipart body.")
    document = read_object(pieces[1].partition(b"\r\n\r\n")[2])
    head, _, rest = pieces[2].partition(b"\r\n\r\n")
    end = rest.rfind(b"\r\n" + mark + b"--")
    if end < 0:
        raise Failure(400, "Malformed multipart body.")
    if "contentType" not in document:
        kind = BytesParser(policy=HTTP).parsebytes(head + b"\r\n\r\n").get("Content-Type")
        document["contentType"] = str(kind) if kind else None
    return document, rest[:end]

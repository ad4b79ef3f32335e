"""Objects and buckets as the JSON API describes them, and what of a description a client may set."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from arco.emulator.replies import Failure, JsonValue, refuse_unmodelled
from arco.emulator.store import DEFAULT_CONTENT_TYPE, Attributes, StoredObject
from arco.policy.model import Bucket

__all__ = [
    "bucket_document",
    "check_place",
    "checksums_of",
    "etag",
    "moment_text",
    "object_document",
    "read_attributes",
    "sets_nothing",
]

_KEPT: Final = frozenset({"cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "customTime"})
# A client that sends a whole description back sends these too; they change nothing, as Google has it.
_SAID: Final = frozenset(
    {"name", "bucket", "kind", "id", "selfLink", "mediaLink", "generation", "metageneration", "size", "etag"}
    | {"crc32c", "md5Hash", "timeCreated", "timeFinalized", "updated", "timeStorageClassUpdated"}
)
_STORAGE_CLASS: Final = "STANDARD"


@lru_cache(maxsize=4096)
def moment_text(seconds: int) -> str:
    """Spell a time as the API does."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def object_document(bucket: str, found: StoredObject, endpoint: str) -> dict[str, JsonValue]:
    """Describe an object: numbers are text."""
    path = f"storage/v1/b/{bucket}/o/{quote(found.name, safe='')}"
    document: dict[str, JsonValue] = {
        "kind": "storage#object",
        "id": f"{bucket}/{found.name}/{found.generation}",
        "selfLink": f"{endpoint}/{path}",
        "mediaLink": f"{endpoint}/download/{path}?generation={found.generation}&alt=media",
        "name": found.name,
        "bucket": bucket,
        "generation": str(found.generation),
        "metageneration": str(found.metageneration),
        "contentType": found.attributes.content_type,
        "storageClass": _STORAGE_CLASS,
        "size": str(found.size),
        "crc32c": base64.b64encode(found.crc32c.to_bytes(4)).decode(),
        "etag": etag(found),
        "timeCreated": moment_text(found.created),
        "updated": moment_text(found.updated),
        "timeStorageClassUpdated": moment_text(found.created),
        "timeFinalized": moment_text(found.created),
        **found.attributes.fields,
    }
    if found.md5 is not None:
        document["md5Hash"] = found.md5
    if found.attributes.metadata:
        document["metadata"] = dict(found.attributes.metadata)
    return document


def etag(found: StoredObject) -> str:
    """Give what changes with content and description."""
    return base64.b64encode(f"{found.generation}/{found.metageneration}".encode()).decode()


def bucket_document(bucket: Bucket, endpoint: str, created: int) -> dict[str, JsonValue]:
    """Describe a bucket, as far as the plan says."""
    return {
        "kind": "storage#bucket",
        "id": bucket.name,
        "selfLink": f"{endpoint}/storage/v1/b/{bucket.name}",
        "name": bucket.name,
        "metageneration": "1",
        "storageClass": _STORAGE_CLASS,
        "location": "EMULATOR",
        "locationType": "region",
        "timeCreated": moment_text(created),
        "updated": moment_text(created),
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": bucket.uniform is True},
            "publicAccessPrevention": "enforced" if bucket.private else "inherited",
        },
    }


def read_attributes(document: Mapping[str, JsonValue], start: Attributes | None = None) -> Attributes:
    """Take what a client sets from a description, on top of `start`. Raises Failure for what is not modelled."""
    start = start or Attributes()
    content_type, metadata, fields = start.content_type, dict(start.metadata), dict(start.fields)
    for name, value in document.items():
        if name == "contentType":
            content_type = _text(name, value) if value is not None else DEFAULT_CONTENT_TYPE
        elif name == "metadata":
            metadata = _merged(metadata, value)
        elif name in _KEPT:
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = _text(name, value)
        elif name == "storageClass":
            if value != _STORAGE_CLASS:
                refuse_unmodelled(f"the storage class {value!r}")
        elif name not in _SAID:
            refuse_unmodelled(f"the field {name!r} of an object")
    return Attributes(content_type, metadata, fields)


def _merged(metadata: Mapping[str, str], value: JsonValue) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Failure(400, "Invalid value for: metadata")
    merged = dict(metadata)
    for key, text in value.items():
        if text is None:
            merged.pop(key, None)
        else:
            merged[key] = _text(f"metadata.{key}", text)
    return merged


def _text(name: str, value: JsonValue) -> str:
    if not isinstance(value, str):
        raise Failure(400, f"Invalid value for: {name}")
    return value


def sets_nothing(document: Mapping[str, JsonValue]) -> bool:
    """Whether a description only says what a client cannot set: it replaces no other."""
    return set(document) <= _SAID


def check_place(document: Mapping[str, JsonValue], bucket: str, name: str) -> None:
    """Refuse a description that speaks of another object than the path: only one of both was authorised."""
    for field, here in (("bucket", bucket), ("name", name)):
        if document.get(field) is not None and document[field] != here:
            raise Failure(400, f"Invalid value for: {field}: the path names another")


def checksums_of(document: Mapping[str, JsonValue], headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Give all checksums that a client declares, as (`crc32c` or `md5`, base64)."""
    declared: list[tuple[str, str]] = []
    for part in headers.get("x-goog-hash", "").split(","):
        kind, _, text = part.strip().partition("=")
        if kind:
            declared.append((kind, text))
    for field, kind in (("crc32c", "crc32c"), ("md5Hash", "md5")):
        if document.get(field) is not None:
            declared.append((kind, _text(field, document[field])))
    return tuple(declared)

"""One request of each kind, as the real client sends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

__all__ = ["READS_SOURCE", "READS_TARGET", "REQUESTS", "Send"]

Send: TypeAlias = Callable[[Any, str, str], object]
"""Sends a request about (a bucket of the real client, the target, the source); raises what the client raises."""


def _media(bucket: Any, target: str, _source: str) -> object:  # noqa: ANN401 - Google's client has no types
    # The client's own uploads are multipart or resumable; its connection sends this one.
    return bucket.client._connection.api_request(  # noqa: SLF001 - as above
        method="POST",
        path=f"/b/{bucket.name}/o",
        api_base_url=f"{bucket.client._connection.API_BASE_URL}/upload",  # noqa: SLF001 - as above
        query_params={"uploadType": "media", "name": target},
        data=b"new",
        content_type="text/plain",
        expect_json=True,
        retry=None,
    )


def _patch(bucket: Any, target: str, _source: str) -> object:  # noqa: ANN401 - as above
    blob = bucket.blob(target)
    blob.metadata = {"changed": "yes"}
    return blob.patch(retry=None)


def _update(bucket: Any, target: str, _source: str) -> object:  # noqa: ANN401 - as above
    blob = bucket.blob(target)
    blob.metadata = {"changed": "yes"}
    return blob.update(retry=None)


REQUESTS: Final[dict[str, tuple[str, Send]]] = {
    "get": ("objects.get", lambda bucket, target, _: bucket.blob(target).reload(retry=None)),
    "get media": ("objects.get", lambda bucket, target, _: bucket.blob(target).download_as_bytes(retry=None)),
    "list": ("objects.list", lambda bucket, target, _: list(bucket.list_blobs(prefix=target, retry=None))),
    "insert, media": ("objects.insert", _media),
    "insert, multipart": (
        "objects.insert",
        lambda bucket, target, _: bucket.blob(target).upload_from_string(b"new", retry=None),
    ),
    "insert, resumable": (
        "objects.insert.resumable_start",
        lambda bucket, target, _: bucket.blob(target).create_resumable_upload_session(size=3, retry=None),
    ),
    "compose": (
        "objects.compose",
        lambda bucket, target, source: bucket.blob(target).compose([bucket.blob(source)], retry=None),
    ),
    "copy": (
        "objects.copy",
        lambda bucket, target, source: bucket.copy_blob(bucket.blob(source), bucket, target, retry=None),
    ),
    "rewrite": (
        "objects.rewrite",
        lambda bucket, target, source: bucket.blob(target).rewrite(bucket.blob(source), retry=None),
    ),
    "patch": ("objects.patch", _patch),
    "update": ("objects.update", _update),
    "delete": ("objects.delete", lambda bucket, target, _: bucket.blob(target).delete(retry=None)),
    "bucket get": ("buckets.get", lambda bucket, _target, _source: bucket.reload(retry=None)),
    "bucket patch": ("buckets.patch", lambda bucket, _target, _source: bucket.patch(retry=None)),
    "policy get": (
        "buckets.getIamPolicy",
        lambda bucket, _target, _source: bucket.get_iam_policy(requested_policy_version=3, retry=None),
    ),
}
"""Each request, with the operation of the table that it is."""

READS_TARGET: Final = frozenset({"get", "get media", "patch", "update", "delete"})
READS_SOURCE: Final = frozenset({"compose", "copy", "rewrite"})

"""Which operation a request is, told by its path while that is still encoded: a name is decoded once, here."""

from __future__ import annotations

import re
from typing import Final

from arco.emulator import buckets, combining, reading, writing
from arco.emulator.asked import Asked, decoded
from arco.emulator.desk import Desk
from arco.emulator.replies import Reply, refuse_unmodelled

__all__ = ["serve"]

_BUCKET = r"/storage/v1/b/(?P<bucket>[^/]+)"
_OBJECT: Final = re.compile(rf"{_BUCKET}/o/(?P<name>[^/]+)")
_DOWNLOAD: Final = re.compile(rf"/download{_BUCKET}/o/(?P<name>[^/]+)")
_OBJECTS: Final = re.compile(rf"{_BUCKET}/o")
_UPLOAD: Final = re.compile(rf"/upload{_BUCKET}/o")
_COMPOSE: Final = re.compile(rf"{_BUCKET}/o/(?P<name>[^/]+)/compose")
_COPY: Final = re.compile(
    rf"{_BUCKET}/o/(?P<name>[^/]+)/(?P<how>copyTo|rewriteTo)/b/(?P<to_bucket>[^/]+)/o/(?P<to_name>[^/]+)"
)
_ABOUT: Final = re.compile(rf"{_BUCKET}(?P<about>/iam|/iam/testPermissions)?")
_DESCRIBE: Final = {"GET": reading.get, "PATCH": writing.patch, "PUT": writing.update, "DELETE": writing.delete}


async def serve(desk: Desk, caller: str, asked: Asked) -> Reply:
    """Do what is asked. Raises Failure: 501 for what is not modelled."""
    if match := _UPLOAD.fullmatch(asked.path):
        return await _upload(desk, caller, asked, decoded(match["bucket"]))
    if match := _OBJECTS.fullmatch(asked.path):
        if asked.method == "GET":
            return await reading.list_objects(desk, caller, asked, decoded(match["bucket"]))
    elif match := _ABOUT.fullmatch(asked.path):
        return buckets.serve(desk, caller, asked, decoded(match["bucket"]), match["about"] or "")
    return await _object(desk, caller, asked)


async def _object(desk: Desk, caller: str, asked: Asked) -> Reply:
    if match := _COMPOSE.fullmatch(asked.path):
        if asked.method == "POST":
            return await combining.compose(desk, caller, asked, decoded(match["bucket"]), decoded(match["name"]))
    elif match := _COPY.fullmatch(asked.path):
        if asked.method == "POST":
            source = decoded(match["bucket"]), decoded(match["name"])
            destination = decoded(match["to_bucket"]), decoded(match["to_name"])
            how = combining.copy if match["how"] == "copyTo" else combining.rewrite
            return await how(desk, caller, asked, source, destination)
    elif match := _OBJECT.fullmatch(asked.path):
        operation = _DESCRIBE.get(asked.method)
        if operation is not None:
            return await operation(desk, caller, asked, decoded(match["bucket"]), decoded(match["name"]))
    elif (match := _DOWNLOAD.fullmatch(asked.path)) and asked.method == "GET" and asked.query.get("alt") == "media":
        return await reading.get(desk, caller, asked, decoded(match["bucket"]), decoded(match["name"]))
    refuse_unmodelled(f"{asked.method} {asked.path}")


async def _upload(desk: Desk, caller: str, asked: Asked, bucket: str) -> Reply:
    if asked.method in {"PUT", "DELETE"} and "upload_id" in asked.query:
        return await writing.continue_upload(desk, asked, bucket)
    if asked.method == "POST":
        return await writing.insert(desk, caller, asked, bucket)
    refuse_unmodelled(f"{asked.method} {asked.path}")

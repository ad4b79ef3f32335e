"""Every operation on objects, as the real client sends it where it can, and what each asks on which resource.

Source: "IAM permissions for JSON methods". An overwrite is a delete of what stands there, on every route.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.fakes.emulated import BUCKET, Emulated

__all__ = ["FREE", "LEFT", "OPERATIONS", "RIGHT", "TAKEN", "Need", "Operation"]

LEFT, RIGHT = "in/left", "in/right"
TAKEN, FREE = "out/taken", "out/free"

Need: TypeAlias = tuple[str, str | None]
"""A permission, and the object on which it is asked; None is the bucket."""

_CREATE, _DELETE, _GET, _LIST, _UPDATE = (
    f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")
)


@dataclass(frozen=True, slots=True)
class Operation:
    """`act` raises what the client raises when it is refused."""

    name: str
    needs: tuple[Need, ...]
    act: Callable[[Emulated], object]


def _media(target: str) -> Callable[[Emulated], object]:
    def act(emulated: Emulated) -> object:
        # The client's own uploads are multipart or resumable; its connection sends this one.
        return emulated.client()._connection.api_request(  # noqa: SLF001 - as above
            method="POST",
            path=f"/b/{BUCKET}/o",
            api_base_url=f"{emulated.endpoint}/upload",
            query_params={"uploadType": "media", "name": target},
            data=b"new",
            content_type="text/plain",
            expect_json=True,
        )

    return act


def _upload(target: str) -> Callable[[Emulated], object]:
    return lambda emulated: emulated.bucket().blob(target).upload_from_string(b"new", retry=None)


def _session(target: str) -> Callable[[Emulated], object]:
    return lambda emulated: emulated.bucket().blob(target).create_resumable_upload_session(size=3)


def _compose(target: str) -> Callable[[Emulated], object]:
    def act(emulated: Emulated) -> object:
        bucket = emulated.bucket()
        return bucket.blob(target).compose([bucket.blob(LEFT), bucket.blob(RIGHT)], retry=None)

    return act


def _copy(target: str) -> Callable[[Emulated], object]:
    def act(emulated: Emulated) -> object:
        bucket = emulated.bucket()
        return bucket.copy_blob(bucket.blob(LEFT), bucket, target, retry=None)

    return act


def _rewrite(target: str) -> Callable[[Emulated], object]:
    def act(emulated: Emulated) -> object:
        bucket = emulated.bucket()
        return bucket.blob(target).rewrite(bucket.blob(LEFT), retry=None)

    return act


def _patch(emulated: Emulated) -> None:
    blob = emulated.bucket().blob(LEFT)
    blob.metadata = {"changed": "yes"}
    blob.patch(retry=None)


def _update(emulated: Emulated) -> None:
    blob = emulated.bucket().blob(LEFT)
    blob.metadata = {"changed": "yes"}
    blob.update(retry=None)


_ROUTES: tuple[tuple[str, tuple[Need, ...], Callable[[str], Callable[[Emulated], object]]], ...] = (
    ("media insert", (), _media),
    ("multipart insert", (), _upload),
    ("resumable start", (), _session),
    ("compose", ((_GET, LEFT), (_GET, RIGHT)), _compose),
    ("copy", ((_GET, LEFT),), _copy),
    ("rewrite", ((_GET, LEFT),), _rewrite),
)

OPERATIONS = (
    Operation("get", ((_GET, LEFT),), lambda emulated: emulated.bucket().blob(LEFT).reload(retry=None)),
    Operation(
        "get media", ((_GET, LEFT),), lambda emulated: emulated.bucket().blob(LEFT).download_as_bytes(retry=None)
    ),
    Operation("list", ((_LIST, None),), lambda emulated: list(emulated.bucket().list_blobs(prefix="in/", retry=None))),
    Operation("patch", ((_UPDATE, LEFT),), _patch),
    Operation("update", ((_UPDATE, LEFT),), _update),
    Operation("delete", ((_DELETE, LEFT),), lambda emulated: emulated.bucket().blob(LEFT).delete(retry=None)),
    Operation("bucket get", (("storage.buckets.get", None),), lambda emulated: emulated.bucket().reload(retry=None)),
    *(Operation(f"{name}, new", (*needs, (_CREATE, FREE)), build(FREE)) for name, needs, build in _ROUTES),
    *(
        Operation(f"{name}, over", (*needs, (_CREATE, TAKEN), (_DELETE, TAKEN)), build(TAKEN))
        for name, needs, build in _ROUTES
    ),
)

"""One sequence of requests on an empty bucket, made of what the independent emulator is known to do right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from google.api_core.exceptions import GoogleAPICallError

__all__ = ["STEPS", "Step"]

Step: TypeAlias = Callable[[Any], object]
"""Does something to a bucket of the real client, and gives what the client made of it."""

_ODD: Final = ("a b", "100%", "%2F", "ü/日本/🐟", "what?", "a#b", "a+b", "x//y", "/lead", "tail/", "a/../b", "{t}")
_CONTENT: Final = bytes(range(256)) * 4


def _upload(name: str, data: bytes = b"content", **wanted: object) -> Step:
    return lambda bucket: bucket.blob(name).upload_from_string(data, content_type="text/plain", retry=None, **wanted)


def _over(name: str, data: bytes) -> Step:
    """Replace what stands there, by its generation."""

    def act(bucket: Any) -> object:  # noqa: ANN401 - Google's client has no types
        live = bucket.get_blob(name)
        return bucket.blob(name).upload_from_string(
            data, content_type="text/plain", if_generation_match=live.generation, retry=None
        )

    return act


def _read(name: str, **wanted: object) -> Step:
    return lambda bucket: bucket.blob(name).download_as_bytes(retry=None, **wanted)


def _resumable(name: str, data: bytes, **wanted: object) -> Step:
    def act(bucket: Any) -> object:  # noqa: ANN401 - as above
        import io  # noqa: PLC0415 - for this step only

        blob = bucket.blob(name, chunk_size=256 * 1024)
        return blob.upload_from_file(io.BytesIO(data), content_type="text/plain", retry=None, **wanted)

    return act


def _list(**wanted: object) -> Step:
    def act(bucket: Any) -> object:  # noqa: ANN401 - as above
        pages = bucket.list_blobs(retry=None, **wanted)
        names = [[blob.name for blob in page] for page in pages.pages]
        return {"pages": names, "prefixes": sorted(pages.prefixes)}

    return act


def _described(name: str) -> Step:
    def act(bucket: Any) -> object:  # noqa: ANN401 - as above
        blob = bucket.blob(name)
        blob.metadata = {"colour": "blue"}
        blob.content_type = "text/html"
        return blob.patch(retry=None)

    return act


def _reload(name: str) -> Step:
    return lambda bucket: bucket.blob(name).reload(retry=None)


def _older(name: str) -> Step:
    """Ask for the generation before the live one, which is not kept."""

    def act(bucket: Any) -> object:  # noqa: ANN401 - as above
        return bucket.blob(name, generation=bucket.get_blob(name).generation - 1).reload(retry=None)

    return act


def _answered(step: Step) -> Step:
    """Give the status of a refusal as what the client made of it."""

    def act(bucket: Any) -> object:  # noqa: ANN401 - as above
        try:
            return step(bucket)
        except GoogleAPICallError as error:
            return f"raised {error.code}"

    return act


_SEQUENCE: Final[dict[str, Step]] = {
    "insert": _upload("a"),
    "insert, only if absent": _upload("b", if_generation_match=0),
    "insert, only if absent, of what exists": _upload("b", if_generation_match=0),
    "insert over a generation": _over("b", b"second"),
    "insert over a stale generation": _upload("b", if_generation_match=1),
    "insert over what does not exist": _upload("none", if_generation_match=1),
    "insert of nothing": _upload("empty", b""),
    "resumable, one chunk": _resumable("r1", b"small", if_generation_match=0),
    "resumable, three chunks": _resumable("r3", b"r" * (600 * 1024)),
    "resumable, only if absent, of what exists": _resumable("r1", b"small", if_generation_match=0),
    "describe": _reload("a"),
    "describe what does not exist": _reload("none"),
    "describe an older generation": _older("b"),
    "change a description": _described("a"),
    "describe what was changed": _reload("a"),
    "insert of a kilobyte": _upload("k", _CONTENT),
    "read": _read("k"),
    "read the beginning": _read("k", start=0, end=9),
    "read from the middle": _read("k", start=1000),
    "read the end": _read("k", start=-24),
    "read beyond the end": _read("k", start=2000, end=3000),
    "read a range that is too long": _read("k", start=1000, end=9999),
    "read what does not exist": _read("none"),
    "read of nothing": _read("empty"),
    "copy": lambda bucket: bucket.copy_blob(bucket.blob("k"), bucket, "copied", retry=None).name,
    "rewrite": lambda bucket: bucket.blob("rewritten").rewrite(bucket.blob("k"), retry=None),
    "copy what does not exist": lambda bucket: bucket.copy_blob(bucket.blob("none"), bucket, "x", retry=None),
    "compose": lambda bucket: bucket.blob("composed").compose([bucket.blob("a"), bucket.blob("b")], retry=None),
    "read what was composed": _read("composed"),
    **{f"insert {name}": _upload(f"odd/{name}", name.encode()) for name in _ODD},
    **{f"read {name}": _read(f"odd/{name}") for name in _ODD},
    "list": _list(),
    "list by prefix": _list(prefix="odd/"),
    "list by prefix that nothing has": _list(prefix="nothing/"),
    "list by folder": _list(delimiter="/"),
    "list by folder below": _list(prefix="odd/", delimiter="/"),
    "list by pages": _list(page_size=4),
    "list by pages and folders": _list(prefix="odd/", delimiter="/", page_size=3),
    "list from an offset": _list(start_offset="odd/a", end_offset="r"),
    "list at most": _list(max_results=2),
    "delete": lambda bucket: bucket.blob("copied").delete(retry=None),
    "delete again": lambda bucket: bucket.blob("copied").delete(retry=None),
    "list what is left": _list(prefix="co"),
    "describe the bucket": lambda bucket: bucket.reload(retry=None),
}

STEPS: Final[dict[str, Step]] = {name: _answered(step) for name, step in _SEQUENCE.items()}
"""What is done, in this order."""

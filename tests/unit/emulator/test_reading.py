"""Reads: the bytes and their ranges, and what the headers and the description say of them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from google.api_core.exceptions import RequestRangeNotSatisfiable

from arco.storage.checksums import crc32c
from tests.fakes.emulated import ALICE, BUCKET, Answer, Emulated, rights, running_emulated
from tests.fakes.manual_clock import ManualClock

_B = f"/storage/v1/b/{BUCKET}"
_O = f"{_B}/o/there"
_ALL = [f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")]


@pytest.fixture
def clock() -> ManualClock:
    """Give the clock of the emulator."""
    return ManualClock()


@pytest.fixture
def emulated(clock: ManualClock) -> Iterator[Emulated]:
    """Give an emulator in which Alice may do everything, and an object of ten bytes."""
    with running_emulated(*rights(ALICE, *_ALL), clock=clock) as running:
        running.put("there", b"0123456789")
        running.put("empty", b"")
        yield running


def _range(emulated: Emulated, asked: str, name: str = "there") -> Answer:
    return emulated.send("GET", f"{_B}/o/{name}?alt=media", None, {"Range": asked})


@pytest.mark.parametrize(
    ("asked", "content", "place"),
    [
        ("bytes=0-3", b"0123", "0-3"),
        ("bytes=4-4", b"4", "4-4"),
        ("bytes=4-", b"456789", "4-9"),
        ("bytes=0-", b"0123456789", "0-9"),
        ("bytes=9-9", b"9", "9-9"),
        ("bytes=8-99", b"89", "8-9"),
        ("bytes=-3", b"789", "7-9"),
        ("bytes=-10", b"0123456789", "0-9"),
        ("bytes=-99", b"0123456789", "0-9"),
    ],
)
def test_range_is_given(emulated: Emulated, asked: str, content: bytes, place: str) -> None:
    """A closed, an open and a suffix range, cut at the end, with the sums of the whole object."""
    answer = _range(emulated, asked)

    assert (answer.status, answer.body) == (206, content)
    assert answer.headers["content-range"] == f"bytes {place}/10"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["x-goog-stored-content-length"] == "10"


@pytest.mark.parametrize(
    ("asked", "name", "size"),
    [("bytes=10-", "there", 10), ("bytes=10-12", "there", 10), ("bytes=-0", "there", 10), ("bytes=0-0", "empty", 0),
     ("bytes=0-", "empty", 0), ("bytes=-1", "empty", 0)],
)  # fmt: skip
def test_range_past_the_end_is_refused(emulated: Emulated, asked: str, name: str, size: int) -> None:
    """A range that begins at or behind the end is answered 416, with the size."""
    answer = _range(emulated, asked, name)

    assert answer.status == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


def test_inverted_range_is_ignored(emulated: Emulated) -> None:
    """A range that ends before it begins is no range, as HTTP has it."""
    answer = _range(emulated, "bytes=5-2")

    assert (answer.status, answer.body) == (200, b"0123456789")


def test_client_reads_ranges(emulated: Emulated) -> None:
    """The real client reads a part, and is told where there is none."""
    blob = emulated.bucket().blob("there")
    part = blob.download_as_bytes(start=2, end=5, retry=None)
    with pytest.raises(RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=10, retry=None)

    assert part == b"2345"


@pytest.mark.parametrize("path", [f"{_O}?alt=media", f"/download{_O}?alt=media"])
def test_media_comes_with_what_is_known(emulated: Emulated, path: str) -> None:
    """The headers of the bytes tell generation, sums, sizes and times, on both paths."""
    answer = emulated.send("GET", path)
    described = emulated.send("GET", _O).json()
    crc = base64.b64encode(crc32c(b"0123456789").to_bytes(4)).decode()
    md5 = base64.b64encode(hashlib.md5(b"0123456789", usedforsecurity=False).digest()).decode()

    assert answer.headers["x-goog-hash"] == f"crc32c={crc},md5={md5}"
    assert answer.headers["x-goog-generation"] == described["generation"]
    assert answer.headers["x-goog-metageneration"] == described["metageneration"] == "1"
    assert answer.headers["etag"] == described["etag"]
    assert answer.headers["content-type"] == described["contentType"] == "application/octet-stream"
    assert answer.headers["x-goog-storage-class"] == "STANDARD"


def test_times_are_those_of_the_emulator(emulated: Emulated, clock: ManualClock) -> None:
    """`Date` is now; `Last-Modified` and `updated` are the write, or the last change of the description."""
    began = int(clock.wall_seconds())
    emulated.put("timed", b"data")
    clock.advance(100)
    first = emulated.send("GET", f"{_B}/o/timed?alt=media")
    patched = emulated.send("PATCH", f"{_B}/o/timed", {"metadata": {"a": "b"}}).json()
    clock.advance(100)
    second = emulated.send("GET", f"{_B}/o/timed?alt=media")

    def seconds(answer: Answer, header: str) -> int:
        return int(parsedate_to_datetime(answer.headers[header]).timestamp()) - began

    assert (seconds(first, "date"), seconds(first, "last-modified")) == (100, 0)
    assert (seconds(second, "date"), seconds(second, "last-modified")) == (200, 100)
    assert patched["timeCreated"] == datetime.fromtimestamp(began, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert patched["updated"] == datetime.fromtimestamp(began + 100, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_every_answer_is_dated(emulated: Emulated) -> None:
    """Refusals too: a lease takes the service's time from any answer."""
    answers = [
        emulated.send("GET", _O),
        emulated.send("GET", f"{_B}/o/missing"),
        emulated.send("GET", _O, who=None),
        emulated.send("DELETE", f"{_O}?ifGenerationMatch=999"),
        emulated.send("GET", f"{_O}?ifMetagenerationNotMatch=1"),
        emulated.send("GET", "/nothing"),
    ]

    assert [answer.status for answer in answers] == [200, 404, 401, 412, 304, 501]
    assert all("date" in answer.headers for answer in answers)


def test_description_is_complete(emulated: Emulated) -> None:
    """An object's description has the fields that Google's has, numbers as text."""
    described = emulated.send("GET", _O).json()

    assert described["kind"] == "storage#object"
    assert described["id"] == f"{BUCKET}/there/{described['generation']}"
    assert described["selfLink"] == f"{emulated.endpoint}{_O}"
    assert described["mediaLink"].startswith(f"{emulated.endpoint}/download{_O}?generation=")
    assert (described["size"], described["name"], described["bucket"]) == ("10", "there", BUCKET)
    assert isinstance(described["generation"], str)
    assert {"crc32c", "md5Hash", "etag", "timeCreated", "updated", "storageClass"} <= set(described)


def test_etag_changes_with_content_and_description(emulated: Emulated) -> None:
    """Nothing that can be seen changes under one ETag."""
    first = emulated.send("GET", _O).json()["etag"]
    second = emulated.send("PATCH", _O, {"metadata": {"a": "b"}}).json()["etag"]
    emulated.put("there", b"0123456789")
    third = emulated.send("GET", _O).headers["etag"]

    assert len({first, second, third}) == 3


def test_composed_object_has_no_md5(emulated: Emulated) -> None:
    """As at Google, whose MD5 would take reading it all; copies of it have none either."""
    bucket = emulated.bucket()
    bucket.blob("joined").compose([bucket.blob("there"), bucket.blob("empty"), bucket.blob("there")])
    copied = bucket.copy_blob(bucket.blob("joined"), bucket, "copied")

    assert bucket.get_blob("joined").md5_hash is None
    assert copied.md5_hash is None
    assert bucket.blob("copied").download_as_bytes() == b"0123456789" * 2


@pytest.mark.parametrize("count", [0, 33])
def test_compose_takes_from_one_to_32(emulated: Emulated, count: int) -> None:
    """None is no object, and 33 are too many."""
    body = {"sourceObjects": [{"name": "there"}] * count}
    answer = emulated.send("POST", f"{_B}/o/joined/compose", body)
    full = emulated.send("POST", f"{_B}/o/full/compose", {"sourceObjects": [{"name": "there"}] * 32})

    assert (answer.status, full.status) == (400, 200)
    assert emulated.content("joined") is None


def test_patch_merges_and_update_replaces(emulated: Emulated) -> None:
    """A patch changes what it names, null removes; an update leaves only what it says."""
    emulated.send("PATCH", _O, {"contentType": "text/plain", "cacheControl": "no-store", "metadata": {"a": "1"}})
    patched = emulated.send("PATCH", _O, {"cacheControl": None, "metadata": {"b": "2", "a": None}}).json()
    updated = emulated.send("PUT", _O, {"metadata": {"c": "3"}}).json()
    emptied = emulated.send("PATCH", _O, {"metadata": None}).json()

    assert patched["contentType"] == "text/plain"
    assert "cacheControl" not in patched
    assert patched["metadata"] == {"b": "2"}
    assert updated["metadata"] == {"c": "3"}
    assert updated["contentType"] == "application/octet-stream"
    assert "metadata" not in emptied
    assert [one["metageneration"] for one in (patched, updated, emptied)] == ["3", "4", "5"]
    assert patched["generation"] == emptied["generation"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'"text"', b'{"metadata": 1}', b'{"contentType": 1}'])
def test_malformed_description_is_refused(emulated: Emulated, body: bytes) -> None:
    """What is no object of JSON, or has a field of another type."""
    answer = emulated.send("PATCH", _O, body)

    assert answer.status == 400
    assert emulated.send("GET", _O).json()["metageneration"] == "1"


def test_copy_takes_the_description_along(emulated: Emulated) -> None:
    """Unless the request gives another; a name in it is none."""
    emulated.send("PATCH", _O, {"contentType": "text/plain", "metadata": {"a": "1"}})
    target = f"{_O}/rewriteTo/b/{BUCKET}/o/"
    along = emulated.send("POST", f"{target}along", {"name": "along"}).json()["resource"]
    other = emulated.send("POST", f"{target}other", {"contentType": "text/other"}).json()["resource"]
    copied = emulated.send("POST", f"{_O}/copyTo/b/{BUCKET}/o/copied").json()

    assert (along["contentType"], along["metadata"]) == ("text/plain", {"a": "1"})
    assert (copied["contentType"], copied["metadata"]) == ("text/plain", {"a": "1"})
    assert other["contentType"] == "text/other"
    assert "metadata" not in other
    assert emulated.content("along") == b"0123456789"

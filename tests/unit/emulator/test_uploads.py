"""Uploads in three ways: what arrives is stored whole, what does not match its checksum is not, chunks add up once."""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import io
from collections.abc import Iterator

import pytest
from google.api_core.exceptions import BadRequest
from google.cloud.storage.exceptions import DataCorruption  # type: ignore[import-untyped]

from arco.emulator.uploads import CHUNK_BYTES
from arco.storage.checksums import crc32c
from tests.fakes.emulated import ALICE, BOB, BUCKET, Answer, Emulated, rights, running_emulated

_B = f"/storage/v1/b/{BUCKET}"
_START = f"/upload{_B}/o?uploadType=resumable&name=big"
_K = CHUNK_BYTES


@pytest.fixture
def emulated() -> Iterator[Emulated]:
    """Give an emulator in which Alice may do everything, and Bob create and read only."""
    grants = rights(ALICE, *(f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")))
    with running_emulated(*grants, *rights(BOB, "storage.objects.create", "storage.objects.get")) as running:
        yield running


def _sums(data: bytes) -> tuple[str, str]:
    md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    return base64.b64encode(crc32c(data).to_bytes(4)).decode(), md5


def _begin(
    emulated: Emulated,
    query: str = "",
    body: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
    who: str = ALICE,
) -> str:
    """Begin an upload, and give the target to go on with."""
    answer = emulated.send("POST", _START + query, body or {}, headers, who=who)
    assert answer.status == 200, answer
    return answer.headers["location"].removeprefix(emulated.endpoint)


def _chunk(emulated: Emulated, target: str, asked: str, data: bytes = b"") -> Answer:
    """Send a chunk as whoever has the URI: without credentials."""
    return emulated.send("PUT", target, data, {"Content-Range": asked}, who=None)


def test_chunks_of_the_client_add_up(emulated: Emulated) -> None:
    """The real client uploads in chunks, and what it sent stands there with the sums of all of it."""
    data = bytes(range(256)) * 3000
    blob = emulated.bucket().blob("big", chunk_size=_K)
    blob.metadata = {"colour": "red"}
    blob.upload_from_file(io.BytesIO(data), content_type="text/x-big", if_generation_match=0)
    read = emulated.bucket().get_blob("big")

    assert emulated.content("big") == data
    assert (read.size, read.content_type, read.metadata) == (len(data), "text/x-big", {"colour": "red"})
    assert (read.crc32c, read.md5_hash) == _sums(data)


def test_stream_of_unknown_size_ends_with_its_last_chunk(emulated: Emulated) -> None:
    """A total that is told only at the end is taken then."""
    target = _begin(emulated)
    first = _chunk(emulated, target, f"bytes 0-{_K - 1}/*", b"a" * _K)
    last = _chunk(emulated, target, f"bytes {_K}-{_K + 2}/{_K + 3}", b"bcd")

    assert (first.status, first.headers["range"]) == (308, f"bytes=0-{_K - 1}")
    assert last.status == 200
    assert emulated.content("big") == b"a" * _K + b"bcd"


def test_upload_in_one_request_needs_no_range(emulated: Emulated) -> None:
    """The bytes may come at once, even none of them."""
    for data in (b"all of it", b""):
        answer = emulated.send("PUT", _begin(emulated), data, who=None)

        assert answer.status == 200
        assert emulated.content("big") == data


def test_status_is_told_and_changes_nothing(emulated: Emulated) -> None:
    """Before, between and after the chunks, a question how far it has come is answered."""
    target = _begin(emulated)
    before = _chunk(emulated, target, "bytes */*")
    _chunk(emulated, target, f"bytes 0-{_K - 1}/{_K + 1}", b"a" * _K)
    between = _chunk(emulated, target, f"bytes */{_K + 1}")
    again = _chunk(emulated, target, "bytes */*")
    _chunk(emulated, target, f"bytes {_K}-{_K}/{_K + 1}", b"b")
    after = _chunk(emulated, target, "bytes */*")

    assert (before.status, before.headers.get("range")) == (308, None)
    assert (between.status, between.headers["range"]) == (308, f"bytes=0-{_K - 1}")
    assert again.status == 308
    assert (after.status, after.json()["size"]) == (200, str(_K + 1))


def test_lost_answer_of_the_last_chunk_is_given_again(emulated: Emulated) -> None:
    """Who did not see the end of an upload asks or sends again, and is told of the one object that it made."""
    target = _begin(emulated, "&ifGenerationMatch=0")
    made = _chunk(emulated, target, "bytes 0-3/4", b"data")
    again = _chunk(emulated, target, "bytes 0-3/4", b"data")
    asked = _chunk(emulated, target, "bytes */4")

    assert made.status == again.status == asked.status == 200
    assert made.json()["generation"] == again.json()["generation"] == asked.json()["generation"]


def test_chunk_that_comes_twice_counts_once(emulated: Emulated) -> None:
    """What was taken stays, whatever is sent again in its place."""
    target = _begin(emulated)
    _chunk(emulated, target, f"bytes 0-{2 * _K - 1}/*", b"a" * 2 * _K)
    again = _chunk(emulated, target, f"bytes 0-{_K - 1}/*", b"x" * _K)
    over = _chunk(emulated, target, f"bytes {_K}-{2 * _K}/{2 * _K + 1}", b"y" * (_K + 1))

    assert again.headers["range"] == f"bytes=0-{2 * _K - 1}"
    assert over.status == 200
    assert emulated.content("big") == b"a" * 2 * _K + b"y"


@pytest.mark.parametrize(
    ("asked", "length", "status"),
    [
        (f"bytes {2 * _K}-{3 * _K - 1}/*", _K, 503),
        (f"bytes {_K}-{_K + 5}/*", 6, 400),
        (f"bytes {_K}-{2 * _K - 1}/*", _K - 1, 400),
        (f"bytes {_K}-{2 * _K - 1}/{2 * _K - 1}", _K, 400),
        (f"bytes */{_K - 1}", 0, 400),
        (f"bytes {2 * _K - 1}-{_K}/*", 0, 400),
        ("bytes 0-1", 2, 400),
        ("bytes x-y/z", 2, 400),
        (f"items {_K}-{2 * _K - 1}/*", _K, 400),
        (f"bytes {_K}-{'9' * 5000}/*", 2, 400),
        (f"bytes */{_K}", 1, 400),
        ("", 3, 400),
    ],
)
def test_chunk_that_does_not_fit_is_refused(emulated: Emulated, asked: str, length: int, status: int) -> None:
    """A gap, a size that is not the body's, a total that is too small, an odd length: nothing of it is taken."""
    target = _begin(emulated)
    _chunk(emulated, target, f"bytes 0-{_K - 1}/*", b"a" * _K)
    answer = _chunk(emulated, target, asked, b"b" * length)
    progress = _chunk(emulated, target, "bytes */*")

    assert answer.status == status
    assert (progress.status, progress.headers["range"]) == (308, f"bytes=0-{_K - 1}")
    assert emulated.names() == []


def test_total_is_told_once(emulated: Emulated) -> None:
    """An upload that was said to have a size, at the start or by a chunk, has no other."""
    declared = _begin(emulated, headers={"X-Upload-Content-Length": "4"})
    told = _begin(emulated)
    _chunk(emulated, told, f"bytes 0-{_K - 1}/{_K + 4}", b"a" * _K)
    answers = [
        _chunk(emulated, declared, "bytes 0-4/5", b"abcde"),
        emulated.send("PUT", declared, b"abc", who=None),
        _chunk(emulated, told, f"bytes {_K}-{_K + 4}/{_K + 5}", b"abcde"),
    ]

    assert [answer.status for answer in answers] == [400, 400, 400]
    assert emulated.names() == []


def test_cancelled_upload_is_gone(emulated: Emulated) -> None:
    """A cancel is answered 499, and nothing goes on afterwards."""
    target = _begin(emulated)
    cancelled = emulated.send("DELETE", target, who=None)
    answers = [_chunk(emulated, target, "bytes 0-3/4", b"data"), emulated.send("DELETE", target, who=None)]

    assert cancelled.status == 499
    assert [answer.status for answer in answers] == [404, 404]
    assert emulated.names() == []


@pytest.mark.parametrize("upload_id", ["", "0" * 48, "%2E", "no such"])
def test_upload_that_was_never_begun_is_missing(emulated: Emulated, upload_id: str) -> None:
    """An id that was not given out is no capability."""
    _begin(emulated)
    target = f"/upload{_B}/o?uploadType=resumable&upload_id={upload_id.replace(' ', '%20')}"
    answer = _chunk(emulated, target, "bytes 0-3/4", b"data")

    assert answer.status == 404
    assert emulated.names() == []


def test_upload_belongs_to_its_bucket(emulated: Emulated) -> None:
    """An upload URI with another bucket in it is none."""
    target = _begin(emulated).replace(f"/b/{BUCKET}/", "/b/other/")
    answers = [_chunk(emulated, target, "bytes 0-3/4", b"data"), emulated.send("DELETE", target, who=None)]

    assert [answer.status for answer in answers] == [404, 404]


def test_ids_are_long_and_differ(emulated: Emulated) -> None:
    """The id is the only key, so nobody guesses it: 192 bits, and no two alike."""
    ids = {_begin(emulated).partition("upload_id=")[2] for _ in range(20)}

    assert len(ids) == 20
    assert all(len(bytes.fromhex(one)) == 24 for one in ids)


def test_account_that_lost_its_rights_goes_on(emulated: Emulated) -> None:
    """Google documents that the URI is the right: a started upload ends after its account was revoked."""
    target = _begin(emulated, who=BOB)
    emulated.emulator.tokens.revoke(emulated.token(BOB))
    answer = emulated.send("PUT", target, b"data", {"Content-Range": "bytes 0-3/4"} | {"Authorization": ""}, who=None)
    silent = _chunk(emulated, target, "bytes 0-3/4", b"data")
    begun = emulated.send("POST", _START, {}, who=BOB)

    assert (answer.status, silent.status) == (401, 200)
    assert begun.status == 401
    assert emulated.content("big") == b"data"


def test_upload_asks_for_no_permission_when_it_goes_on(emulated: Emulated) -> None:
    """All of it was decided at the start, by what stood there then."""
    target = _begin(emulated, who=BOB)
    asked = [decision.check.permission for decision in emulated.decisions]
    emulated.put("big", b"came in between")
    answer = _chunk(emulated, target, "bytes 0-3/4", b"data")
    over = emulated.send("POST", _START, {}, who=BOB)

    assert asked == ["storage.objects.create"]
    assert answer.status == 200
    assert [decision.check.permission for decision in emulated.decisions][1:] == [
        "storage.objects.create",
        "storage.objects.delete",
    ]
    assert over.status == 403


def test_precondition_is_asked_again_at_the_end(emulated: Emulated) -> None:
    """What came in between is not overwritten by an upload that was to create."""
    create = _begin(emulated, "&ifGenerationMatch=0")
    generation = emulated.put("big", b"came in between")
    swap = _begin(emulated, f"&ifGenerationMatch={generation}")
    refused = _chunk(emulated, create, "bytes 0-3/4", b"data")
    emulated.put("big", b"and once more")
    stale = _chunk(emulated, swap, "bytes 0-3/4", b"data")

    assert (refused.status, stale.status) == (412, 412)
    assert refused.reason == "conditionNotMet"
    assert emulated.content("big") == b"and once more"


def test_end_that_is_sent_twice_at_once_makes_one_object(emulated: Emulated) -> None:
    """Of requests that end one upload at the same time, all are told of the same generation."""
    for _ in range(5):
        target = _begin(emulated)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda at: _chunk(emulated, at, "bytes 0-3/4", b"data"), [target] * 8))

        assert {answer.status for answer in answers} == {200}
        assert len({answer.json()["generation"] for answer in answers}) == 1


@pytest.mark.parametrize("way", ["media", "multipart", "resumable", "resumable header", "finish header", "compose"])
@pytest.mark.parametrize("kind", ["crc32c", "md5"])
def test_checksum_that_does_not_match_stores_nothing(emulated: Emulated, way: str, kind: str) -> None:
    """Bytes that are not those whose checksum was declared are refused with 400, wherever it was declared."""
    crc, md5 = _sums(b"other")
    wrong = crc if kind == "crc32c" else md5
    field, header = {"md5": "md5Hash"}.get(kind, kind), {"X-Goog-Hash": f"{kind}={wrong}"}
    if way == "media":
        answer = emulated.send("POST", f"/upload{_B}/o?uploadType=media&name=big", b"data", header)
    elif way == "multipart":
        body = b'--x\r\n\r\n{"name": "big", "%s": "%s"}\r\n--x\r\n\r\ndata\r\n--x--' % (field.encode(), wrong.encode())
        related = {"Content-Type": "multipart/related; boundary=x"}
        answer = emulated.send("POST", f"/upload{_B}/o?uploadType=multipart", body, related)
    elif way == "resumable":
        answer = _chunk(emulated, _begin(emulated, body={field: wrong}), "bytes 0-3/4", b"data")
    elif way == "resumable header":
        answer = _chunk(emulated, _begin(emulated, headers=header), "bytes 0-3/4", b"data")
    elif way == "finish header":
        answer = emulated.send("PUT", _begin(emulated), b"data", header, who=None)
    else:
        emulated.put("source", b"data")
        body_of_compose = {"sourceObjects": [{"name": "source"}], "destination": {field: wrong}}
        answer = emulated.send("POST", f"{_B}/o/big/compose", body_of_compose)

    assert answer.status == 400
    assert "doesn't match calculated" in answer.message
    assert emulated.content("big") is None


def test_every_checksum_that_is_declared_is_checked(emulated: Emulated) -> None:
    """A right one beside a wrong one helps nothing: in a header and a body, in one header or in two."""
    (crc, md5), (wrong_crc, wrong_md5) = _sums(b"data"), _sums(b"other")
    target = f"/upload{_B}/o?uploadType=media&name=big"
    pairs = [(crc, wrong_md5), (wrong_crc, md5)]
    answers = [emulated.send("POST", target, b"data", {"X-Goog-Hash": f"crc32c={one},md5={two}"}) for one, two in pairs]
    body = b'--x\r\n\r\n{"name": "big", "crc32c": "%s"}\r\n--x\r\n\r\ndata\r\n--x--' % crc.encode()
    headers = {"Content-Type": "multipart/related; boundary=x", "X-Goog-Hash": f"crc32c={wrong_crc}"}
    answers.append(emulated.send("POST", f"/upload{_B}/o?uploadType=multipart", body, headers))
    two = {"X-Goog-Hash": f"crc32c={wrong_crc}", "x-goog-hash": f"md5={md5}"}
    answers.append(emulated.send("POST", target, b"data", two))
    right = emulated.send("POST", target, b"data", {"X-Goog-Hash": f"crc32c={crc},md5={md5}"})

    assert [answer.status for answer in answers] == [400, 400, 400, 400]
    assert right.status == 200


def test_upload_whose_checksum_failed_is_over(emulated: Emulated) -> None:
    """Bytes that were taken stay taken, so an upload that ended wrong cannot end right."""
    target = _begin(emulated, body={"crc32c": _sums(b"data")[0]})
    wrong = _chunk(emulated, target, "bytes 0-3/4", b"DATA")
    again = _chunk(emulated, target, "bytes 0-3/4", b"data")

    assert (wrong.status, again.status) == (400, 404)
    assert emulated.names() == []


def test_checksum_of_another_kind_is_refused(emulated: Emulated) -> None:
    """One that cannot be checked is not taken for one that matches."""
    answer = emulated.send("POST", f"/upload{_B}/o?uploadType=media&name=big", b"data", {"X-Goog-Hash": "sha1=abc"})

    assert answer.status == 501


@pytest.mark.parametrize("checksum", ["crc32c", "md5"])
def test_client_checks_what_it_uploads(emulated: Emulated, checksum: str) -> None:
    """The checksums of the real client are those that the emulator finds, in one request and in chunks."""
    emulated.bucket().blob("whole").upload_from_string(b"data" * 100, checksum=checksum)
    chunked = emulated.bucket().blob("chunked", chunk_size=_K)
    chunked.upload_from_file(io.BytesIO(b"data" * 100_000), checksum=checksum)

    assert emulated.content("whole") == b"data" * 100
    assert emulated.content("chunked") == b"data" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"data",
        b'--x\r\n\r\n{"name": "big"}\r\n--x--',
        b'--x\r\n\r\n{"name": "big"}\r\n--x\r\n\r\ndata',
        b'--x\r\n\r\n{"name": "big"}\r\n--x\r\n\r\ndata\r\n--x',
        b'--x\r\n\r\n{"name": "big"}\r\n--x\r\n\r\ndata\r\n--x\r\n\r\nmore\r\n--x--',
        b'--x\r\n\r\n{"name": "big"}\r\n--x\r\n\r\n--x--',
        b'--x\r\n\r\n"big"\r\n--x\r\n\r\ndata\r\n--x--',
        b'--x\r\n\r\n{"name": \r\n--x\r\n\r\ndata\r\n--x--',
        b"--x\r\n\r\n{}\r\n--x\r\n\r\ndata\r\n--x--",
        b'--x\r\n{"name": "big"}\r\n--x\r\n\r\ndata\r\n--x--',
    ],
)
def test_malformed_multipart_is_refused(emulated: Emulated, body: bytes) -> None:
    """A body that is not a description and the bytes, exactly, is refused with 400 and stores nothing."""
    related = {"Content-Type": "multipart/related; boundary=x"}
    answer = emulated.send("POST", f"/upload{_B}/o?uploadType=multipart", body, related)

    assert answer.status == 400
    assert emulated.names() == []


def test_bytes_of_a_multipart_upload_are_kept_as_they_are(emulated: Emulated) -> None:
    """Line ends, and what looks like a boundary but is none, are content."""
    data = b"\r\n\r\n--\r\n--y\r\n\n--x\r\n\r\n"
    body = b'--x\r\n\r\n{"name": "big"}\r\n--x\r\nContent-Type: text/odd\r\n\r\n' + data + b"\r\n--x--\r\n"
    related = {"Content-Type": 'multipart/related; boundary="x"'}
    answer = emulated.send("POST", f"/upload{_B}/o?uploadType=multipart", body, related)

    assert answer.status == 200
    assert answer.json()["contentType"] == "text/odd"
    assert emulated.content("big") == data


@pytest.mark.parametrize("kind", ["", "form", "xml", "RESUMABLE"])
def test_upload_of_another_type_is_refused(emulated: Emulated, kind: str) -> None:
    """There are three."""
    answer = emulated.send("POST", f"/upload{_B}/o?name=big&uploadType={kind}", b"data")

    assert answer.status == 400
    assert emulated.names() == []


def test_client_that_declares_wrong_sums_is_told(emulated: Emulated) -> None:
    """The real client raises, and nothing is there."""
    blob = emulated.bucket().blob("big")
    blob.crc32c = _sums(b"other")[0]
    with pytest.raises((BadRequest, DataCorruption)):
        blob.upload_from_string(b"data", checksum=None, retry=None)

    assert emulated.names() == []

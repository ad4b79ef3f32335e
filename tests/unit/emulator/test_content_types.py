"""The type of an uploaded object is what its sender wrote, to the letter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.emulated import ALICE, BUCKET, Answer, Emulated, rights, running_emulated

_TYPES = (
    "text/plain",
    "text/plain; charset=utf-8",
    'text/plain;charset="utf-8"',
    "Application/X-Arrow",
    "a/b; c=d; e=f",
)


@pytest.fixture(name="emulated")
def _emulated() -> Iterator[Emulated]:
    with running_emulated(*rights(ALICE, "storage.objects.create", "storage.objects.get")) as emulated:
        yield emulated


def _upload(emulated: Emulated, headers: bytes) -> Answer:
    body = (
        b'--x\r\nContent-Type: application/json\r\n\r\n{"name": "a"}\r\n--x\r\n'
        + headers
        + b"\r\n\r\ndata\r\n--x--\r\n"
    )
    related = {"Content-Type": "multipart/related; boundary=x"}
    return emulated.send("POST", f"/upload/storage/v1/b/{BUCKET}/o?uploadType=multipart", body, related)


@pytest.mark.parametrize("kind", _TYPES)
def test_content_type_of_a_part_is_kept_to_the_letter(emulated: Emulated, kind: str) -> None:
    """Parameters are neither quoted nor moved: what is read back is what was sent."""
    sent = _upload(emulated, b"content-type: " + kind.encode())
    read = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/a?alt=media")

    assert sent.json()["contentType"] == kind
    assert read.headers["content-type"] == kind


def test_content_type_on_two_lines_is_one(emulated: Emulated) -> None:
    """A header may go on in the next line; no line end reaches what is stored."""
    assert _upload(emulated, b"Content-Type: a/b;\r\n c=d").json()["contentType"] == "a/b; c=d"


def test_header_that_is_not_ascii_is_refused(emulated: Emulated) -> None:
    """Nobody says in which encoding it is written."""
    answer = _upload(emulated, "Content-Type: café/x".encode())

    assert answer.status == 400
    assert emulated.names() == []

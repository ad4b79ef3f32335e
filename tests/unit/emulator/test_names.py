"""Names are decoded once: the name that a condition sees is the name that is read and written."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from google.api_core.exceptions import Forbidden

from tests.fakes.emulated import ALICE, BOB, BUCKET, Emulated, rights, running_emulated

_ALL = [f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")]
_B = f"/storage/v1/b/{BUCKET}"
_ODD = [
    "a b", " a", "a ", "a%b", "a%2Fb", "a%252Fb", "%", "%25", "a//b", "//a", "/a", "a/", "a?b", "a#b", "a+b", "a&b=c",
    "a;b", "a:b", "a@b", "a'b", 'a"b', "a\\b", "a|b", "a<b>", "a{b}", "a[b]", "a~b", "a*b", "a,b", "a=b", "$a", "...",
    "a/../b", "../a", "a/..", "./a", "a/./b", "a/.", "a\tb", "a\x7fb", "a\x00b", "b/demo/o/x", "a/compose", "a/acl",
    "a/rewriteTo/b/demo/o/c", "é", unicodedata.normalize("NFD", "é"), "日本語", "🦊", "\ufeffa", "ﬁ", "k" * 1024,
    "é" * 512,
]  # fmt: skip
_REFUSED = [".", "..", "a\nb", "a\rb", "k" * 1025, "é" * 513]


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulated]:
    """Give an emulator in which Alice may do everything, and Bob everything under `a/`."""
    with running_emulated(*rights(ALICE, *_ALL), *rights(BOB, *_ALL, under="a/")) as running:
        yield running


@pytest.mark.parametrize("name", _ODD, ids=lambda name: ascii(name)[:30])
def test_odd_name_goes_round(emulated: Emulated, name: str) -> None:
    """The real client writes, describes, reads, changes, copies, lists and deletes an object of any legal name."""
    bucket = emulated.bucket()
    blob = bucket.blob(name)
    blob.upload_from_string(b"data", if_generation_match=0)
    blob.metadata = {"seen": name}
    blob.patch()
    bucket.copy_blob(blob, bucket, "copied", if_generation_match=0)
    bucket.blob("composed").compose([blob])
    listed = [found.name for found in bucket.list_blobs(prefix=name)]
    stored = emulated.content(name)
    read = bucket.get_blob(name)

    assert stored == blob.download_as_bytes() == b"data"
    assert read.name == name
    assert read.metadata == {"seen": name}
    assert name in listed
    for each in (blob, bucket.blob("copied"), bucket.blob("composed")):
        each.delete()
    assert emulated.names() == []


@pytest.mark.parametrize("name", _ODD, ids=lambda name: ascii(name)[:30])
def test_condition_sees_the_name_that_is_written(emulated: Emulated, name: str) -> None:
    """Who may write under `a/` writes exactly the names that begin with it, whatever else they hold."""
    blob = emulated.bucket(BOB).blob(name)
    if name.startswith("a/"):
        blob.upload_from_string(b"data", if_generation_match=0)
        assert emulated.names() == [name]
        blob.delete()
    else:
        with pytest.raises(Forbidden, match=r"storage\.objects\.create"):
            blob.upload_from_string(b"data", retry=None)
    assert emulated.names() == []


@pytest.mark.parametrize("name", _REFUSED, ids=lambda name: ascii(name)[:30])
def test_name_that_is_none_is_refused(emulated: Emulated, name: str) -> None:
    """A dot or two, the end of a line and more than 1,024 bytes are refused with 400, by every route."""
    emulated.put("source")
    encoded = quote(name, safe="")
    compose = {"sourceObjects": [{"name": "source"}]}
    answers = [
        emulated.send("POST", f"/upload{_B}/o?uploadType=media&name={encoded}", b"data"),
        emulated.send("POST", f"/upload{_B}/o?uploadType=resumable", {"name": name}),
        emulated.send("POST", f"{_B}/o/{encoded}/compose", compose),
        emulated.send("POST", f"{_B}/o/source/copyTo/b/{BUCKET}/o/{encoded}"),
        emulated.send("POST", f"{_B}/o/source/rewriteTo/b/{BUCKET}/o/{encoded}"),
        emulated.send("GET", f"{_B}/o/{encoded}"),
        emulated.send("PATCH", f"{_B}/o/{encoded}", {}),
        emulated.send("DELETE", f"{_B}/o/{encoded}"),
    ]
    left = emulated.names()
    emulated.bucket().blob("source").delete()

    assert [answer.status for answer in answers] == [400] * 8, answers
    assert left == ["source"]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("a%25252Fb", "a%252Fb"),
        ("a+b", "a+b"),
        ("a%2Bb", "a+b"),
        ("a;b", "a;b"),
        ("a%3Bb", "a;b"),
        ("a%2F..%2Fb", "a/../b"),
        ("%61%62", "ab"),
        ("a%2fb", "a/b"),
        ("a%2Fb%2Fcompose", "a/b/compose"),
        ("%2E%2E%2Fa", "../a"),
        ("a%00b", "a\x00b"),
        ("%EF%BB%BFa", "\ufeffa"),
    ],
)
def test_path_is_decoded_once(emulated: Emulated, target: str, name: str) -> None:
    """What the path spells is what is created there, and nothing is decoded twice or resolved."""
    emulated.put("source")
    answer = emulated.send("POST", f"{_B}/o/source/copyTo/b/{BUCKET}/o/{target}")
    described = emulated.send("GET", f"{_B}/o/{target}")
    made = [one for one in emulated.names() if one != "source"]
    for one in emulated.names():
        emulated.bucket().blob(one).delete()

    assert answer.json()["name"] == described.json()["name"] == name
    assert made == [name]


def test_compose_is_not_an_object_of_that_name(emulated: Emulated) -> None:
    """`o/a%2Fb/compose` composes `a/b`; the object `a/b/compose` is another path."""
    emulated.put("source", b"data")
    answer = emulated.send("POST", f"{_B}/o/a%2Fb/compose", {"sourceObjects": [{"name": "source"}]})
    made = emulated.names()
    refused = emulated.send("POST", f"{_B}/o/a%2Fb%2Fcompose", {"sourceObjects": [{"name": "source"}]})
    left = emulated.names()
    for name in left:
        emulated.bucket().blob(name).delete()

    assert answer.json()["name"] == "a/b"
    assert made == left == ["a/b", "source"]
    assert refused.status == 501


@pytest.mark.parametrize("target", ["a%", "a%2", "a%zz", "%", "a%2F%", "%u0061"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_percent_sign_that_escapes_nothing_is_refused(emulated: Emulated, method: str, target: str) -> None:
    """One spelling has one meaning: what could be read as a name with or without an escape is no name."""
    answer = emulated.send(method, f"{_B}/o/{target}")

    assert answer.status == 400


@pytest.mark.parametrize("target", ["%FF", "a%C3", "%ED%A0%80", "%C0%AF", "a%80b"])
@pytest.mark.parametrize(
    ("method", "where"),
    [("GET", _B + "/o/{}"), ("DELETE", _B + "/o/{}"), ("POST", f"/upload{_B}/o?uploadType=media&name={{}}")],
)
def test_what_is_no_utf8_is_refused(emulated: Emulated, method: str, where: str, target: str) -> None:
    """A surrogate, an overlong form or half a character are no text: nothing is replaced or dropped."""
    answer = emulated.send(method, where.format(target), b"data" if method == "POST" else None)

    assert answer.status == 400
    assert emulated.names() == []


def test_surrogate_in_a_description_is_refused(emulated: Emulated) -> None:
    """JSON can spell a surrogate that stands alone; no name holds one."""
    answer = emulated.send("POST", f"/upload{_B}/o?uploadType=resumable", b'{"name": "a\\ud800"}')

    assert answer.status == 400


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", f"/upload{_B}/o?uploadType=resumable&name=a%2Fx", {"name": "b/x"}),
        ("POST", f"/upload{_B}/o?uploadType=resumable&name=a%2Fx", {"bucket": "other"}),
        ("PATCH", f"{_B}/o/a%2Fsource", {"name": "b/x"}),
        ("PUT", f"{_B}/o/a%2Fsource", {"name": "b/x"}),
        ("POST", f"{_B}/o/a%2Fsource/rewriteTo/b/{BUCKET}/o/a%2Fx", {"name": "b/x"}),
        ("POST", f"{_B}/o/a%2Fx/compose", {"sourceObjects": [{"name": "a/source"}], "destination": {"name": "b/x"}}),
    ],
)
def test_second_name_is_refused(emulated: Emulated, method: str, target: str, body: dict[str, object]) -> None:
    """A body that names another object than the path, or another bucket, is refused: only one of both was decided."""
    emulated.put("a/source")
    answer = emulated.send(method, target, body, who=BOB)
    left = emulated.names()
    emulated.bucket().blob("a/source").delete()

    assert answer.status == 400
    assert left == ["a/source"]


def test_the_name_of_a_multipart_upload_is_decided(emulated: Emulated) -> None:
    """Without a name in the path, the description's is the one that is authorised and written."""
    kind = {"Content-Type": "multipart/related; boundary=x"}
    target = f"/upload{_B}/o?uploadType=multipart"
    body = b'--x\r\n\r\n{"name": "%s"}\r\n--x\r\n\r\ndata\r\n--x--'
    refused = emulated.send("POST", target, body % b"b/x", kind, who=BOB)
    before = emulated.names()
    made = emulated.send("POST", target, body % b"a/x", kind, who=BOB)
    after = emulated.names()
    emulated.bucket().blob("a/x").delete()

    assert (refused.status, before) == (403, [])
    assert (made.status, after) == (200, ["a/x"])

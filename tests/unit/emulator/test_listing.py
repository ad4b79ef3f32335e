"""Listings: order, pages, folders and offsets, as the real client walks them and as raw pages show them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from arco.emulator.store import Attributes
from tests.fakes.emulated import ALICE, BUCKET, Emulated, rights, running_emulated

_NAMES = [
    "a", "a/", "a/1", "a/2", "a/b/1", "a/b/2", "a0", "b", "b//", "b//x", "b/x", "c d", "c%20d", "z", "é", "日", "🦊",
    "\ufffd",
]  # fmt: skip


@pytest.fixture(scope="module")
def emulated() -> Iterator[Emulated]:
    """Give an emulator with the names above."""
    with running_emulated(*rights(ALICE, "storage.objects.list")) as running:
        for name in _NAMES:
            running.put(name)
        yield running


def _page(emulated: Emulated, **query: object) -> dict[str, Any]:
    answer = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o?{urlencode(query)}")
    assert answer.status == 200, answer
    return answer.json()


def _walked(emulated: Emulated, **query: object) -> tuple[list[str], list[str], int]:
    """Walk all pages: the names, the folders, and how many pages it took."""
    names: list[str] = []
    folders: list[str] = []
    pages, token = 0, None
    while pages == 0 or token is not None:
        page = _page(emulated, **query, **({} if token is None else {"pageToken": token}))
        found = [item["name"] for item in page.get("items", [])], page.get("prefixes", [])
        assert pages == 0 or found != ([], []) or "nextPageToken" not in page
        names, folders = names + found[0], folders + found[1]
        pages, token = pages + 1, page.get("nextPageToken")
    return names, folders, pages


def test_order_is_that_of_utf8(emulated: Emulated) -> None:
    """Names come in the order of their bytes, which is not that of their letters or code units."""
    names, folders, _ = _walked(emulated)

    assert names == sorted(_NAMES, key=str.encode)
    assert names.index("\ufffd") < names.index("🦊")
    assert folders == []


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 17, 18, 1000])
def test_pages_hold_everything_once(emulated: Emulated, limit: int) -> None:
    """Whatever the size of a page, the pages together are the listing."""
    names, _, pages = _walked(emulated, maxResults=limit)

    assert names == sorted(_NAMES, key=str.encode)
    assert pages == -(-len(_NAMES) // limit)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("a", ["a", "a/", "a/1", "a/2", "a/b/1", "a/b/2", "a0"]),
        ("a/", ["a/", "a/1", "a/2", "a/b/1", "a/b/2"]),
        ("a/b", ["a/b/1", "a/b/2"]),
        ("b//", ["b//", "b//x"]),
        ("c%", ["c%20d"]),
        ("none", []),
        ("z", ["z"]),
    ],
)
def test_prefix_is_literal(emulated: Emulated, prefix: str, expected: list[str]) -> None:
    """A prefix is text: slashes, dots and percent signs mean nothing in it."""
    names, _, _ = _walked(emulated, prefix=prefix)

    assert names == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 1000])
@pytest.mark.parametrize(
    ("query", "names", "folders"),
    [
        ({}, ["a", "a0", "b", "c d", "c%20d", "z", "é", "日", "🦊", "\ufffd"], ["a/", "b/"]),
        ({"prefix": "a/"}, ["a/", "a/1", "a/2"], ["a/b/"]),
        ({"prefix": "a"}, ["a", "a0"], ["a/"]),
        ({"prefix": "a/b/"}, ["a/b/1", "a/b/2"], []),
        ({"prefix": "b/"}, ["b/x"], ["b//"]),
        ({"includeTrailingDelimiter": "true", "endOffset": "c"}, ["a", "a/", "a0", "b"], ["a/", "b/"]),
        ({"includeTrailingDelimiter": "true", "prefix": "b/"}, ["b//", "b/x"], ["b//"]),
        ({"startOffset": "a/b"}, ["a0", "b", "c d", "c%20d", "z", "é", "日", "🦊", "\ufffd"], ["a/", "b/"]),
    ],
)  # fmt: skip
def test_delimiter_folds_what_is_behind_it(
    emulated: Emulated, query: dict[str, str], names: list[str], folders: list[str], limit: int
) -> None:
    """Names with the delimiter behind the prefix stand as one folder, which no page tells a second time."""
    found, folded, _ = _walked(emulated, delimiter="/", maxResults=limit, **query)

    assert found == sorted(names, key=str.encode)
    assert folded == folders


def test_delimiter_may_be_any_text(emulated: Emulated) -> None:
    """It need not be a slash, nor one character."""
    found, folded, _ = _walked(emulated, prefix="a", delimiter="/b/")

    assert found == ["a", "a/", "a/1", "a/2", "a0"]
    assert folded == ["a/b/"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"startOffset": "a/b"}, slice(4, None)),
        ({"startOffset": "a/1"}, slice(2, None)),
        ({"endOffset": "a/1"}, slice(None, 2)),
        ({"startOffset": "a/1", "endOffset": "b"}, slice(2, 7)),
        ({"startOffset": "b", "endOffset": "a"}, slice(0, 0)),
        ({"startOffset": "", "endOffset": ""}, slice(None)),
        ({"startOffset": "é"}, slice(14, None)),
    ],
)
@pytest.mark.parametrize("limit", [2, 1000])
def test_offsets_bound_the_listing(emulated: Emulated, query: dict[str, str], expected: slice, limit: int) -> None:
    """The start is in it, the end is not; both need not be names, and are compared by bytes."""
    names, _, _ = _walked(emulated, maxResults=limit, **query)

    assert names == sorted(_NAMES, key=str.encode)[expected]


@pytest.mark.parametrize("query", [{"maxResults": "-1"}, {"maxResults": "x"}, {"pageToken": "é"}, {"pageToken": "a"},
                                   {"projection": "some"}, {"includeTrailingDelimiter": "perhaps"},
                                   {"prefix": "k" * 1025}, {"prefix": "a\nb"}])  # fmt: skip
def test_malformed_parameter_is_refused(emulated: Emulated, query: dict[str, str]) -> None:
    """What is no number, no token, no flag or no beginning of a name."""
    answer = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o?{urlencode(query)}")

    assert answer.status == 400


def test_client_walks_2500_objects() -> None:
    """The real client gets all of them, in order, in pages of at most 1,000."""
    names = sorted((f"n{number * 7919 % 2500:05}" for number in range(2500)), key=str.encode)
    with running_emulated(*rights(ALICE, "storage.objects.list")) as emulated:

        async def fill() -> None:
            for name in reversed(names):
                await emulated.emulator.desk.stores[BUCKET].write(name, b"", Attributes(), 0)

        emulated.run(fill())
        pages = [[blob.name for blob in page] for page in emulated.bucket().list_blobs(max_results=None).pages]

    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert [name for page in pages for name in page] == names


def test_client_folds_and_bounds(emulated: Emulated) -> None:
    """The real client's prefix, delimiter and offsets mean what the raw ones do."""
    listing = emulated.bucket().list_blobs(prefix="a", delimiter="/", include_trailing_delimiter=True)
    names = [blob.name for blob in listing]
    bounded = [blob.name for blob in emulated.bucket().list_blobs(start_offset="b", end_offset="c", page_size=1)]

    assert names == ["a", "a/", "a0"]
    assert listing.prefixes == {"a/"}
    assert bounded == ["b", "b//", "b//x", "b/x"]

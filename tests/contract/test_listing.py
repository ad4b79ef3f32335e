"""A listing is ordered by bytes, bounded in the request, and complete when it is walked to its end."""

from __future__ import annotations

import pytest

from arco.errors import InputError, UsageError
from arco.storage.bucket import Bucket
from tests.contract.asking import create, pages, written

# In the order of their bytes: U+E000 stands before U+10000 in UTF-8, and behind it in UTF-16.
ORDERED = (
    "A",
    "a",
    "a b",
    "a!",
    "a-",
    "a/",
    "a/b",
    "a/b/",
    "a/b/c",
    "a/bc",
    "a0",
    "aa",
    "b",
    "\u00e9",
    "\ue000",
    "\U00010000",
)


async def _fill(bucket: Bucket, names: tuple[str, ...]) -> None:
    for name in sorted(names, key=lambda name: name[::-1]):
        await create(bucket, name, b"")


def test_the_names_of_this_suite_are_in_order() -> None:
    """The table above is what it says, and Python's own order of text would not be enough for UTF-16."""
    assert list(ORDERED) == sorted(ORDERED, key=str.encode)


@pytest.mark.parametrize("limit", [1, 2, 5, len(ORDERED) - 1, len(ORDERED), len(ORDERED) + 1, 1000])
async def test_listing_is_ordered_and_complete(bucket: Bucket, limit: int) -> None:
    """Pages of any size give every name once, in the order of bytes, and none is longer than was asked."""
    await _fill(bucket, ORDERED)
    walked = await pages(bucket, "", limit)

    assert tuple(name for page in walked for name in page.names) == ORDERED
    assert max(len(page.names) for page in walked) <= limit


async def test_full_page_carries_a_cursor(bucket: Bucket) -> None:
    """A page with as many names as were asked for tells where the next begins, even if nothing follows."""
    await _fill(bucket, ("a", "b", "c"))

    assert (await bucket.list_page("", "", 2)).next_after == "b"
    assert (await bucket.list_page("", "", 3)).next_after == "c"
    assert (await bucket.list_page("", "c", 3)).names == ()
    assert (await bucket.list_page("", "c", 3)).next_after is None


async def test_cursor_is_exclusive(bucket: Bucket) -> None:
    """What is named as the start is not listed again; it need not exist."""
    await _fill(bucket, ("a", "b", "c"))

    assert (await bucket.list_page("", "a", 10)).names == ("b", "c")
    assert (await bucket.list_page("", "aa", 10)).names == ("b", "c")
    assert (await bucket.list_page("", "a\u0000", 10)).names == ("b", "c")
    assert (await bucket.list_page("", "c", 10)).names == ()


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", ("state", "state/", "state/1", "state/2", "state0", "statement", "\u00e9tat")),
        ("state", ("state", "state/", "state/1", "state/2", "state0", "statement")),
        ("state/", ("state/", "state/1", "state/2")),
        ("state/1", ("state/1",)),
        ("state/1/", ()),
        ("\u00e9", ("\u00e9tat",)),
        ("State", ()),
        ("tate", ()),
    ],
)
async def test_prefix_ends_where_it_ends(bucket: Bucket, prefix: str, expected: tuple[str, ...]) -> None:
    """A prefix is text and no folder: exactly the names that begin with it are listed."""
    await _fill(bucket, ("state", "state/", "state/1", "state/2", "state0", "statement", "\u00e9tat"))

    assert tuple(name for page in await pages(bucket, prefix, 2) for name in page.names) == expected


async def test_cursor_outside_the_prefix_is_only_a_place(bucket: Bucket) -> None:
    """A start before the prefix gives its first page, one behind it gives nothing."""
    await _fill(bucket, ("a/1", "b/1", "b/2", "c/1"))

    assert (await bucket.list_page("b/", "a/1", 10)).names == ("b/1", "b/2")
    assert (await bucket.list_page("b/", "b/", 10)).names == ("b/1", "b/2")
    assert (await bucket.list_page("b/", "b/1", 10)).names == ("b/2",)
    assert (await bucket.list_page("b/", "c/1", 10)).names == ()
    assert (await bucket.list_page("b/", "c/1", 10)).next_after is None


async def test_listing_follows_writes_and_deletes(bucket: Bucket) -> None:
    """A listing that starts after a write or a delete was answered sees it, and an overwrite adds nothing."""
    version = await create(bucket, "a")
    await create(bucket, "b")
    version = written(await bucket.put("a", b"again", version))

    assert (await bucket.list_page("", "", 10)).names == ("a", "b")
    written(await bucket.delete("a", version))
    assert (await bucket.list_page("", "", 10)).names == ("b",)
    await create(bucket, "a")
    assert (await bucket.list_page("", "", 10)).names == ("a", "b")


async def test_empty_bucket_lists_nothing(bucket: Bucket) -> None:
    """No objects, no names, no cursor."""
    page = await bucket.list_page("", "", 10)

    assert (page.names, page.next_after) == ((), None)


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_page_without_a_bound_is_a_mistake(bucket: Bucket, limit: int) -> None:
    """A page has from one to a thousand names: what Cloud Storage gives in one request."""
    with pytest.raises(UsageError):
        await bucket.list_page("", "", limit)


@pytest.mark.parametrize("text", ["\ud800", "a" * 1025, "a\nb", "a\rb"])
async def test_listing_by_what_is_no_name_is_refused(bucket: Bucket, text: str) -> None:
    """What no name can begin with is no prefix, and no place to start."""
    with pytest.raises(InputError):
        await bucket.list_page(text, "", 10)
    with pytest.raises(InputError):
        await bucket.list_page("", text, 10)

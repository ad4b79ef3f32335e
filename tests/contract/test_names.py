"""Every legal name is an object of its own, however odd; every other is refused before anything is sent."""

from __future__ import annotations

import pytest

from arco.errors import InputError
from arco.storage.bucket import ABSENT, Bucket, Version
from tests.contract.asking import create, described, found, written

ODD = (
    " ",
    " a b ",
    "%",
    "%2F",
    "%252F",
    "a%00b",
    "/",
    "//",
    "/a",
    "a//b",
    "a/",
    "a/./b",
    "a/../b",
    "./a",
    "../a",
    "...",
    "a/.",
    "a/..",
    ".hidden",
    "?",
    "a?generation=1",
    "#",
    "a#b",
    "*",
    "[a]",
    "a+b",
    "a&b=c",
    "a:b",
    "a;b",
    "a\\b",
    "a'b\"c`d",
    "~",
    "$HOME",
    "a\tb",
    "a\u0001b",
    "a\u007fb",
    "CON",
    "\u00e9",
    "e\u0301",
    "\u65e5\u672c\u8a9e/\u8868.parquet",
    "\U0001f980",
    "\u200b",
    "\u2028",
    "\ufeffa",
    "\uffff",
    "o",
    "b/o/a",
    "a" * 1024,
    "\u00e9" * 512,
    "/".join(["ab"] * 341) + "/",
)
ILLEGAL = ("", ".", "..", "a\nb", "a\rb", "\n", "\ud800", "a\udfffb", "a" * 1025, "\u00e9" * 512 + "a")


@pytest.mark.parametrize("name", ODD, ids=ascii)
async def test_odd_name_goes_through_every_verb(bucket: Bucket, name: str) -> None:
    """The name is created, read, described, listed, swapped and deleted as any other."""
    first = await create(bucket, name, b"0123")

    assert (await found(bucket, name)).data == b"0123"
    assert await bucket.get_range(name, 1, 3) == b"12"
    assert (await described(bucket, name)).size == 4
    assert (await bucket.list_page(name, "", 2)).names == (name,)
    assert (await bucket.list_page("", "", 2)).names == (name,)
    second = written(await bucket.put(name, b"new", first))
    written(await bucket.delete(name, second))
    assert await bucket.get(name) is ABSENT


async def test_odd_names_are_objects_of_their_own(bucket: Bucket) -> None:
    """No two names meet: neither by normal forms, case, encoding nor slashes; `a` stands beside `a/b`."""
    names = {*ODD, "a", "A", "a/b", "a/b/c", "\u00c9", "%2f", "tenant%3Dacme", "tenant=acme"}
    for name in names:
        await create(bucket, name, name.encode())

    for name in names:
        assert (await found(bucket, name)).data == name.encode()
    assert (await bucket.list_page("", "", 1000)).names == tuple(sorted(names, key=str.encode))


@pytest.mark.parametrize("name", ILLEGAL, ids=lambda name: ascii(name)[:20])
async def test_illegal_name_is_refused_by_every_verb(bucket: Bucket, name: str) -> None:
    """What Cloud Storage would not take is an error of the input, and leaves nothing behind."""
    with pytest.raises(InputError):
        await bucket.get(name)
    with pytest.raises(InputError):
        await bucket.get_range(name, 0, 1)
    with pytest.raises(InputError):
        await bucket.head(name)
    with pytest.raises(InputError):
        await bucket.put(name, b"data", ABSENT)
    with pytest.raises(InputError):
        await bucket.put(name, b"data", Version("1"))
    with pytest.raises(InputError):
        await bucket.delete(name, Version("1"))
    assert (await bucket.list_page("", "", 10)).names == ()

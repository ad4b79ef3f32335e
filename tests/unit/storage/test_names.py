"""Names, pages and ranges are checked before anything is sent; an error names the argument."""

from __future__ import annotations

import pytest

from arco.errors import InputError, UsageError
from arco.storage.names import check_name, check_page, check_range


@pytest.mark.parametrize("name", ["a", "a" * 1024, "\u00e9" * 512, "...", "a/../b", " "])
def test_legal_name_gives_its_bytes(name: str) -> None:
    """A name that passes is given back as the bytes by which it is ordered."""
    assert check_name(name) == name.encode()


@pytest.mark.parametrize("name", ["", ".", "..", "a\n", "\ra", "\ud800", "a" * 1025, "\u00e9" * 513])
def test_illegal_name_is_named(name: str) -> None:
    """What is refused is an input called `name`."""
    with pytest.raises(InputError) as caught:
        check_name(name)

    assert caught.value.source == "name"


@pytest.mark.parametrize(("prefix", "after", "source"), [("\n", "", "prefix"), ("", "\ud800", "start_after")])
def test_illegal_page_is_named(prefix: str, after: str, source: str) -> None:
    """Of a page, it is said which of the two texts is wrong."""
    with pytest.raises(InputError) as caught:
        check_page(prefix, after, 1)

    assert caught.value.source == source


def test_dots_can_begin_a_name() -> None:
    """What is no name may be the beginning of one."""
    assert check_page(".", "..", 1000) == (b".", b"..")


@pytest.mark.parametrize("limit", [-1, 0, 1001])
def test_page_is_bounded(limit: int) -> None:
    """A page has from 1 to 1,000 names."""
    with pytest.raises(UsageError):
        check_page("", "", limit)


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (1, 0), (-2, -1)])
def test_range_runs_forward(start: int, end: int) -> None:
    """A range begins in the object and does not end before it begins."""
    with pytest.raises(UsageError):
        check_range(start, end)

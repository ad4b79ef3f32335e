"""Documents: one canonical form, and nothing guessed when they are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arco.documents import DOCUMENT_BYTES_MAX, WHOLE_MAX, Document, Json, parse_document, render_document, utc_text
from arco.errors import InputError

_WHOLE = st.integers(-WHOLE_MAX, WHOLE_MAX)
_TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | _WHOLE | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)
LETTERS = re.compile("[a-z]+")

# RFC 8785, section 3.2: what is escaped and how, which letters stay, and that names are sorted by UTF-16 code units.
CANONICAL: list[tuple[dict[str, Json], str]] = [
    ({}, "{}"),
    ({"b": 1, "a": 2, "B": 3}, '{"B":3,"a":2,"b":1}'),
    ({"a": [True, False, None, -0, WHOLE_MAX]}, '{"a":[true,false,null,0,9007199254740991]}'),
    ({"\u20ac": 1, "\r": 2, "1": 3, "\x80": 4, "\xf6": 5}, '{"\\r":2,"1":3,"\x80":4,"\xf6":5,"\u20ac":1}'),
    # U+1F600 is two code units from D83D on, before U+FB33, though its code point is above.
    ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'),
    ({"a": '"\\/\b\f\n\r\t\x0f\x7f\u2028'}, '{"a":"\\"\\\\/\\b\\f\\n\\r\\t\\u000f\x7f\u2028"}'),
]

# Each is no document, and the words that say why.
REFUSED: list[tuple[bytes, str]] = [
    (b"", "not a JSON document"),
    (b"{", "not a JSON document"),
    (b"{} {}", "not a JSON document"),
    (b"\xef\xbb\xbf{}", "not a JSON document"),
    (b'{"a":"\xff"}', "not a JSON document"),
    (b'{"a":"\xed\xa0\x80"}', "not a JSON document"),
    (b'{"a":"\\ud800"}', "surrogates not allowed"),
    (b'{"\\uDFFF":1}', "surrogates not allowed"),
    (b'{"a":{"b":1,"b":1}}', "stands twice"),
    (b'{"a":1,"\\u0061":1}', "stands twice"),
    (b'{"a":NaN}', "not a whole number"),
    (b'{"a":-Infinity}', "not a whole number"),
    (b'{"a":1.0}', "not a whole number"),
    (b'{"a":1e2}', "not a whole number"),
    (b'{"a":9007199254740992}', "not a whole number"),
    (b'{"a":-9007199254740992}', "not a whole number"),
    (b'{"a":' + b"9" * 5000 + b"}", "not a JSON document"),
    (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not a JSON document"),
    (b"[]", "not a JSON object"),
    (b"null", "not a JSON object"),
    (b'"text"', "not a JSON object"),
]

# Each way to take the field `a` from a document in which it is something else, and what is said of it.
WRONG: list[tuple[Json, Callable[[Document], object], str]] = [
    ("1", lambda document: document.whole("a"), "whole number"),
    (True, lambda document: document.whole("a"), "whole number"),
    (None, lambda document: document.whole("a"), "whole number"),
    (-1, lambda document: document.whole("a"), "from 0 to"),
    (4, lambda document: document.whole("a", 5), "from 5 to"),
    (7, lambda document: document.whole("a", 0, 6), "from 0 to 6"),
    (1, lambda document: document.text("a", LETTERS), "must be a text"),
    ("abc1", lambda document: document.text("a", LETTERS), "matches [a-z]+"),
    ("1abc", lambda document: document.text("a", LETTERS), "matches [a-z]+"),
    ("abc\n", lambda document: document.text("a", LETTERS), "matches [a-z]+"),
    (False, lambda document: document.text_or_none("a", LETTERS), "must be a text"),
    (1, lambda document: document.flag("a"), "true or false"),
    (None, lambda document: document.flag("a"), "true or false"),
    (True, lambda document: document.exactly("a", 1), "must be 1"),
    (2, lambda document: document.exactly("a", 1), "must be 1"),
    ("x", lambda document: document.exactly("a", "y"), "must be 'y'"),
    ([], lambda document: document.inner("a"), "must be an object"),
    (None, lambda document: document.inner("a"), "must be an object"),
    ("x", lambda document: document.inner_or_none("a"), "must be an object"),
    ({}, lambda document: document.inner_list("a"), "must be a list"),
    ([{}, 1], lambda document: document.inner_list("a"), "must be an object field=a[1]"),
]


@pytest.mark.parametrize(("value", "text"), CANONICAL)
def test_canonical_form_is_that_of_the_rfc(value: dict[str, Json], text: str) -> None:
    """Equal values have one spelling, on every machine and in every language."""
    assert render_document(value) == text.encode()


@pytest.mark.parametrize("value", [{"a": "\ud800"}, {"a": WHOLE_MAX + 1}, {"a": -WHOLE_MAX - 1}])
def test_what_has_no_canonical_form_is_not_written(value: dict[str, Json]) -> None:
    """What another reader would read as something else is refused before it is stored."""
    with pytest.raises(InputError, match="cannot be written"):
        render_document(value)


@given(st.dictionaries(_TEXT, JSON, max_size=5))
def test_what_was_written_is_read_back(value: dict[str, Json]) -> None:
    """Reading gives the value, and writing it again the very bytes."""
    data = render_document(value)
    read = parse_document(data, "there").rest()

    assert read == value
    assert render_document(read) == data


@given(st.dictionaries(_TEXT, JSON, max_size=5), st.booleans())
def test_any_spelling_of_a_value_is_read(value: dict[str, Json], ascii_only: bool) -> None:  # noqa: FBT001 drawn
    """What somebody wrote with other blanks, escapes and order is the same value."""
    data = json.dumps(value, ensure_ascii=ascii_only, indent=1).encode()

    assert parse_document(data, "there").rest() == value


@pytest.mark.parametrize(("data", "reason"), REFUSED)
def test_what_could_be_read_in_two_ways_is_refused(data: bytes, reason: str) -> None:
    """Whatever two readers could take for different documents is none, and the error names where it stood."""
    with pytest.raises(InputError, match=re.escape(reason)) as caught:
        parse_document(data, "where/it.stood")

    assert caught.value.source == "where/it.stood"


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    """Garbage is an error that names its place, whatever it is."""
    try:
        read = parse_document(data, "there").rest()
    except InputError as error:
        read = {"refused": error.source}

    assert render_document(read)


@pytest.mark.parametrize(("value", "take", "reason"), WRONG)
def test_a_wrong_field_is_named(value: Json, take: Callable[[Document], object], reason: str) -> None:
    """A field of the wrong type or out of bounds is refused by its name."""
    with pytest.raises(InputError, match=re.escape(reason)) as caught:
        take(Document({"a": value}, "there"))

    assert "field=a" in caught.value.message


TAKES: list[Callable[[Document], object]] = [
    lambda document: document.whole("a"),
    lambda document: document.text("a", LETTERS),
    lambda document: document.text_or_none("a", LETTERS),
    lambda document: document.flag("a"),
    lambda document: document.exactly("a", 1),
    lambda document: document.inner("a"),
    lambda document: document.inner_or_none("a"),
    lambda document: document.inner_list("a"),
]


@pytest.mark.parametrize("take", TAKES)
def test_a_missing_field_is_named(take: Callable[[Document], object]) -> None:
    """Absence is not null, not zero and not empty."""
    with pytest.raises(InputError, match="a field is missing field=a"):
        take(Document({"b": 1}, "there"))


def test_null_is_none_where_it_may_be() -> None:
    """A field that may be null is told from a missing one."""
    document = Document({"a": None, "b": None, "c": "x"}, "there")

    assert document.text_or_none("a", LETTERS) is None
    assert document.inner_or_none("b") is None
    assert document.text_or_none("c", LETTERS) == "x"
    document.end()


def test_a_field_that_nobody_took_is_refused() -> None:
    """A field of a later format is not passed over in silence."""
    document = Document({"a": 1, "later": 2}, "there")
    document.whole("a")

    with pytest.raises(InputError, match="unknown fields fields=later"):
        document.end()


def test_a_field_is_taken_once() -> None:
    """What was taken is gone, so that the same field cannot stand for two things."""
    document = Document({"a": 1}, "there")
    document.whole("a")

    with pytest.raises(InputError, match="missing field=a"):
        document.whole("a")


def test_an_inner_document_says_where_it_stood() -> None:
    """An error deep inside names the way to it."""
    outer = parse_document(b'{"a":[{"b":{"c":-1}}]}', "there")
    inner = outer.inner_list("a")[0].inner("b")

    with pytest.raises(InputError) as caught:
        inner.whole("c")

    assert caught.value.source == "there: a[0]: b"


def test_names_are_told_in_order() -> None:
    """Whoever takes every field of an object sees them sorted."""
    assert Document({"b": 1, "a": 2}, "there").names() == ("a", "b")


def test_a_document_does_not_change_what_it_was_made_of() -> None:
    """Taking fields leaves the caller's own object as it was."""
    fields: dict[str, Json] = {"a": 1}
    Document(fields, "there").whole("a")

    assert fields == {"a": 1}


def test_times_for_people_are_in_utc_to_the_second() -> None:
    """A time reads the same wherever it is written."""
    assert utc_text(1_780_000_000.999) == "2026-05-28T20:26:40Z"


@pytest.mark.parametrize(
    ("wall_seconds", "text"),
    [
        (-5e10, "1970-01-01T00:00:00Z"),
        (-1.0, "1970-01-01T00:00:00Z"),
        (253_402_300_799.5, "9999-12-31T23:59:59Z"),
        (3e11, "9999-12-31T23:59:59Z"),
    ],
)
def test_times_beyond_all_years_are_told_as_the_nearest(wall_seconds: float, text: str) -> None:
    """A clock that is wrong beyond measure is no error: nothing hangs on what people are told."""
    assert utc_text(wall_seconds) == text


@pytest.mark.parametrize("bytes_max", [2, 100])
def test_a_document_that_is_too_long_is_refused(bytes_max: int) -> None:
    """Its bytes are counted before anything is made of them, and as many as allowed are read."""
    assert not parse_document(b"{}".ljust(bytes_max), "there", bytes_max=bytes_max).rest()
    with pytest.raises(InputError, match=f"longer than {bytes_max} bytes") as caught:
        parse_document(b"[" * (bytes_max + 1), "there", bytes_max=bytes_max)

    assert caught.value.source == "there"


def test_a_document_has_a_length_that_memory_bears() -> None:
    """Unless a reader says less, 16 MiB is all that is read."""
    with pytest.raises(InputError, match="longer than 16777216 bytes"):
        parse_document(b"{}".ljust(DOCUMENT_BYTES_MAX + 1), "there")

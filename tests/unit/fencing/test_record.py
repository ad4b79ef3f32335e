"""A lease record is read as it was written, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from arco.errors import InputError
from arco.fencing.record import LockRecord, parse_or_none
from arco.layout import Domain
from tests.fakes.contenders import DOMAIN, holder, theirs

HASH = "c" * 64


def _fields() -> dict[str, object]:
    found: dict[str, object] = json.loads(replace(theirs(), secret_sha256=HASH).render())
    return found


def test_record_has_these_fields() -> None:
    """The stored form is the one that the protocol gives, and holds no secret but its hash."""
    assert _fields() == {
        "format": 1,
        "domain": "catalog",
        "holder_id": "they000000000000",
        "sequence": 7,
        "renewal_counter": 3,
        "ttl_ms": 30000,
        "released": False,
        "operation": "commit",
        "requested_by": None,
        "secret_sha256": HASH,
        "expires_at": "2026-05-28T20:27:10Z",
    }


@pytest.mark.parametrize("requested_by", [None, holder("x")])
@pytest.mark.parametrize("released", [True, False])
def test_record_is_read_as_it_was_written(requested_by: str | None, *, released: bool) -> None:
    """Writing and reading give the same record."""
    record = replace(theirs(), requested_by=requested_by, released=released)

    assert LockRecord.parse(record.render(), DOMAIN) == record


DAMAGE = {
    "format": (2, "1", True, None),
    "domain": ("lineage", "", None),
    "holder_id": ("short", "x" * 33, "UPPER00000000000", 1, None),
    "sequence": (-1, "7", True, 7.5, 2**53, None),
    "renewal_counter": (-1, "3", True, None),
    "ttl_ms": (0, 600_001, "30000", None),
    "released": (0, "false", None),
    "operation": ("", "Commit", "x" * 64, None),
    "requested_by": ("short", 1, False),
    "secret_sha256": ("c" * 63, "C" * 64, None),
    "expires_at": ("soon", 0, None),
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in DAMAGE.items() for value in values])
def test_field_out_of_bounds_is_no_record(field: str, value: object) -> None:
    """A value that no holder writes makes the whole record damaged, and the error names the field."""
    data = json.dumps(_fields() | {field: value}).encode()

    assert parse_or_none(data, DOMAIN) is None
    with pytest.raises(InputError, match=field if value not in {7.5, 2**53} else "not a whole number"):
        LockRecord.parse(data, DOMAIN)


@pytest.mark.parametrize("field", sorted(DAMAGE))
def test_record_without_a_field_is_none(field: str) -> None:
    """No field is optional: one that is missing makes the record damaged."""
    left = {name: value for name, value in _fields().items() if name != field}

    assert parse_or_none(json.dumps(left).encode(), DOMAIN) is None


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"format":1', b"null"])
def test_bytes_that_are_no_document_are_no_record(data: bytes) -> None:
    """Whatever stands there, reading it raises nothing but InputError."""
    assert parse_or_none(data, DOMAIN) is None


def test_record_that_is_too_long_is_none() -> None:
    """Nobody writes a lock of more than 64 KiB: it is damaged, however well-formed, and is not even taken apart."""
    longest = theirs().render().ljust(64 * 1024)

    assert parse_or_none(longest, DOMAIN) == theirs()
    assert parse_or_none(longest + b" ", DOMAIN) is None


def test_further_field_is_no_record() -> None:
    """A field that this version does not know could change what the others mean."""
    assert parse_or_none(json.dumps(_fields() | {"deadline": 1}).encode(), DOMAIN) is None


def test_record_of_another_domain_is_none() -> None:
    """A record that was copied from another domain's lock holds nothing here."""
    assert parse_or_none(theirs().render(), Domain.LINEAGE) is None


@pytest.mark.parametrize(
    "record",
    [
        replace(theirs(), sequence=-1),
        replace(theirs(), sequence=2**53),
        replace(theirs(), operation="two words"),
        replace(theirs(), ttl_ms=0),
    ],
)
def test_record_that_could_not_be_read_is_not_written(record: LockRecord) -> None:
    """Whoever wrote a damaged record would lock everybody out for a TTL."""
    with pytest.raises(InputError):
        record.render()


@pytest.mark.parametrize(
    "other",
    [
        replace(theirs(), holder_id=holder("x")),
        replace(theirs(), sequence=8),
        replace(theirs(), secret_sha256=HASH),
        replace(theirs(), released=True),
    ],
    ids=["holder", "sequence", "secret", "released"],
)
def test_another_acquisition_is_not_the_same(other: LockRecord) -> None:
    """Holder, sequence, secret and release each tell two acquisitions apart, in both directions."""
    assert not other.held_as(theirs())
    assert not theirs().held_as(other)


def test_released_record_is_held_by_nobody() -> None:
    """Two equal records that were released are no held lease."""
    released = replace(theirs(), released=True)

    assert not released.held_as(released)


@pytest.mark.parametrize(
    "other",
    [replace(theirs(), renewal_counter=9), replace(theirs(), requested_by=holder("x")), theirs()],
    ids=["renewal", "request", "same"],
)
def test_renewal_and_request_leave_the_acquisition(other: LockRecord) -> None:
    """A renewal and a waiting replica's request do not end a lease."""
    assert other.held_as(theirs())


def test_renewal_counts_and_changes_nothing_else() -> None:
    """The next renewal's record has one more on its counter."""
    asked = replace(theirs(), requested_by=holder("x"))
    expected = replace(asked, renewal_counter=4, expires_at="2026-05-28T20:28:00Z")

    assert asked.renewed(expires_at="2026-05-28T20:28:00Z") == expected


def test_ttl_is_told_in_seconds() -> None:
    """Milliseconds are stored, seconds are counted."""
    assert replace(theirs(), ttl_ms=1500).ttl_seconds == 1.5

"""A record's age is a difference of the backend's own times, or this process has watched it for long enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arco.fencing.expiry import Observations, Sighting, age_seconds
from arco.fencing.record import LockRecord
from arco.layout import Domain
from arco.storage.bucket import Stored, Version
from tests.fakes.contenders import DOMAIN, holder, theirs

SECONDS = 32.0


def _seen(
    sent_at: float,
    answered_at: float | None = None,
    *,
    record: LockRecord | None = None,
    version: str = "1",
    times: tuple[int | None, int | None] = (None, None),
) -> Sighting:
    stored = Stored(b"x", Version(version), *times)
    return Sighting(stored, record, sent_at, sent_at if answered_at is None else answered_at)


@pytest.mark.parametrize(
    ("updated", "server_time", "age"),
    [(1000, 1033, 33), (1000, 1000, 0), (1000, 990, -10), (None, 1033, None), (1000, None, None), (None, None, None)],
)
def test_age_is_told_by_the_backend_alone(updated: int | None, server_time: int | None, age: int | None) -> None:
    """Both times are the backend's, and without one of them there is no age."""
    assert age_seconds(Stored(b"x", Version("1"), updated, server_time)) == age


@pytest.mark.parametrize(("age", "older"), [(31, False), (32, False), (33, True)])
def test_age_must_be_more_than_asked(*, age: int, older: bool) -> None:
    """An age that is told in whole seconds may be nearly one less: only more than asked is enough."""
    sighting = _seen(0.0, record=theirs(), times=(1000, 1000 + age))

    assert Observations().older_than(DOMAIN, sighting, SECONDS) is older


@pytest.mark.parametrize("times", [(1000, 1001), (1000, 990), (None, None)], ids=["young", "set back", "untold"])
@pytest.mark.parametrize(("sent_at", "older"), [(32.0, False), (32.001, True)])
def test_what_was_watched_suffices(times: tuple[int | None, int | None], *, sent_at: float, older: bool) -> None:
    """A face that has not changed for longer than asked is old, whatever a backend whose clock was set back tells."""
    watched = Observations()
    watched.older_than(DOMAIN, _seen(0.0, record=theirs(), times=times), SECONDS)

    assert watched.older_than(DOMAIN, _seen(sent_at, record=theirs(), times=times), SECONDS) is older


def test_told_age_suffices() -> None:
    """Whoever has just come takes the backend's word, and need not watch."""
    assert Observations().older_than(DOMAIN, _seen(0.0, record=theirs(), times=(1000, 1033)), SECONDS)


@pytest.mark.parametrize("record", [theirs(), None], ids=["record", "damaged"])
@pytest.mark.parametrize(("sent_at", "older"), [(42.0, False), (42.001, True)])
def test_watching_goes_from_answer_to_sending(record: LockRecord | None, *, sent_at: float, older: bool) -> None:
    """What was first seen in an answer at 10 has been seen for over 32 s by a request sent after 42."""
    watched = Observations()
    watched.older_than(DOMAIN, _seen(0.0, 10.0, record=record), SECONDS)

    assert watched.older_than(DOMAIN, _seen(sent_at, 999.0, record=record), SECONDS) is older


def test_first_sight_tells_nothing() -> None:
    """Whoever has just come knows no age, whatever its monotonic clock shows."""
    assert not Observations().older_than(DOMAIN, _seen(1e9, record=theirs()), SECONDS)


@pytest.mark.parametrize(
    "changed",
    [
        replace(theirs(), holder_id=holder("x")),
        replace(theirs(), secret_sha256="c" * 64),
        replace(theirs(), sequence=8),
        replace(theirs(), renewal_counter=4),
        replace(theirs(), released=True),
    ],
    ids=["holder", "secret", "sequence", "counter", "released"],
)
def test_sign_of_life_begins_the_watch_anew(changed: LockRecord) -> None:
    """Another holder, secret, sequence, counter or release is news, and what was watched before does not count."""
    watched = Observations()
    watched.older_than(DOMAIN, _seen(0.0, record=theirs()), SECONDS)

    assert not watched.older_than(DOMAIN, _seen(100.0, record=changed), SECONDS)
    assert not watched.older_than(DOMAIN, _seen(132.0, record=changed), SECONDS)
    assert watched.older_than(DOMAIN, _seen(133.0, record=changed), SECONDS)


def test_request_is_no_sign_of_life() -> None:
    """A waiting replica's request changes the object, and keeps no dead holder alive."""
    watched = Observations()
    watched.older_than(DOMAIN, _seen(0.0, record=theirs()), SECONDS)
    asked = _seen(33.0, record=replace(theirs(), requested_by=holder("x")), version="2")

    assert watched.older_than(DOMAIN, asked, SECONDS)


def test_damaged_record_is_known_by_its_version() -> None:
    """Where nothing can be read, any write is news."""
    watched = Observations()
    watched.older_than(DOMAIN, _seen(0.0), SECONDS)

    assert not watched.older_than(DOMAIN, _seen(33.0, version="2"), SECONDS)


def test_domains_are_watched_apart() -> None:
    """What was seen of one domain's record says nothing of another's."""
    watched = Observations()
    watched.older_than(DOMAIN, _seen(0.0, record=theirs()), SECONDS)

    assert not watched.older_than(Domain.SEARCH, _seen(33.0, record=theirs()), SECONDS)

"""Failures on purpose: what the client sees, and what has happened all the same."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import RemoteDisconnected

import pytest
from google.api_core.exceptions import ServiceUnavailable, TooManyRequests

from arco.emulator.faults import Fault
from tests.fakes.emulated import ALICE as _ALICE
from tests.fakes.emulated import BUCKET, Emulated, rights, running_emulated
from tests.fakes.manual_clock import ManualClock

_INSERT = "storage.objects.insert"
_UPLOAD = f"/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name="


@pytest.fixture
def clock() -> ManualClock:
    """Give the clock of the emulator."""
    return ManualClock()


@pytest.fixture
def emulated(clock: ManualClock) -> Iterator[Emulated]:
    """Give an emulator in which Alice may create and read."""
    with running_emulated(*rights(_ALICE, "storage.objects.create", "storage.objects.get"), clock=clock) as running:
        yield running


@pytest.mark.parametrize(("status", "error"), [(503, ServiceUnavailable), (429, TooManyRequests)])
def test_status_is_answered_and_nothing_is_done(emulated: Emulated, status: int, error: type[Exception]) -> None:
    """Once; the next request is served."""
    emulated.emulator.faults.plan(Fault(status=status), operation=_INSERT)
    with pytest.raises(error):
        emulated.bucket().blob("a").upload_from_string(b"1", retry=None)
    untouched = emulated.names()
    emulated.bucket().blob("a").upload_from_string(b"1", retry=None)

    assert (untouched, emulated.names()) == ([], ["a"])


def test_real_client_tries_again(emulated: Emulated) -> None:
    """Faults are spent one a request, so a retry gets through."""
    emulated.put("a")
    emulated.emulator.faults.plan(Fault(status=503), operation="storage.objects.get", times=2)

    assert emulated.bucket().blob("a").download_as_bytes() == b"content"


def test_lost_answer_is_to_something_that_was_done(emulated: Emulated) -> None:
    """The connection ends, and the object is there."""
    emulated.emulator.faults.plan(Fault(lost=True), operation=_INSERT)
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        emulated.send("POST", f"{_UPLOAD}a", b"1")

    assert emulated.content("a") == b"1"


def test_lost_answer_does_no_more_than_may_be_done(emulated: Emulated) -> None:
    """A fault grants nothing."""
    emulated.emulator.faults.plan(Fault(lost=True), operation="storage.objects.delete")
    emulated.put("a")
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        emulated.send("DELETE", f"/storage/v1/b/{BUCKET}/o/a")

    assert emulated.names() == ["a"]


def test_delay_passes_before_anything_is_done(emulated: Emulated, clock: ManualClock) -> None:
    """By the emulator's own clock."""
    emulated.emulator.faults.plan(Fault(delay_seconds=2.5))
    answer = emulated.send("POST", f"{_UPLOAD}a", b"1")

    assert answer.status == 200
    assert 2.5 in clock.slept


def test_body_drips(emulated: Emulated, clock: ManualClock) -> None:
    """In quarters, and whole at the end."""
    emulated.put("a", b"0123456789")
    emulated.emulator.faults.plan(Fault(drip_seconds=1.5))
    answer = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/a?alt=media")

    assert (answer.body, answer.headers["content-length"]) == (b"0123456789", "10")
    assert clock.slept.count(1.5) == 4


def test_faults_are_for_their_method(emulated: Emulated) -> None:
    """Others are served; without a method, the next one is taken."""
    emulated.put("a")
    emulated.emulator.faults.plan(Fault(status=500), operation=_INSERT)
    read = emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/a").status
    written = emulated.send("POST", f"{_UPLOAD}b", b"1").status
    emulated.emulator.faults.plan(Fault(status=500))

    assert (read, written) == (200, 500)
    assert emulated.send("GET", f"/storage/v1/b/{BUCKET}/o/a").status == 500

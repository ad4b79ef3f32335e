"""Each status means one error, named by what the caller does next, whatever stands in the text."""

from __future__ import annotations

import socket

import pytest

from arco.errors import (
    AccessDeniedError,
    ArcoError,
    InputError,
    OutcomeUnknownError,
    UnavailableError,
    UsageError,
)
from arco.storage.bucket import ABSENT, Refused, Version
from arco.storage.gcs import GcsBucket, Limits
from tests.fakes.gcs_server import Fault, Operation
from tests.unit.storage.gcs.site import NAME, Site

ONCE = Limits(read_tries=1)
STATUSES: tuple[tuple[int, type[ArcoError], type[ArcoError]], ...] = (
    (302, UnavailableError, OutcomeUnknownError),
    (400, InputError, InputError),
    (401, AccessDeniedError, AccessDeniedError),
    (403, AccessDeniedError, AccessDeniedError),
    (405, UsageError, UsageError),
    (408, UnavailableError, OutcomeUnknownError),
    (409, UnavailableError, OutcomeUnknownError),
    (410, UnavailableError, OutcomeUnknownError),
    (413, UsageError, UsageError),
    (429, UnavailableError, OutcomeUnknownError),
    (500, UnavailableError, OutcomeUnknownError),
    (501, UnavailableError, OutcomeUnknownError),
    (502, UnavailableError, OutcomeUnknownError),
    (503, UnavailableError, OutcomeUnknownError),
    (504, UnavailableError, OutcomeUnknownError),
)
READS: tuple[Operation, ...] = ("get", "head", "list")


async def _ask(bucket: GcsBucket, operation: str) -> object:
    if operation == "get":
        return await bucket.get(NAME)
    if operation == "head":
        return await bucket.head(NAME)
    if operation == "list":
        return await bucket.list_page("", "", 10)
    if operation == "delete":
        return await bucket.delete(NAME, Version("1"))
    return await bucket.put(NAME, b"data", ABSENT)


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize(("status", "read", "write"), STATUSES)
async def test_status_of_a_read(
    site: Site, operation: Operation, status: int, read: type[ArcoError], write: type[ArcoError]
) -> None:
    """A read that failed changed nothing; what may pass is unavailable, what will not is named."""
    del write
    site.fail(*[Fault(operation, status=status, headers={"Location": "/elsewhere"})] * 3)

    with pytest.raises(ArcoError) as caught:
        await _ask(site.handle(ONCE), operation)
    assert type(caught.value) is read


@pytest.mark.parametrize("operation", ["put", "delete"])
@pytest.mark.parametrize(("status", "read", "write"), STATUSES)
async def test_status_of_a_write(
    site: Site, operation: Operation, status: int, read: type[ArcoError], write: type[ArcoError]
) -> None:
    """A write that failed may have been done, unless its status says that it was not."""
    del read
    site.fail(*[Fault(operation, work="never", status=status, headers={"Location": "/elsewhere"})] * 3)

    with pytest.raises(ArcoError) as caught:
        await _ask(site.handle(), operation)
    assert type(caught.value) is write


@pytest.mark.parametrize("operation", ["get", "head", "list"])
@pytest.mark.parametrize("status", [304, 412])
async def test_precondition_that_a_read_never_had_is_not_absence(site: Site, operation: Operation, status: int) -> None:
    """An answer to a question that was not asked is an error: it is never called absent."""
    site.fail(Fault(operation, status=status))

    with pytest.raises((UnavailableError, UsageError)):
        await _ask(site.handle(ONCE), operation)


@pytest.mark.parametrize("operation", ["get", "head"])
async def test_range_that_a_read_never_had_is_not_absence(site: Site, operation: Operation) -> None:
    """A whole object has no end to read past."""
    site.fail(Fault(operation, status=416))

    with pytest.raises(UsageError):
        await _ask(site.handle(ONCE), operation)


@pytest.mark.parametrize("status", [304, 412])
async def test_precondition_that_does_not_hold_is_refused(site: Site, status: int) -> None:
    """Both statuses say that nothing was written."""
    site.fail(Fault("put", work="never", status=status))

    assert await site.handle().put(NAME, b"data", ABSENT) == Refused()


async def test_missing_bucket_is_an_error_of_the_input(site: Site) -> None:
    """A create and a listing tell that there is no such bucket, and name it."""
    bucket = site.handle(bucket_name="elsewhere")

    with pytest.raises(InputError, match="elsewhere"):
        await bucket.put(NAME, b"data", ABSENT)
    with pytest.raises(InputError, match="elsewhere"):
        await bucket.list_page("", "", 10)


@pytest.mark.parametrize("operation", ["get", "head", "list", "put", "delete"])
async def test_without_a_connection_nothing_was_sent(site: Site, operation: str) -> None:
    """If nobody listens, a write is known not to have been done."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        bucket = site.handle(ONCE, endpoint=f"http://127.0.0.1:{nobody.getsockname()[1]}")

        with pytest.raises(UnavailableError):
            await _ask(bucket, operation)


@pytest.mark.parametrize(("operation", "error"), [("get", UnavailableError), ("put", OutcomeUnknownError)])
async def test_lost_reply(site: Site, operation: Operation, error: type[ArcoError]) -> None:
    """Without an answer a read is unavailable, and the fate of a write unknown."""
    site.fail(Fault(operation, reply="lost"))

    with pytest.raises(error):
        await _ask(site.handle(ONCE), operation)

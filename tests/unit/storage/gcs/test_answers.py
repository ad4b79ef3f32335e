"""An answer is believed if everything in it agrees; else it is an error, and never half a value."""

from __future__ import annotations

import json

import pytest

from arco.errors import CorruptionError, OutcomeUnknownError, UnavailableError
from arco.storage.bucket import ABSENT, ObjectMeta, Stored, Written
from arco.storage.checksums import crc32c
from arco.storage.gcs import Limits
from arco.storage.gcs._answers import encoded_checksum
from tests.contract.asking import create, found
from tests.fakes.gcs_server import Fault
from tests.fakes.manual_clock import ManualClock
from tests.unit.storage.gcs.site import NAME, Site

ONCE = Limits(read_tries=1)
SECOND = 1_780_000_000
LARGE = b"x" * (8 * 1024 * 1024 + 1)


def _with(**fields: object) -> Fault:
    """Change fields of the answer to an upload; those that are None are left out."""

    def change(body: bytes) -> bytes:
        document = json.loads(body) | fields
        return json.dumps({key: value for key, value in document.items() if value is not None}).encode()

    return Fault("put", change=change)


async def test_everything_is_taken_from_where_it_stands(site: Site) -> None:
    """Times are the server's, in whole seconds; the version is that of the bytes."""
    bucket = site.handle()
    version = await create(bucket, NAME, b"data")

    assert await bucket.get(NAME) == Stored(b"data", version, SECOND, SECOND)
    assert await bucket.head(NAME) == ObjectMeta(4, crc32c(b"data"), version, SECOND)
    assert await bucket.delete(NAME, version) == Written(version, None, SECOND)
    assert await bucket.put(NAME, b"data", ABSENT) == Written((await found(bucket, NAME)).version, SECOND, SECOND)


async def test_generation_is_that_of_the_same_read(site: Site) -> None:
    """The version comes with the bytes, not from a second question, which an overwrite could fall before."""
    bucket = site.handle()
    await create(bucket, NAME)
    site.fail(Fault("get", headers={"X-Goog-Generation": "42"}))

    assert (await found(bucket, NAME)).version == "42"


@pytest.mark.parametrize("header", ["X-Goog-Generation", "X-Goog-Hash"])
@pytest.mark.parametrize("value", [None, "", "0", "nonsense", "md5=1B2M2Y8AsgTpgAmY7PhCfg==", "crc32c=!!!!!!=="])
async def test_read_without_what_it_needs_is_unavailable(site: Site, header: str, value: str | None) -> None:
    """Bytes without a version could be swapped by nobody, and bytes without a checksum believed by nobody."""
    bucket = site.handle(ONCE)
    await create(bucket, NAME)
    site.fail(Fault("get", headers={header: value}))

    with pytest.raises(UnavailableError):
        await bucket.get(NAME)


@pytest.mark.parametrize("header", ["Date", "Last-Modified"])
@pytest.mark.parametrize("value", [None, "", "yesterday", "Tue, 99 Foo 2026 99:99:99 GMT"])
async def test_time_that_is_not_told_is_none(site: Site, header: str, value: str | None) -> None:
    """A clock that does not tell is no reason not to read, and nothing is put in its place."""
    bucket = site.handle(ONCE)
    await create(bucket, NAME)
    site.fail(Fault("get", headers={header: value}))
    read = await found(bucket, NAME)

    assert (read.server_time if header == "Date" else read.updated) is None
    assert (read.updated if header == "Date" else read.server_time) == SECOND


async def test_time_of_the_server_is_its_own(site: Site) -> None:
    """The clock of this machine enters nowhere."""
    bucket = site.handle()
    await create(bucket, NAME)
    site.fail(Fault("get", headers={"Date": "Thu, 01 Jan 1970 01:00:00 GMT"}))

    assert (await found(bucket, NAME)).server_time == 3600


@pytest.mark.parametrize(
    "fault",
    [
        Fault("get", headers={"X-Goog-Hash": "crc32c=AAAAAA=="}),
        Fault("get", change=lambda body: body[:-1] + b"!"),
    ],
)
async def test_damaged_read_is_corruption(site: Site, fault: Fault) -> None:
    """Bytes that do not have the checksum of the object are given to nobody."""
    bucket = site.handle()
    await create(bucket, NAME, b"something longer")
    site.fail(fault)

    with pytest.raises(CorruptionError):
        await bucket.get(NAME)


@pytest.mark.parametrize("fault", [Fault("get", reply="cut"), Fault("get", change=lambda body: body[:3])])
async def test_read_that_ends_early_is_tried_again(site: Site, fault: Fault) -> None:
    """Half an object is no damage, but an answer that was interrupted."""
    bucket = site.handle()
    await create(bucket, NAME, b"something longer")
    site.fail(fault)

    assert (await found(bucket, NAME)).data == b"something longer"


async def test_interrupted_read_of_what_is_overwritten_is_not_absent(site: Site) -> None:
    """The second try reads what stands there then, not the rest of a generation that is gone."""

    class Overwriting(ManualClock):
        """Lets another writer swap the object in the pause."""

        async def sleep(self, seconds: float) -> None:
            """Let it swap."""
            site.objects.write(NAME, b"second", None, int(version))
            await super().sleep(seconds)

    bucket = site.handle(clock=Overwriting())
    version = await create(bucket, NAME, b"first" * 1000)
    site.fail(Fault("get", reply="cut"))

    assert (await found(bucket, NAME)).data == b"second"


async def test_checksum_is_sent_with_the_bytes(site: Site) -> None:
    """What is damaged on the way can be refused: short and long uploads declare the checksum of their bytes."""
    bucket = site.handle()
    await create(bucket, "short", b"123456789")
    await create(bucket, "long", LARGE)
    short, long, _ = site.server.seen

    assert b'"crc32c": "4waSgw=="' in short.content
    assert f'"crc32c": "{encoded_checksum(crc32c(LARGE))}"'.encode() in long.content


async def test_upload_that_was_stored_otherwise_is_corruption(site: Site) -> None:
    """The answer's checksum and size are those of the bytes that were sent."""
    bucket = site.handle()
    site.fail(_with(crc32c="AAAAAA=="), _with(size="3"))

    with pytest.raises(CorruptionError):
        await bucket.put("a", b"data", ABSENT)
    with pytest.raises(CorruptionError):
        await bucket.put("b", b"data", ABSENT)


@pytest.mark.parametrize(
    "fault",
    [
        _with(generation=None),
        _with(generation="0"),
        _with(generation="nonsense"),
        _with(crc32c=None),
        _with(crc32c="AA"),
        _with(size=None),
        _with(name="another"),
        Fault("put", change=lambda _: b""),
        Fault("put", change=lambda _: b"[]"),
        Fault("put", change=lambda _: b"<html>"),
        Fault("put", reply="cut"),
    ],
)
async def test_upload_whose_answer_does_not_tell_is_of_unknown_fate(site: Site, fault: Fault) -> None:
    """It took place, most likely; a read will tell."""
    site.fail(fault)
    bucket = site.handle()

    with pytest.raises(OutcomeUnknownError):
        await bucket.put(NAME, b"data", ABSENT)
    assert (await found(bucket, NAME)).data == b"data"


@pytest.mark.parametrize("value", [None, "bytes 0-1/4", "bytes 1-2/4, 3-3/4", "bytes */4", "nonsense"])
async def test_part_that_was_not_asked_for_is_unavailable(site: Site, value: str | None) -> None:
    """Bytes of another place are not given for those that were asked for."""
    bucket = site.handle(ONCE)
    await create(bucket, NAME, b"0123")
    site.fail(Fault("get", headers={"Content-Range": value}))

    with pytest.raises(UnavailableError):
        await bucket.get_range(NAME, 1, 3)


async def test_page_of_nothing_with_a_token_is_not_the_end(site: Site) -> None:
    """The service may give an empty page and more behind it."""
    bucket = site.handle()
    await create(bucket, "a")
    await create(bucket, "b")
    site.fail(Fault("list", change=lambda _: b'{"nextPageToken": "b"}'))
    page = await bucket.list_page("", "", 10)

    assert page.names == ("b",)

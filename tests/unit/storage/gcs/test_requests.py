"""What is sent: one request an operation, always with its precondition, and writes never twice."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from arco.errors import AccessDeniedError, OutcomeUnknownError, UnavailableError, UsageError
from arco.storage.bucket import ABSENT, Refused, Version, Written
from arco.storage.gcs import Limits
from arco.storage.gcs._wire import Wire
from tests.contract.asking import create, found
from tests.fakes.gcs_server import Fault, Operation
from tests.fakes.google_credentials import FixedCredentials
from tests.unit.storage.gcs.site import NAME, Site

LARGE = b"x" * (8 * 1024 * 1024 + 1)


async def test_one_request_an_operation(site: Site) -> None:
    """Nothing is asked beside what was wanted, by no thread of the client either."""
    bucket = site.handle()
    version = await create(bucket, NAME)
    await bucket.get(NAME)
    await bucket.get_range(NAME, 0, 2)
    await bucket.get_range(NAME, 2, 2)
    await bucket.head(NAME)
    await bucket.list_page("", "", 10)
    await bucket.delete(NAME, version)
    await bucket.get(NAME)

    assert site.asked() == ["put", "get", "get", "get", "head", "list", "delete", "get"]


async def test_client_sends_nothing_of_its_own_accord(site: Site) -> None:
    """A request that no call asked for, by a thread of the client's own, is not sent."""
    wire = Wire(site.server.endpoint, FixedCredentials(), connections=1, connect_seconds=1, deadline_seconds=2)
    site.stack.callback(wire.close)

    with pytest.raises(UsageError):
        await asyncio.to_thread(wire.client.bucket("bucket").blob("a").reload, retry=None, timeout=wire.timeout)
    assert site.asked() == []


async def test_every_write_carries_its_precondition(site: Site) -> None:
    """A create asks for generation 0; a swap and a delete for the generation that was read."""
    bucket = site.handle()
    first = await create(bucket, NAME)
    second = await bucket.put(NAME, b"second", first)
    assert isinstance(second, Written)
    await bucket.delete(NAME, second.version)

    assert [seen.query.get("ifGenerationMatch") for seen in site.server.seen] == ["0", first, second.version]


async def test_a_long_upload_carries_its_precondition(site: Site) -> None:
    """What is sent in two requests names its precondition in the first, and its checksum beside it."""
    bucket = site.handle()
    version = await create(bucket, NAME, LARGE)

    assert site.asked() == ["begin", "continue"]
    assert site.server.seen[0].query["ifGenerationMatch"] == "0"
    assert (await found(bucket, NAME)).data == LARGE
    assert await bucket.put(NAME, LARGE, ABSENT) == Refused()
    assert (await found(bucket, NAME)).version == version


@pytest.mark.parametrize("operation", ["put", "delete"])
@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_write_is_sent_once(site: Site, operation: Operation, status: int) -> None:
    """Whatever may pass, a write is not sent again by itself."""
    bucket = site.handle()
    version = await create(bucket, NAME)
    site.server.seen.clear()
    site.fail(*[Fault(operation, work="never", status=status)] * 5)

    with pytest.raises(OutcomeUnknownError):
        await (bucket.put(NAME, b"data", version) if operation == "put" else bucket.delete(NAME, version))
    assert site.asked() == [operation]


@pytest.mark.parametrize("fault", [Fault("put", reply="lost"), Fault("put", work="never", reply="lost")])
async def test_write_without_a_reply_is_sent_once(site: Site, fault: Fault) -> None:
    """A lost connection is no reason to send a write again."""
    site.fail(fault)

    with pytest.raises(OutcomeUnknownError):
        await site.handle().put(NAME, b"data", ABSENT)
    assert site.asked() == ["put"]


async def test_read_is_tried_again_while_it_may_pass(site: Site) -> None:
    """Two failures and a success are a success, after two pauses."""
    bucket = site.handle()
    await create(bucket, NAME, b"data")
    site.fail(Fault("get", status=503), Fault("get", reply="lost"))

    assert (await found(bucket, NAME)).data == b"data"
    assert len(site.clock.slept) == 2
    assert site.asked() == ["put", "get", "get", "get"]


async def test_read_is_tried_no_more_than_allowed(site: Site) -> None:
    """Three tries, and the caller decides."""
    site.fail(*[Fault("head", status=503)] * 9)

    with pytest.raises(UnavailableError):
        await site.handle().head(NAME)
    assert site.asked() == ["head"] * 3


async def test_denied_read_is_not_tried_again(site: Site) -> None:
    """A refusal does not pass by waiting."""
    site.fail(*[Fault("get", status=403)] * 3)

    with pytest.raises(AccessDeniedError):
        await site.handle().get(NAME)
    assert site.asked() == ["get"]


async def test_wish_for_a_pause_is_heeded(site: Site) -> None:
    """A short wish is waited out here."""
    site.fail(Fault("head", status=429, headers={"Retry-After": "3"}))

    assert await site.handle().head(NAME) is ABSENT
    assert site.clock.slept == [3.0]


async def test_wish_for_a_long_pause_is_passed_on(site: Site) -> None:
    """Nobody waits a minute in here: the caller learns what was wished."""
    site.fail(*[Fault("head", status=429, headers={"Retry-After": "60"})] * 2)

    with pytest.raises(UnavailableError) as caught:
        await site.handle().head(NAME)
    assert caught.value.retry_after_seconds == 60
    assert site.asked() == ["head"]


async def test_redirected_write_is_not_answered_from_elsewhere(site: Site) -> None:
    """A redirected upload would arrive as a question, and the answer look as if the bytes of another were ours."""
    bucket = site.handle()
    await create(bucket, NAME, b"data")
    place = f"/storage/v1/b/{site.bucket_name}/o/{quote(NAME, safe='')}"
    site.fail(Fault("put", work="never", status=302, headers={"Location": place}))

    with pytest.raises(OutcomeUnknownError):
        await bucket.put(NAME, b"data", ABSENT)


async def test_page_behind_a_name_that_does_not_exist_is_bounded(site: Site) -> None:
    """One name more is asked for, since the first may be the cursor itself; it is not given when it is not."""
    bucket = site.handle()
    for name in ("a", "b", "c"):
        await create(bucket, name)
    page = await bucket.list_page("", "aa", 1)

    assert (page.names, page.next_after) == (("b",), "b")
    assert site.server.seen[-1].query["maxResults"] == "2"


async def test_refused_credential_is_refreshed_and_the_write_sent_again(site: Site) -> None:
    """401 says that nothing was done, so that a fresh credential may try."""
    credentials = FixedCredentials()
    site.fail(Fault("put", work="never", status=401))

    assert isinstance(await site.handle(credentials=credentials).put(NAME, b"data", ABSENT), Written)
    assert credentials.refreshed == 1


async def test_reply_that_is_lost_after_a_refresh_leaves_the_fate_unknown(site: Site) -> None:
    """The 401 answered the first try, and says nothing of the second, which was done."""
    site.fail(Fault("put", work="never", status=401), Fault("put", reply="lost"))
    bucket = site.handle()

    with pytest.raises(OutcomeUnknownError):
        await bucket.put(NAME, b"data", ABSENT)
    assert (await found(bucket, NAME)).data == b"data"


@pytest.mark.parametrize("text", ["", "0", "-1", "01", "1.0", " 1", "1\n", "\u0661", "9223372036854775808", "None"])
async def test_malformed_version_sends_nothing(site: Site, text: str) -> None:
    """What is no generation is refused here: 0 would mean absent, and anything else may mean anything."""
    bucket = site.handle()

    assert await bucket.put(NAME, b"data", Version(text)) == Refused()
    assert await bucket.delete(NAME, Version(text)) == Refused()
    assert site.asked() == []


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("%2F", "%252F"),
        ("a//b", "a%2F%2Fb"),
        ("a/../b", "a%2F..%2Fb"),
        ("tail/", "tail%2F"),
        ("a?b#c", "a%3Fb%23c"),
        ("\u65e5", "%E6%97%A5"),
    ],
)
async def test_name_is_encoded_once(site: Site, name: str, encoded: str) -> None:
    """A name is one part of the path, in which nothing is left that a client or a proxy would resolve."""
    await site.handle().get(name)

    assert site.server.seen[0].path == f"/download/storage/v1/b/{site.bucket_name}/o/{encoded}"


@pytest.fixture
def misleading(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the environment name another endpoint, another project, and a metadata server that would be noticed."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("API_ENDPOINT_OVERRIDE", "http://127.0.0.1:9")
    monkeypatch.setenv("GCE_METADATA_HOST", site.server.endpoint.removeprefix("http://"))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)


@pytest.mark.usefixtures("misleading")
async def test_environment_is_not_asked(site: Site) -> None:
    """Neither where to send, nor as whom: no metadata server is looked for, and the token is the one that was given."""
    await site.handle().put(NAME, b"data", ABSENT)

    assert site.asked() == ["put"]
    assert site.server.seen[0].headers["authorization"] == "Bearer a-token"


async def test_sixteen_threads_share_a_handle(site: Site) -> None:
    """Of sixteen threads with an event loop each, on one handle, one creates each name."""
    bucket = site.handle(Limits(connections=4))

    def race(number: int) -> list[bool]:
        async def creates() -> list[bool]:
            return [isinstance(await bucket.put(f"{n}", b"%d" % number, ABSENT), Written) for n in range(6)]

        return asyncio.run(creates())

    won = await asyncio.gather(*(asyncio.to_thread(race, number) for number in range(16)))

    assert [sum(column) for column in zip(*won, strict=True)] == [1] * 6

"""Every call ends by its deadline, and what it held is free again."""

from __future__ import annotations

import asyncio
import threading

import pytest

from arco.errors import OutcomeUnknownError, UnavailableError
from arco.storage.bucket import ABSENT
from arco.storage.gcs import Limits
from arco.storage.gcs._failures import write_finding
from arco.storage.gcs._wire import OverdueError, Wire
from tests.contract.asking import create, found
from tests.fakes.gcs_server import Fault
from tests.fakes.google_credentials import FixedCredentials
from tests.unit.storage.gcs.site import NAME, Site

TIGHT = Limits(connections=1, request_seconds=0.4, read_tries=1)
ENOUGH = 3.0


async def test_answer_that_drips_ends_a_read(site: Site) -> None:
    """A byte now and then keeps no read alive, and the connection's only thread is free again."""
    bucket = site.handle(TIGHT)
    await create(bucket, NAME, b"x" * 5000)
    site.fail(Fault("get", reply="dripped"))

    async with asyncio.timeout(ENOUGH):
        with pytest.raises(UnavailableError):
            await bucket.get(NAME)
        await asyncio.sleep(0.1)
        assert (await found(bucket, NAME)).data == b"x" * 5000


async def test_answer_that_drips_leaves_a_write_unknown(site: Site) -> None:
    """The write was done; its answer did not come in time."""
    bucket = site.handle(TIGHT)
    site.fail(Fault("put", reply="dripped"))

    async with asyncio.timeout(ENOUGH):
        with pytest.raises(OutcomeUnknownError):
            await bucket.put(NAME, b"data", ABSENT)
        await asyncio.sleep(0.1)
        assert (await found(bucket, NAME)).data == b"data"


async def test_cancelled_write_is_never_sent_later(site: Site) -> None:
    """What waits for a connection when its task is cancelled is dropped."""
    bucket = site.handle(TIGHT)
    await create(bucket, "slow", b"x" * 5000)
    site.fail(Fault("get", reply="dripped"))
    slow = asyncio.create_task(bucket.get("slow"))
    await asyncio.sleep(0.05)
    waits = asyncio.create_task(bucket.put(NAME, b"data", ABSENT))
    await asyncio.sleep(0.05)
    waits.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waits
    with pytest.raises(UnavailableError):
        await slow
    assert await bucket.get(NAME) is ABSENT


async def test_write_that_waited_for_a_connection_was_not_sent(site: Site) -> None:
    """Time that runs out before a connection was free leaves no doubt: the call is dropped, and nothing was done."""
    wire = Wire(site.server.endpoint, FixedCredentials(), connections=1, connect_seconds=0.1, deadline_seconds=0.2)
    site.stack.callback(wire.close)
    ran: list[str] = []
    free = threading.Event()
    site.stack.callback(free.set)
    held = asyncio.create_task(wire.ask(free.wait))
    await asyncio.sleep(0.02)

    with pytest.raises(OverdueError) as caught:
        await wire.ask(lambda: ran.append("sent"))
    assert isinstance(write_finding(caught.value, "put", NAME, frozenset()), UnavailableError)
    with pytest.raises(OverdueError) as started:
        await held
    assert isinstance(write_finding(started.value, "put", NAME, frozenset()), OutcomeUnknownError)
    assert ran == []


async def test_mistake_before_anything_was_sent_is_not_hidden(site: Site) -> None:
    """An error of a programmer is no trouble of the network."""
    wire = Wire(site.server.endpoint, FixedCredentials(), connections=1, connect_seconds=1, deadline_seconds=2)
    site.stack.callback(wire.close)

    def mistake() -> None:
        raise TypeError

    with pytest.raises(TypeError):
        await wire.ask(mistake)

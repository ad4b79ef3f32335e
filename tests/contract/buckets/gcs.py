"""Cloud Storage: an emulator that is not ours, our own server under each undocumented answer, and, if asked, live.

Live: `ARCO_LIVE_BUCKET` names a bucket that is empty and used for nothing else, `ARCO_LIVE_PROJECT` the project that is
charged; the credentials are the application's default ones. A bucket in which anything stands is refused, and what a
check leaves behind is deleted. Writes are paced to one a second and name, so a run takes minutes.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from functools import cache
from itertools import product
from pathlib import Path

import google.auth
import pytest
from google.auth.credentials import Credentials

from arco.runtime import SystemClock, SystemRandomness
from arco.storage.bucket import ABSENT, Bucket
from arco.storage.decorators.latency import LatencyBucket
from arco.storage.gcs import GOOGLE, GcsBucket
from tests.contract.registry import Kind
from tests.fakes.gcs_emulator import emulator_program, make_bucket, running_emulator
from tests.fakes.gcs_objects import Undocumented
from tests.fakes.gcs_server import GcsServer, running_server
from tests.fakes.google_credentials import FixedCredentials
from tests.fakes.settled_bucket import SettledBucket

__all__ = ["BUCKETS"]

_SENTINEL = "_root.json"
_DELETES = "the independent server ignores preconditions of deletes; asked of our own server only"


@contextmanager
def _opened(name: str, endpoint: str, credentials: Credentials) -> Iterator[GcsBucket]:
    bucket = GcsBucket(name, credentials, clock=SystemClock(), randomness=SystemRandomness(), endpoint=endpoint)
    try:
        yield bucket
    finally:
        bucket.close()


@cache
def _emulator() -> str:
    """Start the emulator once a process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running_emulator(Path(stack.enter_context(tempfile.TemporaryDirectory()))))


@cache
def _server() -> GcsServer:
    """Start our server once a process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running_server())


@contextmanager
def _emulator_store(_folder: Path) -> Iterator[str]:
    program = emulator_program()
    if isinstance(program, str):
        pytest.skip(program)
    endpoint = _emulator()
    yield f"{endpoint} {make_bucket(endpoint)}"


def _server_store(undocumented: Undocumented) -> Callable[[Path], AbstractContextManager[str]]:
    @contextmanager
    def store(_folder: Path) -> Iterator[str]:
        server = _server()
        name, objects = server.add_bucket(undocumented, hidden=frozenset({_SENTINEL}))
        objects.write(_SENTINEL, b"{}", None, 0)
        yield f"{server.endpoint} {name}"

    return store


@asynccontextmanager
async def _plain(address: str) -> AsyncIterator[Bucket]:
    endpoint, name = address.split()
    with _opened(name, endpoint, FixedCredentials()) as bucket:
        yield bucket


@asynccontextmanager
async def _settled(address: str) -> AsyncIterator[Bucket]:
    async with _plain(address) as bucket:
        yield SettledBucket(bucket, _SENTINEL)


def _under(undocumented: Undocumented) -> Kind:
    return Kind(
        f"gcs server, settled: {undocumented.create_of_existing} if it exists, {undocumented.read_of_missing} if not",
        _server_store(undocumented),
        _settled,
        processes=True,
        leaves_out=dict.fromkeys(
            ("test_create_of_the_same_bytes_is_refused_too", "test_create_whose_reply_was_lost_took_place"),
            "settling takes equal bytes for its own, and writers put fresh randomness into theirs",
        ),
    )


def _live(name: str, project: str) -> Kind:
    credentials, _ = google.auth.default(
        scopes=["https://www.googleapis.com/auth/devstorage.read_write"], quota_project_id=project
    )

    @asynccontextmanager
    async def opened(address: str) -> AsyncIterator[Bucket]:
        with _opened(address, GOOGLE, credentials) as bucket:
            yield LatencyBucket(bucket, SystemClock())

    async def names() -> tuple[str, ...]:
        async with opened(name) as bucket:
            return (await bucket.list_page("", "", 1000)).names

    async def empty() -> None:
        async with opened(name) as bucket:
            for left in (await bucket.list_page("", "", 1000)).names:
                found = await bucket.head(left)
                if found is not ABSENT:
                    await bucket.delete(left, found.version)

    @contextmanager
    def store(_folder: Path) -> Iterator[str]:
        assert not asyncio.run(names()), f"something stands in the bucket {name}: give one that is empty"
        yield name
        asyncio.run(empty())

    return Kind("gcs, live", store, opened, processes=True)


def _lives() -> Iterator[Kind]:
    """Give the live bucket, if a person asks for it."""
    name = os.environ.get("ARCO_LIVE_BUCKET")  # noqa: TID251 - the only way to hand something to a test
    if name:
        yield _live(name, os.environ["ARCO_LIVE_PROJECT"])  # noqa: TID251 - as above


BUCKETS = (
    Kind(
        "gcs emulator",
        _emulator_store,
        _plain,
        processes=True,
        leaves_out=dict.fromkeys(
            (
                "test_delete_and_swap_do_not_both_take_place",
                "test_delete_at_a_stale_version_is_refused",
                "test_of_racing_deletes_one_takes_place",
                "test_versions_are_never_used_again",
            ),
            _DELETES,
        ),
    ),
    Kind("gcs server", _server_store(Undocumented()), _plain, processes=True),
    *(_under(Undocumented(create, read)) for create, read in product((412, 403), (404, 403))),
    *_lives(),
)

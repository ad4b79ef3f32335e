"""Our emulator, which enforces permissions, through the real client: as one account that may do all, and divided.

Divided: each request is sent by an account that may do that and nothing else, as in a deployment. Only then do the
answers matter that Google does not document: a create by an account that may not delete, a read by one that may not
list. The bucket is right under each of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from itertools import product
from pathlib import Path
from typing import Literal

from arco.emulator.desk import Undocumented
from arco.emulator.service import OpenBucket
from arco.runtime import SystemClock, SystemRandomness
from arco.storage.bucket import Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.folder import open_folder
from arco.storage.gcs import GcsBucket
from tests.contract.registry import Kind
from tests.fakes.emulated import BUCKET, in_memory, rights, running_emulated
from tests.fakes.google_credentials import FixedCredentials
from tests.fakes.settled_bucket import SettledBucket

__all__ = ["BUCKETS"]

_SENTINEL = "_root.json"
_ACCOUNTS = {
    name: (f"serviceAccount:{name}@demo-project.iam.gserviceaccount.com", tuple(f"storage.objects.{do}" for do in may))
    for name, may in {
        "everything": ("create", "delete", "get", "list"),
        "creator": ("create",),
        "reader": ("get",),
        "lister": ("list",),
        "writer": ("create", "delete"),
    }.items()
}


class _DividedBucket:
    """Sends each request by the account that may do just that; what is `hidden` is in no listing."""

    def __init__(self, buckets: dict[str, GcsBucket], hidden: str) -> None:
        self._buckets = buckets
        self._hidden = hidden

    async def get(self, name: str) -> Stored | Absent:
        """Read."""
        return await self._buckets["reader"].get(name)

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        """Read a part."""
        return await self._buckets["reader"].get_range(name, start, end)

    async def head(self, name: str) -> ObjectMeta | Absent:
        """Describe."""
        return await self._buckets["reader"].head(name)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Create without the right to delete, swap with it."""
        return await self._buckets["writer" if isinstance(if_version, str) else "creator"].put(name, data, if_version)

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        """Delete; to tell what is missing takes the right to list, under one of the switches."""
        return await self._buckets["everything"].delete(name, if_version)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        """List; a page from which something is hidden is filled."""
        names: list[str] = []
        cursor: str | None = start_after
        while cursor is not None and (len(names) < limit or not names):
            page = await self._buckets["lister"].list_page(prefix, cursor, limit - len(names))
            names += [name for name in page.names if name != self._hidden]
            cursor = page.next_after
        return Page(tuple(names), names[-1] if names and len(names) == limit else None)


def _store(
    undocumented: Undocumented, opening: Callable[[Path], OpenBucket], sentinel: str | None = None
) -> Callable[[Path], AbstractContextManager[str]]:
    @contextmanager
    def store(folder: Path) -> Iterator[str]:
        grants = (one for who, may in _ACCOUNTS.values() for one in rights(who, *may))
        with running_emulated(
            *grants, clock=SystemClock(), open_bucket=opening(folder), undocumented=undocumented
        ) as emulated:
            if sentinel is not None:
                emulated.put(sentinel, b"{}")
            tokens = [f"{name}={emulated.token(who)}" for name, (who, _) in _ACCOUNTS.items()]
            yield " ".join([emulated.endpoint, *tokens])

    return store


def _memory(_folder: Path) -> OpenBucket:
    return in_memory(SystemClock())


def _folder(folder: Path) -> OpenBucket:
    @asynccontextmanager
    async def opened(bucket: str, part: Literal["objects", "attributes"]) -> AsyncIterator[Bucket]:
        place = folder / bucket / part
        place.mkdir(parents=True)
        async with open_folder(place, SystemClock()) as found:
            yield found

    return opened


@contextmanager
def _opened(address: str) -> Iterator[dict[str, GcsBucket]]:
    endpoint, *tokens = address.split()
    with ExitStack() as stack:
        buckets: dict[str, GcsBucket] = {}
        for name, _, token in (given.partition("=") for given in tokens):
            buckets[name] = GcsBucket(
                BUCKET,
                FixedCredentials(token),
                clock=SystemClock(),
                randomness=SystemRandomness(),
                endpoint=endpoint,
            )
            stack.callback(buckets[name].close)
        yield buckets


@asynccontextmanager
async def _plain(address: str) -> AsyncIterator[Bucket]:
    with _opened(address) as buckets:
        yield buckets["everything"]


@asynccontextmanager
async def _divided(address: str) -> AsyncIterator[Bucket]:
    with _opened(address) as buckets:
        yield SettledBucket(_DividedBucket(buckets, _SENTINEL), _SENTINEL)


def _under(undocumented: Undocumented) -> Kind:
    return Kind(
        f"emulator, divided: {undocumented.create_of_existing} if it exists, {undocumented.read_of_missing} if not",
        _store(undocumented, _memory, _SENTINEL),
        _divided,
        processes=True,
        leaves_out=dict.fromkeys(
            ("test_create_of_the_same_bytes_is_refused_too", "test_create_whose_reply_was_lost_took_place"),
            "settling takes equal bytes for its own, and writers put fresh randomness into theirs",
        ),
    )


_CREATES: tuple[Literal[412, 403], ...] = (412, 403)
_READS: tuple[Literal[404, 403], ...] = (404, 403)

BUCKETS = (
    Kind("emulator", _store(Undocumented(), _memory), _plain, processes=True),
    Kind("emulator over a folder", _store(Undocumented(), _folder), _plain, processes=True),
    *(_under(Undocumented(create, read)) for create, read in product(_CREATES, _READS)),
)

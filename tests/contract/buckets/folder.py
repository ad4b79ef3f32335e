"""The bucket in a folder: one handle for each address and opener, in any process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from arco.storage.bucket import Bucket
from arco.storage.folder import open_folder
from tests.contract.registry import Kind
from tests.fakes.manual_clock import ManualClock

__all__ = ["BUCKETS"]


@contextmanager
def _store(folder: Path) -> Iterator[str]:
    yield str(folder / "bucket")


@asynccontextmanager
async def _open(address: str) -> AsyncIterator[Bucket]:
    async with open_folder(Path(address), ManualClock()) as bucket:
        yield bucket


BUCKETS = (Kind("folder", _store, _open, processes=True),)

"""The bucket in memory: one object for each address, shared by all threads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from arco.storage.bucket import Bucket
from arco.storage.memory import MemoryBucket
from tests.contract.registry import Kind
from tests.fakes.manual_clock import ManualClock

__all__ = ["BUCKETS", "memory_store", "open_memory"]

_STORES: dict[str, MemoryBucket] = {}


@contextmanager
def memory_store(folder: Path) -> Iterator[str]:
    """Make a bucket that this process alone can open."""
    address = str(folder)
    _STORES[address] = MemoryBucket(ManualClock())
    yield address
    del _STORES[address]


@asynccontextmanager
async def open_memory(address: str) -> AsyncIterator[Bucket]:
    """Give the bucket itself: it needs no handle."""
    yield _STORES[address]


BUCKETS = (Kind("memory", memory_store, open_memory),)

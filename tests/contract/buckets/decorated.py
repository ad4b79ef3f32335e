"""Each decorator around memory, injecting nothing: what it adds does not change what a bucket is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from arco.storage.bucket import Bucket
from arco.storage.decorators.faults import FaultBucket, ScriptedFaults
from arco.storage.decorators.forbidding import UnlistableBucket
from arco.storage.decorators.latency import LatencyBucket
from arco.storage.decorators.tracing import TracingBucket
from tests.contract.buckets.memory import memory_store, open_memory
from tests.contract.registry import Kind
from tests.fakes.manual_clock import ManualClock

__all__ = ["BUCKETS"]

_LISTS = (
    "test_cursor_is_exclusive",
    "test_cursor_outside_the_prefix_is_only_a_place",
    "test_delete_at_the_current_version_deletes",
    "test_empty_bucket_lists_nothing",
    "test_empty_object_is_not_absent",
    "test_full_page_carries_a_cursor",
    "test_illegal_name_is_refused_by_every_verb",
    "test_listing_by_what_is_no_name_is_refused",
    "test_listing_follows_writes_and_deletes",
    "test_listing_is_ordered_and_complete",
    "test_odd_name_goes_through_every_verb",
    "test_odd_names_are_objects_of_their_own",
    "test_prefix_ends_where_it_ends",
)


def _around(decorate: Callable[[Bucket], Bucket]) -> Callable[[str], AbstractAsyncContextManager[Bucket]]:
    @asynccontextmanager
    async def decorated(address: str) -> AsyncIterator[Bucket]:
        async with open_memory(address) as bucket:
            yield decorate(bucket)

    return decorated


BUCKETS = (
    Kind("memory, traced", memory_store, _around(TracingBucket)),
    Kind("memory, slow", memory_store, _around(lambda bucket: LatencyBucket(bucket, ManualClock()))),
    Kind("memory, no fault", memory_store, _around(lambda bucket: FaultBucket(bucket, ScriptedFaults(())))),
    Kind(
        "memory, unlistable",
        memory_store,
        _around(UnlistableBucket),
        leaves_out=dict.fromkeys(_LISTS, "it lists, which this bucket forbids"),
    ),
)

"""What is authorised is what happens, although somebody else comes between the decision and the write, at any place.

A bucket that does something of ours just before it serves a call forces each interleaving.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest
from google.api_core.exceptions import PreconditionFailed

from arco.errors import CorruptionError, OutcomeUnknownError, UnavailableError
from arco.storage.bucket import ABSENT, Absent, Bucket, ObjectMeta, Page, Refused, Stored, Version, Written
from arco.storage.memory import MemoryBucket
from tests.fakes.emulated import ALICE, BOB, BUCKET, Answer, Emulated, rights, running_emulated
from tests.fakes.manual_clock import ManualClock

_B = f"/storage/v1/b/{BUCKET}"
_ALL = [f"storage.objects.{do}" for do in ("create", "delete", "get", "list", "update")]
_CREATE_ONLY = ("storage.objects.create", "storage.objects.get")
_ROUTES: dict[str, tuple[str, bytes | dict[str, object]]] = {
    "media": (f"/upload{_B}/o?uploadType=media&name=target", b"bob"),
    "compose": (f"{_B}/o/target/compose", {"sourceObjects": [{"name": "source"}]}),
    "copy": (f"{_B}/o/source/copyTo/b/{BUCKET}/o/target", b""),
    "rewrite": (f"{_B}/o/source/rewriteTo/b/{BUCKET}/o/target", b""),
}


@dataclass(slots=True)
class _Interrupted:
    """`inner`, in which `before` is done once, before the first call of a kind on the object `target`."""

    inner: Bucket
    before: dict[str, Callable[[Bucket], Awaitable[object]]] = field(
        default_factory=dict[str, "Callable[[Bucket], Awaitable[object]]"]
    )

    async def _interrupt(self, call: str, name: str) -> None:
        work = self.before.pop(call, None) if name == "target" else None
        if work is not None:
            await work(self.inner)

    async def get(self, name: str) -> Stored | Absent:
        await self._interrupt("get", name)
        return await self.inner.get(name)

    async def get_range(self, name: str, start: int, end: int) -> bytes | Absent:
        return await self.inner.get_range(name, start, end)

    async def head(self, name: str) -> ObjectMeta | Absent:
        await self._interrupt("head", name)
        return await self.inner.head(name)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        await self._interrupt("put", name)
        return await self.inner.put(name, data, if_version)

    async def delete(self, name: str, if_version: Version) -> Written | Refused | Absent:
        await self._interrupt("delete", name)
        return await self.inner.delete(name, if_version)

    async def list_page(self, prefix: str, start_after: str, limit: int) -> Page:
        return await self.inner.list_page(prefix, start_after, limit)


@contextmanager
def _interrupted(**before: Callable[[Bucket], Awaitable[object]]) -> Iterator[tuple[Emulated, _Interrupted]]:
    """Run an emulator whose objects are interrupted; Alice may do everything, Bob create and read."""
    clock = ManualClock()
    objects = _Interrupted(MemoryBucket(clock))

    @asynccontextmanager
    async def opened(_bucket: str, part: Literal["objects", "attributes"]) -> AsyncIterator[Bucket]:
        yield objects if part == "objects" else MemoryBucket(clock)

    with running_emulated(
        *rights(ALICE, *_ALL), *rights(BOB, *_CREATE_ONLY), clock=clock, open_bucket=opened
    ) as emulated:
        emulated.put("source", b"source")
        objects.before.update(before)
        yield emulated, objects


async def _somebody_creates(bucket: Bucket) -> object:
    return await bucket.put("target", b"somebody's", ABSENT)


async def _somebody_overwrites(bucket: Bucket) -> object:
    found = await bucket.get("target")
    assert found is not ABSENT
    return await bucket.put("target", b"somebody's", found.version)


async def _somebody_deletes(bucket: Bucket) -> object:
    found = await bucket.get("target")
    assert found is not ABSENT
    return await bucket.delete("target", found.version)


def _write(emulated: Emulated, route: str, who: str, query: str = "") -> Answer:
    target, body = _ROUTES[route]
    return emulated.send("POST", target + (f"{'&' if '?' in target else '?'}{query}" if query else ""), body, who=who)


@pytest.mark.parametrize("route", _ROUTES)
def test_create_that_became_an_overwrite_is_decided_anew(route: str) -> None:
    """Who may only create is refused when the name is taken between the decision and the write."""
    with _interrupted(put=_somebody_creates) as (emulated, _):
        answer = _write(emulated, route, BOB)
        left = emulated.content("target")

    assert answer.status == 403
    assert "storage.objects.delete" in answer.message
    assert left == b"somebody's"


@pytest.mark.parametrize("route", _ROUTES)
def test_create_only_that_lost_is_refused(route: str) -> None:
    """With `ifGenerationMatch=0`, who may overwrite too is told that something is there."""
    with _interrupted(put=_somebody_creates) as (emulated, _):
        answer = _write(emulated, route, ALICE, "ifGenerationMatch=0")
        left = emulated.content("target")

    assert answer.status == 412
    assert left == b"somebody's"


@pytest.mark.parametrize("route", _ROUTES)
def test_overwrite_of_what_was_replaced_is_refused(route: str) -> None:
    """A generation that was live when it was decided, and is not when it is written, is not overwritten."""
    with _interrupted() as (emulated, objects):
        generation = emulated.put("target", b"first")
        objects.before["put"] = _somebody_overwrites
        answer = _write(emulated, route, ALICE, f"ifGenerationMatch={generation}")
        left = emulated.content("target")

    assert answer.status == 412
    assert left == b"somebody's"


@pytest.mark.parametrize("route", _ROUTES)
def test_overwrite_without_a_precondition_takes_place(route: str) -> None:
    """Who may do both, and asks for nothing, writes over whatever came in between."""
    with _interrupted() as (emulated, objects):
        emulated.put("target", b"first")
        objects.before["put"] = _somebody_overwrites
        answer = _write(emulated, route, ALICE)
        left = emulated.content("target")

    assert answer.status == 200
    assert left in {b"bob", b"source"}


def test_overwrite_of_what_was_deleted_is_a_create() -> None:
    """Nothing stands there any more: the write creates, as it may."""
    with _interrupted() as (emulated, objects):
        emulated.put("target", b"first")
        objects.before["put"] = _somebody_deletes
        answer = _write(emulated, "media", ALICE)

    assert answer.status == 200


def test_delete_of_a_generation_spares_its_successor() -> None:
    """A delete at a generation that was replaced meanwhile is refused; one without takes what is there."""
    with _interrupted() as (emulated, objects):
        generation = emulated.put("target", b"first")
        objects.before["delete"] = _somebody_overwrites
        refused = emulated.send("DELETE", f"{_B}/o/target?ifGenerationMatch={generation}")
        left = emulated.content("target")
        objects.before["delete"] = _somebody_overwrites
        done = emulated.send("DELETE", f"{_B}/o/target")

        assert (refused.status, left) == (412, b"somebody's")
        assert (done.status, emulated.content("target")) == (204, None)


def test_delete_of_what_was_deleted_is_missing() -> None:
    """Of two deletes, one takes place."""
    with _interrupted() as (emulated, objects):
        emulated.put("target", b"first")
        objects.before["delete"] = _somebody_deletes
        answer = emulated.send("DELETE", f"{_B}/o/target")

    assert answer.status == 404


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_patch_describes_what_is_live(method: str) -> None:
    """A description is not written on an object that replaced the one that was meant."""
    with _interrupted() as (emulated, objects):
        generation = emulated.put("target", b"first")

        async def second_head(bucket: Bucket) -> object:
            objects.before["head"] = _somebody_overwrites
            return bucket

        objects.before["head"] = second_head
        query = f"?ifGenerationMatch={generation}"
        answer = emulated.send(method, f"{_B}/o/target{query}", {"metadata": {"of": "the first"}})
        described = emulated.send("GET", f"{_B}/o/target").json()

    assert answer.status == 412
    assert "metadata" not in described


def test_end_of_an_upload_writes_over_what_is_live() -> None:
    """An upload that was to create, whose name is taken just before its end, is refused."""
    with _interrupted() as (emulated, objects):
        start = f"/upload{_B}/o?uploadType=resumable&name=target"
        create = emulated.send("POST", f"{start}&ifGenerationMatch=0", {}, who=BOB).headers["location"]
        plain = emulated.send("POST", start, {}, who=BOB).headers["location"]
        objects.before["put"] = _somebody_creates
        refused = emulated.send("PUT", create.removeprefix(emulated.endpoint), b"data", who=None)
        left = emulated.content("target")
        objects.before["put"] = _somebody_overwrites
        done = emulated.send("PUT", plain.removeprefix(emulated.endpoint), b"data", who=None)

        assert (refused.status, left) == (412, b"somebody's")
        assert (done.status, emulated.content("target")) == (200, b"data")


@pytest.mark.parametrize("error", [UnavailableError, OutcomeUnknownError, CorruptionError])
def test_store_that_fails_is_unavailable(error: Callable[..., Exception]) -> None:
    """Whatever is wrong below, the answer is one that Google gives too: a client reads what became of its write."""

    async def fails(_bucket: Bucket) -> object:
        message = "nobody knows"
        raise error(message, name="target")

    with _interrupted(put=fails) as (emulated, _):
        answer = _write(emulated, "media", ALICE)

    assert (answer.status, answer.reason) == (503, "backendError")


def test_of_racing_creates_one_takes_place() -> None:
    """Sixteen clients create one name at once; the one that won reads its own bytes."""
    with _interrupted() as (emulated, _):

        def create(number: int) -> int | None:
            try:
                blob = emulated.bucket().blob("target")
                blob.upload_from_string(str(number), if_generation_match=0, retry=None)
            except PreconditionFailed:
                return None
            return number

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            won = [number for number in pool.map(create, range(16)) if number is not None]
        content = emulated.content("target")

    assert len(won) == 1
    assert content == str(won[0]).encode()

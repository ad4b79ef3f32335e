"""Absent is told from denied under both answers that Google may give for a missing name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import final

import pytest

from arco.errors import AccessDeniedError, UnavailableError
from arco.storage.absence import AbsenceReader
from arco.storage.bucket import ABSENT, Absent, ObjectMeta, Stored
from arco.storage.decorators.faults import Fault, FaultBucket, ScriptedFaults
from arco.storage.decorators.forwarding import ForwardingBucket
from arco.storage.decorators.tracing import TracingBucket
from arco.storage.memory import MemoryBucket
from tests.fakes.google_answers import FLAVOURS, Flavour, GoogleAnswers
from tests.fakes.manual_clock import ManualClock

NAME = "ledger/catalog/00000000000000000001.json"
SENTINEL = "ledger/_root.json"
OTHER_SENTINEL = "locks/_root.json"
FORBIDDING = Flavour(existing=412, missing=403)

Verb = Callable[[AbsenceReader], Awaitable[Stored | bytes | ObjectMeta | Absent]]
VERBS: dict[str, Verb] = {
    "get": lambda reader: reader.get(NAME, sentinel=SENTINEL),
    "get_range": lambda reader: reader.get_range(NAME, 0, 4, sentinel=SENTINEL),
    "head": lambda reader: reader.head(NAME, sentinel=SENTINEL),
}


@dataclass
class Setting:
    """A reader, and everything that stands behind it."""

    flavour: Flavour
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        """Put the bucket behind the answers, and the trace in front of them."""
        self.memory = MemoryBucket(self.clock)
        self.google = GoogleAnswers(self.memory, self.flavour)
        self.traced = TracingBucket(self.google)
        self.reader = AbsenceReader(self.traced, self.clock)

    async def add(self, *names: str) -> None:
        """Create objects."""
        for name in names:
            await self.memory.put(name, b"data", ABSENT)

    def asked(self) -> list[str]:
        """Give the names that were asked for since last time."""
        names = [call.name for call in self.traced.trace]
        self.traced.trace.clear()
        return names


@final
class AppearingName(ForwardingBucket):
    """Creates the name while its sentinel is read: between the first 403 and the second read."""

    async def get(self, name: str) -> Stored | Absent:
        """Read, and let another writer be quick."""
        if name == SENTINEL:
            assert isinstance(self.inner, GoogleAnswers)
            await self.inner.inner.put(NAME, b"data", ABSENT)
        return await self.inner.get(name)


@pytest.mark.parametrize("flavour", FLAVOURS, ids=str)
@pytest.mark.parametrize("verb", VERBS)
async def test_missing_name_is_absent_under_either_answer(flavour: Flavour, verb: str) -> None:
    """An account that may read is told that the name is absent, be it answered 403 or 404."""
    setting = Setting(flavour)
    await setting.add(SENTINEL)

    assert await VERBS[verb](setting.reader) is ABSENT
    assert setting.asked() == ([NAME] if flavour.missing == 404 else [NAME, SENTINEL, NAME])


@pytest.mark.parametrize("flavour", FLAVOURS, ids=str)
@pytest.mark.parametrize("verb", VERBS)
async def test_object_is_read_with_one_request(flavour: Flavour, verb: str) -> None:
    """What is there costs nothing more."""
    setting = Setting(flavour)
    await setting.add(SENTINEL, NAME)

    assert await VERBS[verb](setting.reader) is not ABSENT
    assert setting.asked() == [NAME]


@pytest.mark.parametrize("flavour", FLAVOURS, ids=str)
@pytest.mark.parametrize("verb", VERBS)
async def test_denied_account_is_not_told_absent(flavour: Flavour, verb: str) -> None:
    """An account that may not read the sentinel either is denied, by the name that it asked for."""
    setting = Setting(flavour)
    await setting.add(SENTINEL, NAME)
    setting.google.readable = False
    with pytest.raises(AccessDeniedError) as caught:
        await VERBS[verb](setting.reader)

    assert caught.value.name == NAME
    assert setting.asked() == [NAME, SENTINEL]


@pytest.mark.parametrize("verb", VERBS)
async def test_missing_sentinel_proves_nothing(verb: str) -> None:
    """Where no sentinel can be read, a 403 stays a 403."""
    setting = Setting(FORBIDDING)
    with pytest.raises(AccessDeniedError) as caught:
        await VERBS[verb](setting.reader)

    assert caught.value.name == NAME


async def test_sentinel_answered_404_proves_nothing() -> None:
    """Who may list and not read is answered 404 for a missing sentinel: the name's 403 stays a denial."""
    clock = ManualClock()
    listing_only = FaultBucket(MemoryBucket(clock), ScriptedFaults([Fault.DENIED], operations=["get"]))
    with pytest.raises(AccessDeniedError) as caught:
        await AbsenceReader(listing_only, clock).get(NAME, sentinel=SENTINEL)

    assert caught.value.name == NAME


@pytest.mark.parametrize("verb", VERBS)
async def test_name_that_appears_meanwhile_is_found(verb: str) -> None:
    """The name is read again behind the sentinel, so that one created in between is not called absent."""
    setting = Setting(FORBIDDING)
    await setting.add(SENTINEL)

    assert await VERBS[verb](AbsenceReader(AppearingName(setting.google), setting.clock)) is not ABSENT


@pytest.mark.parametrize("verb", ["get", "get_range"])
@pytest.mark.parametrize("proof", VERBS)
async def test_recent_success_stands_in_for_the_sentinel(verb: str, proof: str) -> None:
    """Within 60 seconds of a success under the root, by whichever verb, a 403 costs one request."""
    setting = Setting(FORBIDDING)
    await setting.add(NAME)
    await VERBS[proof](setting.reader)
    meta = await setting.memory.head(NAME)
    assert isinstance(meta, ObjectMeta)
    await setting.memory.delete(NAME, meta.version)
    setting.clock.advance(60)
    setting.asked()

    assert await VERBS[verb](setting.reader) is ABSENT
    assert setting.asked() == [NAME]


@pytest.mark.parametrize("proof", VERBS)
async def test_nothing_stands_in_where_an_artifact_is_described(proof: str) -> None:
    """What is called missing by `head` pages somebody: a grant that was lost a moment ago is told as such."""
    setting = Setting(FORBIDDING)
    await setting.add(SENTINEL, NAME)
    await VERBS[proof](setting.reader)
    setting.google.readable = False
    setting.asked()
    with pytest.raises(AccessDeniedError):
        await setting.reader.head(NAME, sentinel=SENTINEL)

    assert setting.asked() == [NAME, SENTINEL]


async def test_sentinel_stands_in_for_itself() -> None:
    """A sentinel that was read for one name need not be read for the next."""
    setting = Setting(FORBIDDING)
    await setting.add(SENTINEL)
    await setting.reader.get(NAME, sentinel=SENTINEL)
    setting.asked()

    assert await setting.reader.get(NAME + "2", sentinel=SENTINEL) is ABSENT
    assert setting.asked() == [NAME + "2"]


async def test_old_success_stands_in_for_nothing() -> None:
    """After 60 seconds the sentinel is read again, and an account that has lost its grant is denied."""
    setting = Setting(FORBIDDING)
    await setting.add(SENTINEL, NAME)
    await setting.reader.get(NAME, sentinel=SENTINEL)
    setting.clock.advance(60.001)
    setting.google.readable = False
    with pytest.raises(AccessDeniedError):
        await setting.reader.get(NAME, sentinel=SENTINEL)


async def test_absence_is_no_success() -> None:
    """A 404 does not prove that the account may read: it may only list."""
    setting = Setting(Flavour(existing=412, missing=404))
    await setting.reader.get(NAME, sentinel=SENTINEL)
    setting.google.readable = False
    with pytest.raises(AccessDeniedError):
        await setting.reader.get(NAME, sentinel=SENTINEL)


async def test_success_under_another_root_stands_in_for_nothing() -> None:
    """Grants are given by root: a lock that was read proves nothing about the ledger."""
    setting = Setting(FORBIDDING)
    await setting.add(OTHER_SENTINEL)
    await setting.reader.get(OTHER_SENTINEL, sentinel=OTHER_SENTINEL)
    with pytest.raises(AccessDeniedError):
        await setting.reader.get(NAME, sentinel=SENTINEL)


async def test_slow_success_counts_from_its_beginning() -> None:
    """A read that took a minute proves what the account could do when it began."""
    setting = Setting(FORBIDDING)
    await setting.add(NAME)

    class Slow(ForwardingBucket):
        async def get(self, name: str) -> Stored | Absent:
            setting.clock.advance(61)
            return await self.inner.get(name)

    reader = AbsenceReader(Slow(setting.google), setting.clock)
    await reader.get(NAME, sentinel=SENTINEL)
    setting.google.readable = False
    with pytest.raises(AccessDeniedError):
        await reader.get_range(NAME, 0, 1, sentinel=SENTINEL)


@pytest.mark.parametrize(
    "faults", [[Fault.BEFORE], [Fault.DENIED, Fault.BEFORE], [Fault.DENIED, Fault.NONE, Fault.BEFORE]]
)
async def test_unavailable_is_neither_absent_nor_denied(faults: list[Fault]) -> None:
    """Any of the three reads that is not answered leaves it open."""
    clock = ManualClock()
    memory = MemoryBucket(clock)
    await memory.put(SENTINEL, b"", ABSENT)
    reader = AbsenceReader(FaultBucket(memory, ScriptedFaults(faults, operations=["get"])), clock)
    with pytest.raises(UnavailableError):
        await reader.get(NAME, sentinel=SENTINEL)


async def test_denied_sentinel_is_not_read_twice() -> None:
    """The sentinel itself, answered 403, has nothing else to prove it."""
    setting = Setting(FORBIDDING)
    with pytest.raises(AccessDeniedError):
        await setting.reader.get(SENTINEL, sentinel=SENTINEL)

    assert setting.asked() == [SENTINEL]

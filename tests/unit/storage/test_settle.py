"""A create of unknown fate ends with the truth about its name, whatever was answered, landed, or landed late."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import final

import pytest

from arco.errors import AccessDeniedError, CorruptionError, OutcomeUnknownError, UnavailableError
from arco.runtime import SeededRandomness
from arco.storage.bucket import ABSENT, Absent, Refused, Stored, Version, Written
from arco.storage.decorators.faults import Fault, FaultBucket, ScriptedFaults
from arco.storage.decorators.forwarding import ForwardingBucket
from arco.storage.decorators.tracing import TracingBucket
from arco.storage.memory import MemoryBucket
from arco.storage.settle import create_settled
from tests.fakes.google_answers import FLAVOURS, Flavour, GoogleAnswers
from tests.fakes.manual_clock import ManualClock

NAME = "ledger/catalog/00000000000000000001.json"
SENTINEL = "ledger/_root.json"
OURS = b"ours, attempt 01"
THEIRS = b"theirs, attempt 99"
UNKNOWN = (Fault.BEFORE, Fault.AFTER, Fault.DELAYED, Fault.TORN)
DEADLINE_SECONDS = 30.0


@final
class EventfulClock(ManualClock):
    """Lets something happen while the n-th pause lasts, counted from 0."""

    def __init__(self) -> None:
        """Begin with nothing planned."""
        super().__init__()
        self.events: dict[int, Callable[[], Awaitable[object]]] = {}

    async def sleep(self, seconds: float) -> None:
        """Pause, and let it happen."""
        await super().sleep(seconds)
        event = self.events.pop(len(self.slept) - 1, None)
        if event is not None:
            await event()


@dataclass
class Setting:
    """A store, answers in a flavour in front of it, faults in front of those, and a trace of what the caller asked."""

    flavour: Flavour
    puts: list[Fault] = field(default_factory=list[Fault])
    gets: list[Fault] = field(default_factory=list[Fault])

    def __post_init__(self) -> None:
        """Build the layers."""
        self.clock = EventfulClock()
        self.memory = MemoryBucket(self.clock)
        self.google = GoogleAnswers(self.memory, self.flavour)
        self.broken = FaultBucket(self.google, ScriptedFaults(self.puts))
        self.traced = TracingBucket(FaultBucket(self.broken, ScriptedFaults(self.gets, operations=["get"])))

    async def settle(self, deadline_seconds: float = DEADLINE_SECONDS, *, sentinel: bool = True) -> Written | Refused:
        """Create the name beside its sentinel."""
        if sentinel:
            await self.memory.put(SENTINEL, b"", ABSENT)
        return await create_settled(
            self.traced,
            NAME,
            OURS,
            sentinel=SENTINEL,
            clock=self.clock,
            randomness=SeededRandomness(7),
            deadline_seconds=deadline_seconds,
        )

    async def occupy(self) -> Written | Refused:
        """Let another writer create the name."""
        return await self.memory.put(NAME, THEIRS, ABSENT)

    async def land(self) -> None:
        """Let every delayed try arrive; what the store answers, nobody hears."""
        while self.broken.delayed:
            try:
                await self.broken.land()
            except AccessDeniedError:
                assert self.flavour.existing == 403

    async def standing(self) -> Stored | Absent:
        """Read what stands there when all has landed."""
        await self.land()
        return await self.memory.get(NAME)

    @property
    def sent(self) -> int:
        """How many tries were sent."""
        return self.traced.requests["put"]


every_flavour = pytest.mark.parametrize("flavour", FLAVOURS, ids=str)


async def _holds_ours(setting: Setting, answer: Written | Refused) -> None:
    standing = await setting.standing()
    assert isinstance(standing, Stored)
    assert standing.data == OURS
    assert answer == Written(standing.version, standing.updated, standing.updated)


async def _holds_theirs(setting: Setting, answer: Written | Refused) -> None:
    standing = await setting.standing()
    assert isinstance(standing, Stored)
    assert standing.data == THEIRS
    assert answer == Refused(standing.version)


@every_flavour
async def test_answered_create_costs_one_request(flavour: Flavour) -> None:
    """A create that is answered is done: nothing is read, and nobody waits."""
    setting = Setting(flavour)
    answer = await setting.settle()

    assert isinstance(answer, Written)
    assert [call.operation for call in setting.traced.trace] == ["put"]
    assert setting.clock.slept == []


@every_flavour
@pytest.mark.parametrize("first", UNKNOWN)
async def test_unknown_try_at_a_free_name_ends_with_ours(flavour: Flavour, first: Fault) -> None:
    """Nobody else is there: whether the first try landed, lands late, or never does, ours stands in the end."""
    setting = Setting(flavour, [first])

    await _holds_ours(setting, await setting.settle())


@every_flavour
@pytest.mark.parametrize(("first", "second"), list(itertools.product(UNKNOWN, UNKNOWN)))
@pytest.mark.parametrize("pause", [0, 1])
async def test_try_that_lands_late_is_ours(flavour: Flavour, first: Fault, second: Fault, pause: int) -> None:
    """A try that lands while we pause refuses our next one, which is no refusal: what stands there is ours."""
    setting = Setting(flavour, [first, second])
    setting.clock.events[pause] = setting.land

    await _holds_ours(setting, await setting.settle())


@every_flavour
@pytest.mark.parametrize("first", [Fault.NONE, *UNKNOWN, Fault.DENIED])
async def test_occupied_name_is_refused(flavour: Flavour, first: Fault) -> None:
    """Another writer came first: refused, whichever status or silence told us, with what stands there."""
    setting = Setting(flavour, [first])
    await setting.occupy()

    await _holds_theirs(setting, await setting.settle())
    assert setting.sent == 1


@every_flavour
@pytest.mark.parametrize("first", [Fault.BEFORE, Fault.DELAYED, Fault.TORN])
@pytest.mark.parametrize("second", [Fault.NONE, *UNKNOWN, Fault.DENIED])
async def test_name_that_is_occupied_meanwhile_is_refused(flavour: Flavour, first: Fault, second: Fault) -> None:
    """Another writer creates the name between two tries: an occupied name is final, and our late try cannot land."""
    setting = Setting(flavour, [first, second])
    setting.clock.events[0] = setting.occupy

    await _holds_theirs(setting, await setting.settle())


@every_flavour
async def test_denied_create_is_denied(flavour: Flavour) -> None:
    """One try, answered 403, and nothing stands there: nothing was written, and nothing is sent again."""
    setting = Setting(flavour)
    setting.google.creatable = False
    with pytest.raises(AccessDeniedError) as caught:
        await setting.settle()

    assert (caught.value.operation, caught.value.name) == ("put", NAME)
    assert setting.sent == 1
    assert await setting.standing() is ABSENT


@every_flavour
async def test_denied_create_is_denied_although_reading_took_a_while(flavour: Flavour) -> None:
    """A read that fails after the only try's 403 is repeated; the create is not."""
    setting = Setting(flavour, gets=[Fault.BEFORE, Fault.BEFORE])
    setting.google.creatable = False
    with pytest.raises(AccessDeniedError):
        await setting.settle()

    assert setting.sent == 1


@every_flavour
async def test_account_that_may_nothing_does_not_guess(flavour: Flavour) -> None:
    """A 403 with nothing read is no proof that nothing was written: what is denied may be the answer alone."""
    setting = Setting(flavour)
    setting.google.creatable = setting.google.readable = False
    with pytest.raises(OutcomeUnknownError) as caught:
        await setting.settle()

    assert isinstance(caught.value.__cause__, AccessDeniedError)


@pytest.mark.parametrize(("pauses", "known"), [(2, True), (99, False)])
async def test_doubled_create_is_not_called_denied(pauses: int, *, known: bool) -> None:
    """A request that arrives twice is answered 403 by its own first copy: ours once it is read, unknown until then."""
    setting = Setting(Flavour(existing=403, missing=403))

    class Doubled(ForwardingBucket):
        async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
            await self.inner.put(name, data, if_version)
            return await self.inner.put(name, data, if_version)

    async def grant() -> None:
        setting.google.readable = True

    setting.traced.inner = Doubled(setting.traced.inner)
    setting.google.readable = False
    setting.clock.events[pauses] = grant
    try:
        answer: Written | Refused | None = await setting.settle()
    except OutcomeUnknownError:
        answer = None
    standing = await setting.standing()

    assert isinstance(standing, Stored)
    assert standing.data == OURS
    assert (isinstance(answer, Written) and answer.version == standing.version) is known


@every_flavour
async def test_create_is_denied_once_a_read_has_seen_nothing(flavour: Flavour) -> None:
    """Every try answered 403, and then a read that is allowed again: nothing was written, and that is told."""
    setting = Setting(flavour)
    setting.google.creatable = setting.google.readable = False

    async def grant() -> None:
        setting.google.readable = True

    setting.clock.events[2] = grant
    with pytest.raises(AccessDeniedError) as caught:
        await setting.settle()

    assert (caught.value.operation, setting.sent) == ("put", 4)


@every_flavour
@pytest.mark.parametrize("later", UNKNOWN)
async def test_denial_before_an_unknown_try_proves_nothing(flavour: Flavour, later: Fault) -> None:
    """A 403 to the first try does not say that the second will not land."""
    setting = Setting(flavour, [Fault.DENIED, later])
    setting.google.readable = False

    async def grant() -> None:
        setting.google.readable = True

    setting.clock.events[0] = grant

    await _holds_ours(setting, await setting.settle())


async def test_denied_sentinel_is_denied() -> None:
    """Nothing proves that a missing sentinel can be read: where it cannot be created either, that is told at once."""
    setting = Setting(Flavour(existing=412, missing=403))
    setting.google.creatable = False
    with pytest.raises(AccessDeniedError) as caught:
        await create_settled(
            setting.traced,
            SENTINEL,
            OURS,
            sentinel=SENTINEL,
            clock=setting.clock,
            randomness=SeededRandomness(7),
            deadline_seconds=DEADLINE_SECONDS,
        )

    assert (caught.value.operation, setting.sent) == ("put", 1)


@every_flavour
async def test_denial_after_an_unknown_try_proves_nothing(flavour: Flavour) -> None:
    """A 403 to the second try does not say that the first will not land: the fate stays unknown until it is read."""
    setting = Setting(flavour, [Fault.DELAYED, Fault.DENIED])
    setting.clock.events[1] = setting.land

    await _holds_ours(setting, await setting.settle())


@every_flavour
async def test_denials_after_an_unknown_try_end_unknown(flavour: Flavour) -> None:
    """A grant that was lost between two tries leaves the first one's fate unknown, and says so."""
    setting = Setting(flavour, [Fault.DELAYED, *[Fault.DENIED] * 99])
    with pytest.raises(OutcomeUnknownError):
        await setting.settle()


@every_flavour
async def test_time_runs_out_unknown(flavour: Flavour) -> None:
    """A store that never answers ends in an unknown outcome, before the deadline, after growing pauses."""
    setting = Setting(flavour, [Fault.TORN] * 99)
    with pytest.raises(OutcomeUnknownError) as caught:
        await setting.settle()

    assert caught.value.name == NAME
    assert sum(setting.clock.slept) < DEADLINE_SECONDS
    assert sum(setting.clock.slept) > DEADLINE_SECONDS - 2.0
    for number, seconds in enumerate(setting.clock.slept):
        ceiling = min(2.0, 0.1 * 2**number)
        assert ceiling / 2 <= seconds <= ceiling


@every_flavour
async def test_late_caller_still_learns_what_stands_there(flavour: Flavour) -> None:
    """With no time left there is one try, and one look at what became of it."""
    setting = Setting(flavour, [Fault.AFTER])

    await _holds_ours(setting, await setting.settle(deadline_seconds=0))


@every_flavour
@pytest.mark.parametrize("first", UNKNOWN)
async def test_unreadable_name_ends_unknown(flavour: Flavour, first: Fault) -> None:
    """While reads are not answered nothing is known, so nothing is claimed and nothing is sent again."""
    setting = Setting(flavour, [first], [Fault.BEFORE] * 99)
    with pytest.raises(OutcomeUnknownError):
        await setting.settle()

    assert setting.sent == 1


@every_flavour
async def test_account_that_may_not_read_does_not_guess(flavour: Flavour) -> None:
    """Without a read there is no telling whose bytes refused ours: unknown, although the last answer was definite."""
    setting = Setting(flavour, [Fault.AFTER])
    setting.google.readable = False
    with pytest.raises(OutcomeUnknownError):
        await setting.settle()


@every_flavour
async def test_sentinel_itself_can_be_created(flavour: Flavour) -> None:
    """Where nothing proves absence yet, the same bytes are sent again: the root manifest is its own sentinel."""
    setting = Setting(flavour, [Fault.TORN])

    await _holds_ours(setting, await setting.settle(sentinel=False))


async def test_the_backends_wish_is_heard() -> None:
    """A 429 that says when to return is believed."""
    setting = Setting(FLAVOURS[0])

    class Busy(ForwardingBucket):
        async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
            if not setting.clock.slept:
                message = "slow down"
                raise UnavailableError(message, name=name, retry_after_seconds=9.5)
            return await self.inner.put(name, data, if_version)

    setting.traced.inner = Busy(setting.traced.inner)
    answer = await setting.settle()

    assert isinstance(answer, Written)
    assert setting.clock.slept == [9.5]


async def test_corruption_is_not_settled() -> None:
    """What stands there and cannot be read as it was written is nobody's: stop and page."""

    class Corrupt(ForwardingBucket):
        async def get(self, name: str) -> Stored | Absent:
            message = "checksum"
            raise CorruptionError(message, name=name)

    setting = Setting(FLAVOURS[0], [Fault.AFTER])
    setting.traced.inner = Corrupt(setting.traced.inner)
    with pytest.raises(CorruptionError):
        await setting.settle()

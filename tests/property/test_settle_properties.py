"""Over drawn faults, landings and a rival: settling never lies about whose bytes stand there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import final

from hypothesis import event, given, settings
from hypothesis import strategies as st

from arco.errors import AccessDeniedError, ArcoError, OutcomeUnknownError
from arco.runtime import SeededRandomness
from arco.storage.bucket import ABSENT, Absent, Bucket, Refused, Stored, Version, Written
from arco.storage.decorators.faults import Fault, FaultBucket, ScriptedFaults
from arco.storage.decorators.forwarding import ForwardingBucket
from arco.storage.decorators.tracing import TracingBucket
from arco.storage.memory import MemoryBucket
from arco.storage.settle import create_settled
from tests.fakes.google_answers import FLAVOURS, Flavour, GoogleAnswers
from tests.fakes.manual_clock import ManualClock

NAME = "manifests/catalog/00000000000000000002.manifest.json"
SENTINEL = "manifests/root.manifest.json"
OURS = b"ours, attempt 01"
THEIRS = b"theirs, attempt 99"
DEADLINE_SECONDS = 3.0


@final
@dataclass(frozen=True, slots=True)
class Story:
    """What befalls one create. Moments count requests of the caller, from 0; `rival_at` 99 never comes."""

    flavour: Flavour
    puts: tuple[Fault, ...]
    gets: tuple[Fault, ...]
    rival_at: int
    landings: frozenset[int]
    seed: int


STORIES = st.builds(
    Story,
    st.sampled_from(FLAVOURS),
    st.lists(st.sampled_from(Fault), max_size=12).map(tuple),
    st.lists(st.sampled_from([Fault.NONE, Fault.NONE, Fault.BEFORE, Fault.DENIED]), max_size=12).map(tuple),
    st.one_of(st.just(99), st.integers(0, 9)),
    st.frozensets(st.integers(0, 12), max_size=4),
    st.integers(0, 2**16),
)


@final
class Told(ForwardingBucket):
    """Lets the story go on before each request that the caller makes."""

    def __init__(self, broken: FaultBucket, inner: Bucket, memory: MemoryBucket, story: Story) -> None:
        """Begin the story."""
        super().__init__(inner)
        self.broken = broken
        self.memory = memory
        self.story = story
        self.asked = 0

    async def get(self, name: str) -> Stored | Absent:
        """Read, after whatever was to happen first."""
        await self._happen()
        return await self.inner.get(name)

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, after whatever was to happen first."""
        await self._happen()
        return await self.inner.put(name, data, if_version)

    async def _happen(self) -> None:
        if self.asked == self.story.rival_at:
            await self.memory.put(NAME, THEIRS, ABSENT)
        if self.asked in self.story.landings:
            await land(self.broken)
        self.asked += 1


async def land(broken: FaultBucket) -> None:
    """Let one delayed try arrive; nobody hears how it was answered."""
    if broken.delayed:
        try:
            await broken.land()
        except AccessDeniedError:
            return


@final
@dataclass(frozen=True, slots=True)
class Ending:
    """How the create was answered, what stands there when every try has landed, what was written to, and the time."""

    answer: Written | Refused | ArcoError
    standing: Stored | Absent
    names: frozenset[str]
    elapsed: float


async def tell(story: Story) -> Ending:
    """Let the story run to its end."""
    clock = ManualClock()
    memory = MemoryBucket(clock)
    await memory.put(SENTINEL, b"", ABSENT)
    broken = FaultBucket(GoogleAnswers(memory, story.flavour), ScriptedFaults(story.puts))
    unread = FaultBucket(broken, ScriptedFaults(story.gets, operations=["get"]))
    traced = TracingBucket(Told(broken, unread, memory, story))
    answer: Written | Refused | ArcoError
    began = clock.monotonic_seconds()
    try:
        answer = await create_settled(
            traced,
            NAME,
            OURS,
            sentinel=SENTINEL,
            clock=clock,
            randomness=SeededRandomness(story.seed),
            deadline_seconds=DEADLINE_SECONDS,
        )
    except (AccessDeniedError, OutcomeUnknownError) as error:
        answer = error
    elapsed = clock.monotonic_seconds() - began
    while broken.delayed:
        await land(broken)
    names = frozenset(call.name for call in traced.trace if call.operation == "put")
    return Ending(answer, await memory.get(NAME), names, elapsed)


@settings(max_examples=1000)
@given(STORIES)
def test_settling_never_lies(story: Story) -> None:
    """`Written` is ours, `Refused` is another's, denied is not ours, one name is written, and time is kept."""
    ending = asyncio.run(tell(story))
    event(type(ending.answer).__name__)
    data = ending.standing.data if isinstance(ending.standing, Stored) else None

    assert ending.names == {NAME}
    assert ending.elapsed < DEADLINE_SECONDS
    match ending.answer:
        case Written(version):
            assert data == OURS
            assert isinstance(ending.standing, Stored)
            assert version == ending.standing.version
        case Refused():
            assert data == THEIRS
        case AccessDeniedError():
            assert data != OURS
        case _:
            assert isinstance(ending.answer, OutcomeUnknownError)


def test_the_stories_reach_every_ending() -> None:
    """Each way in which settling can end is among those that the property has seen."""
    flavour = FLAVOURS[0]
    stories = {
        "Written": Story(flavour, (Fault.DELAYED, Fault.TORN), (), 99, frozenset({4}), 0),
        "Refused": Story(flavour, (Fault.DELAYED, Fault.AFTER), (), 2, frozenset({7}), 0),
        "AccessDeniedError": Story(flavour, (Fault.DENIED,), (), 99, frozenset(), 0),
        "OutcomeUnknownError": Story(flavour, (Fault.TORN,) * 12, (), 99, frozenset(), 0),
    }
    endings = {name: type(asyncio.run(tell(story)).answer).__name__ for name, story in stories.items()}

    assert endings == {name: name for name in stories}

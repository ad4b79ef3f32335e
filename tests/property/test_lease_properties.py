"""Over drawn schedules of three processes on slow and broken requests: never two leases at once, and tokens rise."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import final

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from arco.errors import FencedError, OutcomeUnknownError, UnavailableError
from arco.fencing import Lease, LeaseTerms, Replica
from arco.runtime import Clock, SeededRandomness, SimulatedClock
from arco.storage.bucket import Absent, Bucket, Refused, Stored, Version, Written
from arco.storage.decorators.faults import Fault, FaultBucket, SeededFaults
from arco.storage.decorators.forwarding import ForwardingBucket
from arco.storage.memory import MemoryBucket
from arco.storage.workspace import WorkspaceStorage
from tests.fakes.contenders import DOMAIN, MachineClock, PublishedToken, SilentBucket, holder
from tests.fakes.handed_out import SCOPE

PROCESSES = 3
ROUNDS = 6
TERMS = LeaseTerms(ttl_seconds=12, margin_seconds=1, keep_seconds=2)
FAULTS = (Fault.BEFORE, Fault.AFTER, Fault.DELAYED, Fault.TORN)


@final
@dataclass(frozen=True, slots=True)
class Story:
    """What a run is like: how often requests fail (in 256), how long they take at most, whether the backend tells."""

    seed: int
    faults_per_256: int
    slow_seconds: float
    tells: bool


STORIES = st.builds(
    Story,
    seed=st.integers(0, 2**32 - 1),
    faults_per_256=st.sampled_from([0, 20, 60]),
    slow_seconds=st.sampled_from([0.0, 0.5, 4.0]),
    tells=st.booleans(),
)


@final
class Dice:
    """Decisions of one seed."""

    def __init__(self, seed: int) -> None:
        """Begin."""
        self._randomness = SeededRandomness(seed)

    def below(self, count: int) -> int:
        """Draw a whole number below `count`."""
        return int.from_bytes(self._randomness.token_bytes(4)) % count

    def seconds(self, most: float) -> float:
        """Draw up to `most` seconds, in steps of an eighth."""
        return self.below(int(most * 8) + 1) / 8


@final
class SlowBucket(ForwardingBucket):
    """Takes a drawn time, or none, before each request is decided, and again before it is answered."""

    def __init__(self, inner: Bucket, clock: Clock, dice: Dice, most: float) -> None:
        """Draw from `dice`."""
        super().__init__(inner)
        self._clock = clock
        self._dice = dice
        self._most = most

    async def get(self, name: str) -> Stored | Absent:
        """Read, slowly."""
        await self._pass()
        answer = await self.inner.get(name)
        await self._pass()
        return answer

    async def put(self, name: str, data: bytes, if_version: Version | Absent) -> Written | Refused:
        """Write, slowly."""
        await self._pass()
        answer = await self.inner.put(name, data, if_version)
        await self._pass()
        return answer

    async def _pass(self) -> None:
        await self._clock.sleep(self._dice.seconds(self._most) if self._dice.below(2) else 0.0)


@final
@dataclass
class Play:
    """One run: every lease that there was, with the token that it began under."""

    story: Story
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    leases: list[Lease] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    broken: list[FaultBucket] = field(default_factory=list)
    lost: int = 0

    def __post_init__(self) -> None:
        """Begin with an empty bucket."""
        self.memory = MemoryBucket(self.clock)
        self.dice = Dice(self.story.seed)

    def process(self, number: int) -> tuple[Replica, MachineClock]:
        """Make a process, with clocks and faults of its own."""
        clock = MachineClock(self.clock, wall_ahead=self.dice.below(7200) - 3600.0, monotonic_ahead=1e4 * number)
        randomness = SeededRandomness(self.story.seed + number)
        inner = self.memory if self.story.tells else SilentBucket(self.memory)
        broken = FaultBucket(inner, SeededFaults(randomness, self.story.faults_per_256, FAULTS))
        self.broken.append(broken)
        slow = SlowBucket(broken, self.clock, self.dice, self.story.slow_seconds)
        locks = WorkspaceStorage(slow, SCOPE, clock=clock, randomness=randomness).api_views().locks
        return Replica(holder(f"p{number}x"), locks, PublishedToken(), clock, randomness, TERMS), clock

    async def act(self, number: int) -> None:
        """Acquire, work, and release or vanish, again and again."""
        replica, clock = self.process(number)
        for _ in range(ROUNDS):
            await clock.sleep(self.dice.seconds(8))
            clock.wall_ahead += self.dice.below(200) - 100.0
            try:
                lease = await Lease.acquire(replica, DOMAIN, operation="play", wait_seconds=self.dice.seconds(40))
            except (UnavailableError, OutcomeUnknownError):
                continue
            if not lease.is_over:
                self.begins(lease)
                await self.work(lease, clock)
            if self.dice.below(3):
                await lease.release()

    async def work(self, lease: Lease, clock: Clock) -> None:
        """Renew a few times, on time or late, and once in a while take a higher token."""
        try:
            for _ in range(self.dice.below(4)):
                await clock.sleep(self.dice.seconds(9))
                if self.dice.below(5):
                    await lease.renew()
                else:
                    await lease.raise_above(lease.token.value + self.dice.below(3))
                    self.tokens.append(lease.token.value)
                self.alone(lease)
        except FencedError:
            self.lost += 1

    def begins(self, lease: Lease) -> None:
        """A lease begins: under a token above all before it, and while no other is alive."""
        assert all(lease.token.value > token for token in self.tokens), (self.story, self.tokens, lease.token)
        self.tokens.append(lease.token.value)
        self.leases.append(lease)
        self.alone(lease)

    def alone(self, lease: Lease) -> None:
        """Nobody else believes to hold the lease."""
        alive = [other for other in self.leases if other is not lease and not other.is_over]
        assert lease.is_over or not alive, f"two leases at once story={self.story}"

    async def run(self) -> None:
        """Let all act, and time pass whenever all sleep; what is delayed lands at any time."""
        tasks = [asyncio.ensure_future(self.act(number)) for number in range(PROCESSES)]
        while not all(task.done() for task in tasks):
            for _ in range(10):
                await asyncio.sleep(0)
            for broken in self.broken:
                if broken.delayed and not self.dice.below(6):
                    await broken.land(self.dice.below(broken.delayed))
            self.clock.advance(self.clock.next_wake_seconds() or 0.0)
        await asyncio.gather(*tasks)


@given(story=STORIES)
@settings(max_examples=60)
def test_there_are_never_two_leases(story: Story) -> None:
    """Whatever is slow, lost, late or doubled, and whatever wall clocks say: one believes, and tokens rise."""
    play = Play(story)
    asyncio.run(play.run())
    event(f"leases: {min(len(play.leases), 9)}, lost in the middle of their work: {min(play.lost, 3)}")


@pytest.mark.parametrize("tells", [True, False])
def test_quiet_runs_have_many_leases(*, tells: bool) -> None:
    """Where nothing breaks, the processes do come to hold the lease: the property is not about nothing."""
    plays = [Play(Story(seed, 0, 0.5, tells)) for seed in range(3)]
    for play in plays:
        asyncio.run(play.run())

    assert sum(len(play.leases) for play in plays) >= PROCESSES * 4

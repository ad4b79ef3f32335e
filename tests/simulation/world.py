"""The bucket of a world: a value, and what each request makes of it. The real `MemoryBucket` decides.

Versions are renamed to the number of the write of that name, so that two orders of writes to different names give one
content. Nothing is deleted here, so a version still names one content of one name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar, final

from arco.storage.bucket import ABSENT, ObjectMeta, Stored, Version, Written
from arco.storage.memory import MemoryBucket, MemoryObject, MemorySnapshot
from tests.simulation.seat import EPOCH_SECONDS, Request

__all__ = ["Content", "FixedClock", "World", "restored", "run_through"]

Content = tuple[MemoryObject, ...]
T = TypeVar("T")

_NUMBER_AND_NAME: Final = "@"


@final
@dataclass(frozen=True, slots=True)
class FixedClock:
    """The backend's clock at one second of the world; nobody sleeps by it."""

    now: int

    def wall_seconds(self) -> float:
        """Give the backend's time."""
        return EPOCH_SECONDS + self.now

    def monotonic_seconds(self) -> float:
        """Give the world's time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Refuse: whoever uses it waits for nothing."""
        raise NotImplementedError(seconds)


def restored(content: Content, now: int) -> MemoryBucket:
    """Give a bucket that holds `content`, at second `now`."""
    return MemoryBucket.restored(FixedClock(now), MemorySnapshot(content, 0))


def run_through(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    message = "it waits for something"
    raise RuntimeError(message)


@final
class World:
    """Contents by number, so that a state is a few small numbers; 0 is the first. Each request is decided once."""

    def __init__(self, first: Content, *, tells_time: bool) -> None:
        """Begin with one content. `tells_time`: whether answers hold the backend's clock."""
        self.contents = [first]
        self._tells_time = tells_time
        self._numbers = {first: 0}
        self._decided: dict[tuple[int, Request, int], tuple[object, int]] = {}

    def decide(self, content: int, request: Request, now: int) -> tuple[object, int]:
        """Give the answer to a request at second `now`, and the content after it."""
        key = (content, request, now)
        decided = self._decided.get(key)
        if decided is None:
            decided = self._decided[key] = self._decide(content, request, now)
        return decided

    def may_land(self, content: int, request: Request) -> bool:
        """Whether a write on its way could still find its precondition. What has passed never comes back here."""
        standing = next((one for one in self.contents[content] if one.name == request.name), None)
        return request.if_version == (ABSENT if standing is None else standing.version)

    def _decide(self, content: int, request: Request, now: int) -> tuple[object, int]:
        before = self.contents[content]
        bucket = restored(before, now)
        answer = run_through(_asked(bucket, request))
        if isinstance(answer, Written):
            number = next(
                (int(one.version.partition(_NUMBER_AND_NAME)[0]) for one in before if one.name == request.name), 0
            )
            version = Version(f"{number + 1}{_NUMBER_AND_NAME}{request.name}")
            after = tuple(
                dataclasses.replace(one, version=version) if one.version == answer.version else one
                for one in bucket.snapshot().objects
            )
            answer = dataclasses.replace(answer, version=version)
            content = self._numbers.setdefault(after, len(self.contents))
            if content == len(self.contents):
                self.contents.append(after)
        return self._timeless(answer), content

    def _timeless(self, answer: object) -> object:
        if self._tells_time:
            return answer
        if isinstance(answer, Stored | Written):
            return dataclasses.replace(answer, updated=None, server_time=None)
        return dataclasses.replace(answer, updated=None) if isinstance(answer, ObjectMeta) else answer


async def _asked(bucket: MemoryBucket, request: Request) -> object:
    match request.operation:
        case "get":
            return await bucket.get(request.name)
        case "get_range":
            return await bucket.get_range(request.name, *request.bounds)
        case "head":
            return await bucket.head(request.name)
        case _:
            assert request.if_version is not None
            return await bucket.put(request.name, request.data, request.if_version)

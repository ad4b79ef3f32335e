"""Two states are one exactly if nothing that an actor can reach differs: none is counted twice, none is lost."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Awaitable, Callable, Hashable, Iterator
from functools import partial
from typing import Any

import pytest

from tests.simulation.identity import UnknownValueError, fingerprint
from tests.simulation.loop import StepLoop
from tests.simulation.machine import START, Machine
from tests.simulation.scenario import Scenario
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.scheduler import Explorer
from tests.simulation.seat import ParkingBucket, Role, Seat

Waits = Callable[[], Awaitable[object]]


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let nobody tell of the permits that are dropped when an actor dies, now or when the interpreter ends."""
    caplog.set_level(logging.CRITICAL, logger="arco")
    yield
    gc.collect()


def _suspended(act: Callable[[Waits], Any]) -> Hashable:
    """Give the identity of an actor that waits for the first time."""
    loop = StepLoop()
    waiting: list[asyncio.Future[Any]] = []

    async def wait() -> object:
        waiting.append(loop.create_future())
        return await waiting[-1]

    task = loop.create_task(act(wait))
    loop.run_ready()
    assert waiting
    assert not task.done()
    assert not loop.troubles
    found = fingerprint([task], waiting)
    task.get_coro().close()
    return found


async def _local(wait: Waits, value: object) -> object:
    await wait()
    return value


async def _half_an_expression(wait: Waits, value: object) -> list[object]:
    return [str(value), await wait()]


async def _loop(wait: Waits, count: int) -> None:
    passed = iter(range(3))
    for _ in range(count):
        next(passed)
    for _ in passed:
        await wait()


async def _closure(wait: Waits, value: object) -> object:
    def closed() -> object:
        return value

    await wait()
    return closed


async def _in_a_task(wait: Waits, value: object) -> None:
    async def child() -> object:
        await wait()
        return value

    await asyncio.gather(child(), child())


async def _in_a_finished_task(wait: Waits, value: object) -> None:
    async def child() -> object:
        return value

    await asyncio.gather(child(), wait())


async def _within(wait: Waits, value: object) -> None:
    with contextlib.suppress(ValueError, KeyError if value == "a" else IndexError):
        await wait()


async def _raised(wait: Waits, value: object) -> None:
    try:
        int(f"no number {value}")
    except ValueError:
        await wait()


WAYS = [_local, _half_an_expression, _closure, _in_a_task, _in_a_finished_task, _within, _raised]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_differs_is_told_apart(way: Callable[[Waits, object], Any]) -> None:
    """A value that an actor can reach, wherever it keeps it, is part of its state."""
    same = [_suspended(lambda wait: way(wait, "a")) for _ in range(2)]
    other = _suspended(lambda wait: way(wait, "b"))

    assert same[0] == same[1]
    assert other != same[0]


def test_place_is_told_apart() -> None:
    """How far a loop has come, and at which of two lines somebody waits, is part of the state."""

    async def twice(seat: Seat) -> None:
        bucket = ParkingBucket(seat.parking)
        await bucket.get("a")
        await bucket.get("a")

    machine = Machine(Role("toy", twice))
    first = machine.told(machine.first, START, None, 0)

    assert machine.told(first, 0, b"a", 0) is not first
    assert _suspended(lambda wait: _loop(wait, 0)) != _suspended(lambda wait: _loop(wait, 1))


def test_number_is_no_truth() -> None:
    """1, 1.0 and True are equal, and are three states; so are "a" and b"a"."""
    found = {_suspended(partial(_local, value=value)) for value in (1, 1.0, True, "a", b"a")}

    assert len(found) == 5


def test_sharing_is_told_apart() -> None:
    """One list under two names is not two equal lists: who changes one changes the other."""
    one: list[object] = []

    assert _suspended(lambda wait: _local(wait, [one, one])) != _suspended(lambda wait: _local(wait, [[], []]))


def test_unknown_value_is_an_error() -> None:
    """What nobody has said how to tell apart is never left out silently."""
    with pytest.raises(UnknownValueError, match=r"array\.array"):
        _suspended(lambda wait: _local(wait, __import__("array").array("b")))


def test_ways_to_one_state_are_one() -> None:
    """Two orders of two answers that leave nothing behind give one state, and it is counted once."""

    async def act(seat: Seat) -> None:
        bucket = ParkingBucket(seat.parking)
        await asyncio.gather(bucket.get("a"), bucket.get("b"))
        await bucket.get("c")

    machine = Machine(Role("toy", act))
    started = machine.told(machine.first, START, None, 0)
    one = machine.told(machine.told(started, 0, b"a", 0), 0, b"b", 0)
    two = machine.told(machine.told(started, 1, b"b", 0), 0, b"a", 0)
    unlike = machine.told(machine.told(started, 0, b"x", 0), 0, b"b", 0)

    assert one is two
    assert one is unlike
    assert machine.told(started, 0, b"a", 0) is not machine.told(started, 0, b"x", 0)


SAMPLED = ("takeover-late-replies", "lost-lock", "torn-upload", "forgetful", "for-another-with-crash", "impatient")


def _walked(scenario: Scenario) -> Explorer:
    """Take every decision of a scenario, and ask nothing."""
    explorer = scenario.explorer()
    met, waiting = {(explorer.first, scenario.bounds)}, [(explorer.first, scenario.bounds)]
    while waiting:
        state, left = waiting.pop()
        for move in explorer.moves(state, left):
            after, _ = explorer.take(state, move)
            spent = left if move.spent is None else left._replace(**{move.spent: getattr(left, move.spent) - 1})
            if (after, spent) not in met:
                met.add((after, spent))
                waiting.append((after, spent))
    return explorer


@pytest.mark.parametrize("name", SAMPLED)
def test_merged_states_go_on_alike(name: str) -> None:
    """A state that was reached in two ways does the same after both, whatever it is answered."""
    (scenario,) = (one for one in SCENARIOS if one.name == name)
    explorer = _walked(scenario)
    asked = [machine.disagreements(60) for machine in explorer.machines]

    assert sum(compared for compared, _ in asked) > 20
    assert not [words for _, found in asked for words in found]
    for machine in explorer.machines:
        machine.close()

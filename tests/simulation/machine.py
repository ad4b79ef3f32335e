"""An actor as a machine: states, and what each does when it is answered. Coroutines cannot be copied; states can.

A state is remembered by its identity (`identity.py`), and each answer in each state is run once: whoever comes again
gets the state that followed. To run an answer in a state whose coroutine has gone on meanwhile, a fresh actor is told
all that the first was told on its way there. An actor is a function of that, and it is checked that it arrives there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final, NamedTuple, final

from arco.errors import OutcomeUnknownError, UnavailableError
from arco.fencing.lease import _LEASES
from arco.fencing.verified import _VERIFIED
from tests.simulation.identity import fingerprint
from tests.simulation.loop import StepLoop
from tests.simulation.seat import Fact, Parking, Request, Role, Seat

__all__ = ["START", "Answer", "Belief", "Failure", "Machine", "Node"]

START: Final = -1
"""The index of the answer that starts an actor."""

# So many coroutines are kept where they are, those that were used last.
_LIVE_MAX: Final = 4_000


@final
@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is an error: the name of its class in `arco.errors`."""

    error: str


Answer = object
"""What a request returns, or a `Failure`; None for sleeps and starts."""


@final
@dataclass(frozen=True, slots=True)
class Belief:
    """A lease that an actor believes in until `until` of its monotonic clock; by its own, or by verifying another's."""

    token: int
    until: float
    verified: bool


@final
@dataclass(frozen=True, slots=True)
class _Told:
    index: int
    answer: Answer
    now: int


@final
@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A state of an actor: what it waits for, what it was told, and which leases it believes in.

    `ended` is None while it runs, empty once it has returned, and says what went wrong otherwise.
    """

    number: int
    parked: tuple[Request, ...]
    facts: tuple[Fact, ...]
    beliefs: tuple[Belief, ...]
    ended: str | None
    before: Node | None
    told: _Told | None
    started: bool = True


@final
class _Run:
    """An actor under way."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._loop = StepLoop()
        self._parking = Parking()
        self._seat = Seat(role, self._parking)

    def step(self, told: _Told) -> None:
        self._parking.now = told.now
        if told.index == START:
            self._loop.create_task(self._role.act(self._seat))
        else:
            pending = self._parking.waiting.pop(told.index)
            if isinstance(told.answer, Failure):
                pending.future.set_exception(_raised(told.answer, pending.request))
            else:
                pending.future.set_result(told.answer)
        self._loop.run_ready()

    def close(self) -> None:
        """Let go of the coroutine, while the modules that it belongs to are still there.

        What stands behind a view is held for as long as the view lives. If that leads back to the view, neither dies.
        """
        self._parking.waiting.clear()
        self._loop.tasks.clear()

    def parked(self) -> tuple[Request, ...]:
        return tuple(pending.request for pending in self._parking.waiting)

    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._seat.facts)

    def beliefs(self) -> tuple[Belief, ...]:
        held = (_LEASES.of(lease) for lease in self._seat.leases)
        mine = [Belief(one.record.sequence, one.until, verified=False) for one in held if one.ended is None]
        verified = (_VERIFIED.of(lease) for lease in self._seat.verified)
        return (*mine, *(Belief(one.record.sequence, one.until, verified=True) for one in verified))

    def ended(self) -> str | None:
        main = self._loop.tasks[0]
        if self._loop.troubles:
            return "; ".join(self._loop.troubles)
        if not main.done():
            return None if self._parking.waiting else "waits for nothing"
        error = main.exception()
        # Who is turned away may give up; any other error is one that the actor did not expect.
        gave_up = error is None or isinstance(error, UnavailableError)
        return "" if gave_up else f"{type(error).__name__}: {error}"

    def identity(self) -> Hashable:
        if self.ended() is not None:
            return ()
        main, *others = self._loop.tasks
        waiting = [pending.future for pending in self._parking.waiting]
        return fingerprint([main, [task for task in others if not task.done()], self._seat], waiting)


def _raised(failure: Failure, request: Request) -> Exception:
    if failure.error == "OutcomeUnknownError":
        message = "no reply"
        return OutcomeUnknownError(message, name=request.name)
    message = "turned away"
    return UnavailableError(message, name=request.name)


@final
class Machine:
    """The states of one actor, as far as they were asked for."""

    def __init__(self, role: Role) -> None:
        """Begin with the actor that has not started, which is state 0."""
        self.role = role
        self.first = Node(0, (), (), (), None, None, None, started=False)
        self.nodes = [self.first]
        self.steps = 0
        self._by_identity: dict[_Key, Node] = {}
        self._merged: list[tuple[Node, Node, _Told]] = []
        self._next: dict[tuple[int, int, int, Answer], Node] = {}
        self._live: OrderedDict[int, _Run] = OrderedDict()

    def told(self, node: Node, index: int, answer: Answer, now: int) -> Node:
        """Give the state after the request at `index` was answered at second `now`."""
        key = (node.number, index, now, answer)
        following = self._next.get(key)
        if following is None:
            following = self._next[key] = self._run(node, _Told(index, answer, now))
        return following

    def crashed(self, node: Node) -> Node:
        """Give the state of an actor that is no more; what it was told, others may have heard of."""
        return self._known(_Key(("crashed",), (), node.facts, (), ""), None, None)

    def disagreements(self, most: int) -> tuple[int, list[str]]:
        """Ask whether states that were taken for one go on alike: how many answers were compared, and what differed.

        Each of at most `most` merges, spread evenly over all, is gone again by the way that was not kept, and is given
        every answer that the state was ever given.
        """
        compared, found = 0, list[str]()
        answers: dict[int, list[tuple[_Told, Node]]] = {}
        for (number, index, now, answer), following in self._next.items():
            answers.setdefault(number, []).append((_Told(index, answer, now), following))
        for node, before, told in self._merged[:: max(1, len(self._merged) // most)]:
            for then, expected in answers.get(node.number, ()):
                run = self._replayed(before)
                run.step(told)
                run.step(then)
                compared += 1
                key = _key(run)
                run.close()
                if self._by_identity.get(key) is not expected:
                    found.append(f"{self.role.name}: state {node.number} after {then}")
        return compared, found

    def close(self) -> None:
        """Let go of every coroutine."""
        while self._live:
            self._live.popitem()[1].close()

    def _run(self, node: Node, told: _Told) -> Node:
        run = self._live.pop(node.number, None) or self._replayed(node)
        run.step(told)
        self.steps += 1
        following = self._known(_key(run), node, told)
        if following.before is not node or following.told is not told:
            self._merged.append((following, node, told))
        self._keep(following, run)
        return following

    def _keep(self, node: Node, run: _Run) -> None:
        if node.ended is not None or node.number in self._live:
            run.close()
            return
        self._live[node.number] = run
        if len(self._live) > _LIVE_MAX:
            self._live.popitem(last=False)[1].close()

    def _replayed(self, node: Node) -> _Run:
        way: list[Node] = []
        while node.before is not None:
            way.append(node)
            node = node.before
        run = _Run(self.role)
        for one in reversed(way):
            assert one.told is not None
            run.step(one.told)
            self.steps += 1
            assert run.parked() == one.parked, "an actor is no function of what it is told"
        return run

    def _known(self, key: _Key, before: Node | None, told: _Told | None) -> Node:
        node = self._by_identity.get(key)
        if node is None:
            node = Node(len(self.nodes), key.parked, key.facts, key.beliefs, key.ended, before, told)
            self._by_identity[key] = node
            self.nodes.append(node)
        return node


class _Key(NamedTuple):
    """A state by its identity, and by what the scheduler and the invariants see of it."""

    identity: Hashable
    parked: tuple[Request, ...]
    facts: tuple[Fact, ...]
    beliefs: tuple[Belief, ...]
    ended: str | None


def _key(run: _Run) -> _Key:
    return _Key(run.identity(), run.parked(), run.facts(), run.beliefs(), run.ended())

"""One scheduler decides all: whose request is next, what becomes of it, what lands late, who dies, when time passes.

A state is where each actor is (`identity.py`), the bucket's content, the writes that are still on their way, and the
time: a value, from which every decision is taken. What an actor does in a step depends on its own place, the content
and the time alone, so each such step is taken once, whatever the others do meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple, final

from tests.simulation.machine import START, Failure, Machine, Node
from tests.simulation.seat import Request, Role
from tests.simulation.world import Content, World

__all__ = ["Bounds", "Explorer", "Move", "Place", "State", "Step", "timeless"]

_UNKNOWN: Final = Failure("OutcomeUnknownError")
_TURNED_AWAY: Final = Failure("UnavailableError")
_LATER: Final = "done, to be answered later"
_NOBODY_KNOWS: Final = "on its way, nobody knows"


class Bounds(NamedTuple):
    """How many faults of each kind a run may have at most.

    `crashes`: an actor ends, and its writes on the way may land or not. `lost`: a write is done, its reply is lost.
    `delayed`: nobody knows, and the write lands later or never. `held`: a request is done, its reply comes later.
    `refused`: a request is turned away. `jumps`: time passes without anybody waking.
    """

    crashes: int = 0
    lost: int = 0
    delayed: int = 0
    held: int = 0
    refused: int = 0
    jumps: int = 0

    def covers(self, other: Bounds) -> bool:
        """Whether it leaves at least as much as `other`."""
        return all(mine >= yours for mine, yours in zip(self, other, strict=True))


@final
@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """An actor in a state of its machine, and the replies that are on their way to it, by index of the request."""

    actor: int
    node: Node
    held: tuple[tuple[int, object], ...] = ()


@final
class State(NamedTuple):
    """Everything at one moment. `content` is a number of the world's, `flying` holds writes that may still land."""

    content: int
    now: int
    flying: tuple[Request, ...]
    places: tuple[Place, ...]


@final
class Move(NamedTuple):
    """A decision: of an actor's request, or of the world (`actor` is -1).

    `at` is the index of the request, or of the write on its way. `spent` is the bound that it counts against.
    """

    actor: int
    at: int
    fate: str
    spent: str | None = None
    size: int = 0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What a decision changes: an actor's place (None if the world decides), content, time, and what is on its way."""

    move: Move
    was: Place | None
    place: Place | None
    content: int
    now: int
    sent: tuple[Request, ...] = ()
    request: Request | None = None
    answer: object = None


@final
class Explorer:
    """Knows the moves of each state, and where each leads."""

    def __init__(self, roles: tuple[Role, ...], first: Content, jumps: tuple[int, ...], *, tells_time: bool) -> None:
        """Begin at second 0 with nobody started."""
        self.world = World(first, tells_time=tells_time)
        self.machines = [Machine(role) for role in roles]
        self._jumps = tuple(Move(-1, START, "time passes", "jumps", size) for size in jumps)
        self._places: dict[tuple[int, int, tuple[tuple[int, object], ...]], Place] = {}
        self._steps: dict[tuple[Place, Move, int, int], Step] = {}
        self._moves: dict[tuple[Place, Bounds], tuple[Move, ...]] = {}
        places = (self._place(actor, machine.first) for actor, machine in enumerate(self.machines))
        self.first = State(0, 0, (), tuple(places))

    def moves(self, state: State, left: Bounds) -> list[Move]:
        """Give every decision that can be taken, in an order that is always the same."""
        found: list[Move] = []
        for place in state.places:
            if place.node.ended is not None:
                continue
            moves = self._moves.get((place, left))
            if moves is None:
                moves = self._moves[place, left] = tuple(self._of_actor(place, left))
            found += moves
        for index in range(len(state.flying)):
            if index == 0 or state.flying[index] != state.flying[index - 1]:
                found.append(Move(-1, index, "lands"))
        if left.jumps:
            found += self._jumps
        return found

    def take(self, state: State, move: Move) -> tuple[State, Step]:
        """Take a decision."""
        if move.actor < 0:
            return self._of_world(state, move)
        content, now, flying, places = state
        was = places[move.actor]
        key = (was, move, content, now)
        step = self._steps.get(key)
        if step is None:
            step = self._steps[key] = self._step(was, move, content, now)
        assert step.place is not None
        places = (*places[: move.actor], step.place, *places[move.actor + 1 :])
        if step.sent or flying:
            flying = self._still_flying(step.content, flying + step.sent)
        return State(step.content, step.now, flying, places), step

    def _of_actor(self, place: Place, left: Bounds) -> list[Move]:
        node, actor = place.node, place.actor
        if not node.started:
            return [Move(actor, START, "starts")]
        moves: list[Move] = []
        held = dict(place.held)
        for index, request in enumerate(node.parked):
            if index in held:
                moves.append(Move(actor, index, "is answered at last"))
            elif request.operation == "sleep":
                moves.append(Move(actor, index, "wakes"))
            else:
                moves += _fates(actor, index, request, left)
        if left.crashes and self.machines[actor].role.crashes:
            moves.append(Move(actor, START, "crashes", "crashes"))
        return moves

    def _step(self, was: Place, move: Move, content: int, now: int) -> Step:
        if move.fate == "crashes":
            held = dict(was.held)
            sent = tuple(one for at, one in enumerate(was.node.parked) if one.is_write and at not in held)
            place = self._place(was.actor, self.machines[was.actor].crashed(was.node))
            return Step(move, was, place, content, now, sent)
        request = was.node.parked[move.at] if move.at != START else None
        answer, sent, held = None, (), dict(was.held)
        if move.fate == "wakes":
            assert request is not None
            now = max(now, request.until)
        elif move.fate == "is answered at last":
            answer = held.pop(move.at)
        elif move.fate == "turned away":
            answer = _TURNED_AWAY
        elif move.fate == _NOBODY_KNOWS:
            assert request is not None
            answer, sent = _UNKNOWN, (request,)
        elif request is not None:
            answer, content = self.world.decide(content, request, now)
            if move.fate == _LATER:
                place = self._place(was.actor, was.node, {**held, move.at: answer})
                return Step(move, was, place, content, now, (), request, answer)
            answer = answer if move.fate == "done" else _UNKNOWN
        node = self.machines[was.actor].told(was.node, move.at, answer, now)
        place = self._place(was.actor, node, {at - (at > move.at): one for at, one in held.items()})
        return Step(move, was, place, content, now, sent, request, answer)

    def _of_world(self, state: State, move: Move) -> tuple[State, Step]:
        if move.fate == "time passes":
            now = state.now + move.size
            return state._replace(now=now), Step(move, None, None, state.content, now)
        request = state.flying[move.at]
        answer, content = self.world.decide(state.content, request, state.now)
        flying = self._still_flying(content, state.flying[: move.at] + state.flying[move.at + 1 :])
        step = Step(move, None, None, content, state.now, (), request, answer)
        return State(content, state.now, flying, state.places), step

    def _still_flying(self, content: int, flying: tuple[Request, ...]) -> tuple[Request, ...]:
        """Drop what cannot land any more: it is as if it had never been sent."""
        left = (one for one in flying if self.world.may_land(content, one))
        return tuple(sorted(left, key=lambda one: (one.name, one.data, str(one.if_version))))

    def _place(self, actor: int, node: Node, held: dict[int, object] | None = None) -> Place:
        replies = tuple(sorted((held or {}).items()))
        return self._places.setdefault((actor, node.number, replies), Place(actor, node, replies))


def _fates(actor: int, index: int, request: Request, left: Bounds) -> list[Move]:
    moves = [Move(actor, index, "done")]
    if left.held:
        moves.append(Move(actor, index, _LATER, "held"))
    if left.refused:
        moves.append(Move(actor, index, "turned away", "refused"))
    if request.is_write and left.lost:
        moves.append(Move(actor, index, "done, reply lost", "lost"))
    if request.is_write and left.delayed:
        moves.append(Move(actor, index, _NOBODY_KNOWS, "delayed"))
    return moves


def timeless(content: Content) -> Content:
    """Give a content without the times of its writes."""
    return tuple(replace(one, updated=0) for one in content)

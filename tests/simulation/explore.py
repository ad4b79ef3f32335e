"""Explores a scenario to its end, breadth first, and says how it came to a broken invariant.

What is left of each bound is not part of a state: a state that is met again with more left is gone on from again, and
is counted once. There is no other end than that no state is left.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

from tests.simulation.invariants import Invariants
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Bounds, Explorer, Move, State, Step, timeless
from tests.simulation.violation import Violation
from tests.simulation.world import Content

__all__ = ["Counts", "explore", "replay"]


@final
@dataclass(frozen=True, slots=True)
class Counts:
    """How much was looked at. `states` differ in the bucket's content, or in an actor's place or locals.

    `moments` differ in the time, in the times of writes or in what is on its way as well. `actor_states` are those of
    each actor alone; `actor_steps` how often one was run.
    """

    states: int
    moments: int
    transitions: int
    depth: int
    contents: int
    actor_states: int
    actor_steps: int


class _Way(NamedTuple):
    """How a state was met with so much left."""

    state: State
    left: Bounds
    before: int
    choice: int
    depth: int


def explore(scenario: Scenario) -> Counts:
    """Take every decision in every state. Raises AssertionError, which tells the way, for a broken invariant."""
    explorer = scenario.explorer()
    try:
        return _explored(scenario, explorer)
    finally:
        for machine in explorer.machines:
            machine.close()


def _explored(scenario: Scenario, explorer: Explorer) -> Counts:
    invariants = Invariants(scenario, explorer)
    first = _Way(explorer.first, scenario.bounds, -1, -1, 0)
    ways, met, transitions, number = [first], {explorer.first: [scenario.bounds]}, 0, 0
    while number < len(ways):
        state, left, _, _, depth = ways[number]
        for choice, move in enumerate(explorer.moves(state, left)):
            transitions += 1
            try:
                after, step = explorer.take(state, move)
                invariants.check_step(state.content, step)
                known = met.get(after)
                if known is None:
                    invariants.check_state(after)
                    known = met[after] = []
            except Violation as violation:
                raise AssertionError(_report(scenario, ways, number, choice, violation)) from None
            remaining = _spent(left, move)
            if remaining in known or any(one.covers(remaining) for one in known):
                continue
            known[:] = [one for one in known if not remaining.covers(one)]
            known.append(remaining)
            ways.append(_Way(after, remaining, number, choice, depth + 1))
        number += 1
    return _counts(explorer, list(met), transitions, ways[-1].depth)


def _counts(explorer: Explorer, met: Sequence[State], transitions: int, depth: int) -> Counts:
    plain: dict[Content, int] = {}
    numbers = [plain.setdefault(timeless(content), len(plain)) for content in explorer.world.contents]
    strict: set[Hashable] = {(numbers[state.content], *(place.node.number for place in state.places)) for state in met}
    return Counts(
        states=len(strict),
        moments=len(met),
        transitions=transitions,
        depth=depth,
        contents=len(plain),
        actor_states=sum(len(machine.nodes) for machine in explorer.machines),
        actor_steps=sum(machine.steps for machine in explorer.machines),
    )


def _spent(left: Bounds, move: Move) -> Bounds:
    return left if move.spent is None else left._replace(**{move.spent: getattr(left, move.spent) - 1})


def replay(scenario: Scenario, choices: Sequence[int]) -> list[str]:
    """Take these decisions, and tell each in a line; the last line is what is broken, if anything is."""
    explorer = scenario.explorer()
    invariants = Invariants(scenario, explorer)
    state, left, lines = explorer.first, scenario.bounds, list[str]()
    for number, choice in enumerate(choices, 1):
        move = explorer.moves(state, left)[choice]
        after, step = explorer.take(state, move)
        lines.append(f"{number:3}. {_line(explorer, step)}")
        try:
            invariants.check_step(state.content, step)
            invariants.check_state(after)
        except Violation as violation:
            return [*lines, f"broken: {violation}"]
        state, left = after, _spent(left, move)
    return lines


def _line(explorer: Explorer, step: Step) -> str:
    who = "the world" if step.was is None else explorer.machines[step.was.actor].role.name
    what = f" {step.move.fate}" if step.request is None else f": {step.request}, {step.move.fate}"
    size = f" by {step.move.size} s" if step.move.size else ""
    return f"t={step.now} {who}{what}{size}"


def _report(scenario: Scenario, ways: Sequence[_Way], number: int, choice: int, violation: Violation) -> str:
    choices = [choice]
    while number > 0:
        choices.append(ways[number].choice)
        number = ways[number].before
    choices.reverse()
    told = "\n".join(replay(scenario, choices))
    spelled = ".".join(map(str, choices))
    return f"{violation}\n{told}\nagain: python -m tests.simulation {scenario.name} --choices {spelled}"

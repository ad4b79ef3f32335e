"""A scenario: who takes part, what may go wrong how often, and what stood in the bucket before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from tests.simulation.machine import START, Machine
from tests.simulation.scheduler import Bounds, Explorer
from tests.simulation.seat import Actor, Role
from tests.simulation.world import Content, World

__all__ = ["Scenario"]


@final
@dataclass(frozen=True, slots=True)
class Scenario:
    """`roles` act on what `before` leaves behind; within `bounds` everything happens that can.

    `without` names objects that were lost since. `jumps` are the sizes in seconds by which time may pass. `tells_time`:
    whether the backend tells its clock.
    `breaks`: whether a lease is broken by force, after which two may believe in theirs and the chain decides.
    `floor`: at least so many states are known to be there; fewer mean that something is not explored any more.
    """

    name: str
    roles: tuple[Role, ...]
    bounds: Bounds
    floor: int
    before: Actor | None = None
    without: tuple[str, ...] = ()
    jumps: tuple[int, ...] = ()
    tells_time: bool = True
    breaks: bool = False

    def explorer(self) -> Explorer:
        """Give the moves of this scenario."""
        first = () if self.before is None else _left_behind(self.before)
        first = tuple(one for one in first if one.name not in self.without)
        return Explorer(self.roles, first, self.jumps, tells_time=self.tells_time)


def _left_behind(actor: Actor) -> Content:
    """Let one actor alone do its work, without a fault, in no time."""
    machine, world = Machine(Role("before", actor)), World((), tells_time=True)
    node, content = machine.told(machine.first, START, None, 0), 0
    while node.ended is None:
        answer, content = world.decide(content, node.parked[0], 0)
        node = machine.told(node, 0, answer, 0)
    assert node.ended == "", node.ended
    return world.contents[content]

"""What must hold after every step, asked of the bucket's bytes anew: no rule of the product judges itself.

* I1, I2, I5, I6, I7: `chain_rules.py`. The lock's own rules (protocol, section 5): `lock_rules.py`.
* I4: what a fresh reader finds changes in the step that creates the next manifest, and in no other; whoever was
  answered that it is created says so, and asks for nothing more.
* At most one actor believes that it holds the lease, each counts from before the sending, and what is over stays over.
* What somebody was told of a manifest, visible or not, is so, and stays so. A reader never goes back.
"""

from __future__ import annotations

from typing import final

from arco.errors import ArcoError
from arco.manifests import ChainReader, Newest
from arco.runtime import SeededRandomness
from arco.storage.bucket import Written
from arco.storage.workspace import WorkspaceStorage
from tests.simulation import chain_rules, lock_rules
from tests.simulation.machine import Belief, Node
from tests.simulation.scenario import Scenario
from tests.simulation.scheduler import Explorer, Place, State, Step
from tests.simulation.seat import DOMAIN, SCOPE, TERMS, Found, Role, Told
from tests.simulation.violation import broken
from tests.simulation.world import Content, FixedClock, restored, run_through

__all__ = ["Invariants"]


@final
class Invariants:
    """The invariants of one scenario. What was asked once of two contents, or of one, is not asked again."""

    def __init__(self, scenario: Scenario, explorer: Explorer) -> None:
        """Ask nothing yet."""
        self._breaks = scenario.breaks
        self._tells_time = scenario.tells_time
        self._roles = [machine.role for machine in explorer.machines]
        self._contents = explorer.world.contents
        self._changes: set[tuple[int, int, int]] = set()
        self._steps: set[Step] = set()
        self._held: dict[tuple[Place, int, int], tuple[int, ...]] = {}
        self._found_by: dict[Content, tuple[int, str]] = {}

    def check_step(self, content: int, step: Step) -> None:
        """Raise Violation if a step from `content` broke anything."""
        if step in self._steps:
            return
        if content != step.content:
            self._check_change(content, step.content, step.now)
        if step.was is not None and step.place is not None:
            self._steps.add(step)
            if step.was.node is not step.place.node:
                self._check_actor(step, step.was.node, step.place.node)

    def check_state(self, state: State) -> None:
        """Raise Violation if the actors of a state were told, or believe, what is not so."""
        tokens: tuple[int, ...] = ()
        for place in state.places:
            if place.node.facts or place.node.beliefs:
                key = (place, state.content, state.now)
                held = self._held.get(key)
                if held is None:
                    held = self._held[key] = self._check_place(*key)
                tokens += held
        if len(tokens) > 1 and not self._breaks:
            broken(f"two believe to hold the lease tokens={sorted(tokens)}")

    def _check_change(self, before: int, after: int, now: int) -> None:
        key = (before, after, now)
        if key in self._changes:
            return
        self._changes.add(key)
        old, new = self._contents[before], self._contents[after]
        created = chain_rules.check_change(old, new)
        top, was = self._fresh(new), self._fresh(old)
        if top != (chain_rules.newest(new) or (0, "")):
            broken(f"I4: a fresh reader finds {top}, and the newest is {chain_rules.newest(new)}")
        if (top != was) != created:
            broken("I4: what a fresh reader finds changes in the step that creates the next manifest alone")
        lock_rules.check_change(old, new, now, tells_time=self._tells_time)

    def _check_actor(self, step: Step, was: Node, now: Node) -> None:
        role = self._roles[step.move.actor]
        if now.ended:
            broken(f"{role.name} ended with {now.ended}")
        local = role.local(step.now)
        for belief in now.beliefs:
            if _revived(belief, was, local):
                broken(f"{role.name} believes again in a lease that was over token={belief.token}")
            if step.move.fate == "done" and _prolonged(belief, was, lock_rules.lock_of(self._contents[step.content])):
                broken(f"{role.name} prolongs a lease that was released token={belief.token}")
            if step.move.fate == "done" and belief.verified and belief not in was.beliefs:
                self._check_verified(role, belief, step)
        _check_commit(now, step)
        _check_sent(was, now, step, local)
        _check_reader(role, was, now)

    def _check_place(self, place: Place, content: int, now: int) -> tuple[int, ...]:
        """Give the tokens of the leases that an actor believes to hold itself."""
        self._check_told(content, place.node)
        role = self._roles[place.actor]
        alive = [belief for belief in place.node.beliefs if role.local(now) < belief.until]
        for belief in alive:
            self._check_term(role, belief, content)
        return tuple(belief.token for belief in alive if not belief.verified)

    def _check_verified(self, role: Role, belief: Belief, step: Step) -> None:
        """What was just verified is what the lock says."""
        lock = lock_rules.lock_of(self._contents[step.content])
        if lock is None or lock.sequence != belief.token or lock.released:
            broken(f"{role.name} verified a lease that is not held token={belief.token}")
        if role.local(step.now) >= belief.until:
            broken(f"{role.name} verified a lease that has expired token={belief.token}")

    def _check_told(self, content: int, node: Node) -> None:
        standing = chain_rules.attempts(self._contents[content])
        for fact in node.facts:
            if isinstance(fact, Told) and (standing.get(fact.attempt) == fact.manifest_id) != fact.visible:
                told = "visible" if fact.visible else "not visible"
                broken(f"{fact.attempt} was told to be {told} as {fact.manifest_id}, and it is not so")
            if isinstance(fact, Found) and fact.manifest_id and not chain_rules.stands(self._contents[content], fact):
                broken(f"a reader found {fact.manifest_id}, and it does not stand there")

    def _check_term(self, role: Role, belief: Belief, content: int) -> None:
        """Counted from before the sending: no later than the second at which the record was written."""
        lock = lock_rules.lock_of(self._contents[content])
        if lock is None or lock.sequence != belief.token:
            return
        written = role.local(lock.updated)
        lasting = TERMS.ttl_seconds if belief.verified else TERMS.ttl_seconds - TERMS.margin_seconds
        if belief.until > written + lasting:
            late = belief.until - written - lasting
            broken(f"{role.name} believes in its lease {late:g} s too long token={belief.token}")

    def _fresh(self, content: Content) -> tuple[int, str]:
        """Tell what a reader finds that knows nothing: by the shipped code."""
        links = tuple(one for one in content if "/manifests/" in one.name or "/heads/" in one.name)
        found = self._found_by.get(links)
        if found is None:
            found = self._found_by[links] = _read_fresh(links)
        return found


def _read_fresh(links: Content) -> tuple[int, str]:
    clock = FixedClock(0)
    storage = WorkspaceStorage(restored(links, 0), SCOPE, clock=clock, randomness=SeededRandomness(0))
    try:
        newest = run_through(ChainReader(storage.reader_views().catalog).newest(DOMAIN))
    except ArcoError as error:
        broken(f"a fresh reader is told {error}")
    return (newest.manifest_id, newest.manifest_hash) if isinstance(newest, Newest) else (0, "")


def _revived(belief: Belief, was: Node, local: float) -> bool:
    """Whether a lease that was over, before the step and at its time, is believed in after it."""
    if belief.verified or local >= belief.until:
        return False
    mine = [one for one in was.beliefs if not one.verified and one.token == belief.token]
    return bool(mine) and all(local >= one.until for one in mine)


def _prolonged(belief: Belief, was: Node, lock: lock_rules.Lock | None) -> bool:
    """Whether a lease is believed in for longer than before, though its record is released."""
    longer = any(one.token == belief.token and one.until < belief.until for one in was.beliefs if not one.verified)
    return longer and lock is not None and lock.released and lock.sequence == belief.token


def _check_commit(now: Node, step: Step) -> None:
    """I4: nothing on the success path follows the create."""
    request = step.request
    if request is None or not request.is_write or "/manifests/" not in request.name:
        return
    if not isinstance(step.answer, Written):
        return
    told = chain_rules.attempt_of(request.data)
    if told and not any(isinstance(fact, Told) and fact.attempt == told and fact.visible for fact in now.facts):
        broken(f"I4: {told} is created, and its publisher asks for more before it says so")


def _check_sent(was: Node, now: Node, step: Step, local: float) -> None:
    """A commit is sent under a lease that is alive, however long verifying took. Sent again, it may be late."""
    if step.request is None or step.request.operation != "head":
        return
    for request in now.parked:
        if request.is_write and "/manifests/" in request.name and request not in was.parked:
            token = chain_rules.token_of(request.data)
            if not any(one.token == token and local < one.until for one in now.beliefs):
                broken(f"a commit is sent under a lease that is over token={token}")


def _check_reader(role: Role, was: Node, now: Node) -> None:
    before, after = (next((one for one in node.facts if isinstance(one, Found)), None) for node in (was, now))
    if before is not None and after is not None and after.manifest_id < before.manifest_id:
        broken(f"{role.name} went back from {before.manifest_id} to {after.manifest_id}")

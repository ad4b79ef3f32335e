"""Questions about a policy: who sends which request about which object, and what stands there already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random  # noqa: TID251 - every draw is replayed from the seed that a failure prints

from arco.emulator.enforcement import ANONYMOUS
from arco.policy.model import EVERYONE, Grant
from arco.policy.reach import covers
from tests.differential.names import names_near
from tests.differential.policies import STRANGER, Policy
from tests.differential.requests import READS_SOURCE, REQUESTS
from tests.differential.table import TABLE, Need, needs

__all__ = ["Triple", "triples"]


@dataclass(frozen=True, slots=True)
class Triple:
    """A principal, a request, and the names that it is about; `standing` are those of them that exist."""

    policy: str
    caller: str
    request: str
    bucket: str
    target: str
    source: str
    standing: frozenset[str]

    @property
    def needs(self) -> list[Need]:
        """List what the request needs, in the order in which it is asked."""
        operation, _ = REQUESTS[self.request]
        return needs(operation, self.target, [self.source], overwrites=self.target in self.standing)

    def __str__(self) -> str:
        """Spell the question for a failure."""
        source = f" from {self.source!r}" if self.request in READS_SOURCE else ""
        return (
            f"[{self.policy}] {self.caller}: {self.request} of {self.bucket}/{self.target!r}{source},"
            f" where {sorted(self.standing)} exist"
        )


def triples(policy: Policy, seed: str, number: int) -> Iterator[Triple]:
    """Draw `number` questions, most of them near what the principal holds; none for a policy without buckets."""
    if policy.grants.buckets:
        drawing = _Drawing(policy, Random(f"{seed}/{policy.name}"))  # noqa: S311 - it is replayed by its seed
        for _ in range(number):
            yield drawing.triple()


class _Drawing:
    """Draws questions about one policy."""

    def __init__(self, policy: Policy, random: Random) -> None:
        self._policy = policy
        self._random = random
        self._places = sorted(policy.grants.buckets)
        members = {grant.member for grant in policy.grants.grants} - set(EVERYONE)
        self._callers = [*sorted(members | {STRANGER}), ANONYMOUS]
        self._near: dict[tuple[Grant, ...], list[str]] = {}

    def triple(self) -> Triple:
        caller = self._random.choice(self._callers)
        own = [bucket for bucket in self._places if self._held(caller, bucket)]
        bucket = self._random.choice(own if own and self._random.random() < 0.9 else self._places)
        held = self._held(caller, bucket)
        one = (self._random.choice(held),) if held else ()
        # Two thirds aim at one grant: at something that it gives, about names that it is about.
        aimed = [name for name in sorted(REQUESTS) if one and _asks_for(name, one[0].permissions)]
        request = self._random.choice(aimed if aimed and self._random.random() < 0.67 else sorted(REQUESTS))
        target, source = (self._name(bucket, one, held) for _ in range(2))
        standing = frozenset(name for name in (target, source) if self._random.random() < 0.6)
        return Triple(self._policy.name, caller, request, bucket, target, source, standing)

    def _held(self, caller: str, bucket: str) -> tuple[Grant, ...]:
        grants = self._policy.grants
        who = {caller, *EVERYONE}
        made = grants.buckets[bucket]
        return tuple(grant for grant in grants.grants if grant.member in who and covers(grant.scope, bucket, made))

    def _name(self, bucket: str, one: tuple[Grant, ...], held: tuple[Grant, ...]) -> str:
        grants = self._random.choices((one, held, self._policy.grants.grants), (7, 2, 1))[0]
        if grants not in self._near:
            self._near[grants] = names_near(grants, bucket, self._random)
        return self._random.choice(self._near[grants])


def _asks_for(request: str, permissions: frozenset[str]) -> bool:
    operation, _ = REQUESTS[request]
    return any(not row.partial and row.permission in permissions for row in TABLE[operation])

"""Who may do what, decided per request as Google decides it: by the bindings of the plan, on the resource it checks.

Invariants:

* Only a binding that certainly holds grants: what cannot be evaluated (an opaque condition, a tag, who is in a group)
  grants nothing, and the decision says so.
* A grant that is attached above the bucket counts where its project is the bucket's; one whose project nobody knows
  counts, as it does for the proof, so that the emulator is never narrower than the matrix.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import final

from arco.emulator.moments import truths_at
from arco.policy.conditions import Resource, evaluate
from arco.policy.grants import Grants
from arco.policy.model import Bucket, Grant
from arco.policy.reach import covers, inside_folder
from arco.runtime import Clock

__all__ = ["ANONYMOUS", "Check", "Decision", "Enforcer"]

ANONYMOUS = "anonymous"
"""The caller of a request without credentials."""


@final
@dataclass(frozen=True, slots=True)
class Check:
    """One permission, on an object of a bucket, or on the bucket itself if `name` is None."""

    permission: str
    bucket: str
    name: str | None = None

    @property
    def resource(self) -> Resource:
        """What a condition sees."""
        if self.name is None:
            return Resource.bucket(self.bucket)
        return Resource.object(self.bucket, self.name)


@final
@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one check. `grant` is the binding that granted it; None is a refusal, `undecided` may say why."""

    caller: str
    check: Check
    grant: Grant | None
    undecided: tuple[Grant, ...] = ()

    @property
    def granted(self) -> bool:
        """Whether the caller may."""
        return self.grant is not None


@final
class Enforcer:
    """Decides checks. `callers` are members as a policy names them (`serviceAccount:…`), or `ANONYMOUS`."""

    def __init__(self, grants: Grants, clock: Clock) -> None:
        """Enforce what `grants` holds; conditions on time are evaluated by `clock`."""
        self._clock = clock
        self._buckets = dict(grants.buckets)
        self._by_member: dict[str, list[Grant]] = {}
        for grant in grants.grants:
            self._by_member.setdefault(grant.member, []).append(grant)

    @property
    def buckets(self) -> dict[str, Bucket]:
        """The buckets that the plan makes or grants on."""
        return dict(self._buckets)

    @property
    def members(self) -> tuple[str, ...]:
        """Everybody who holds a grant, sorted."""
        return tuple(sorted(self._by_member))

    def decide(self, caller: str, check: Check) -> Decision:
        """Decide one check by the first binding that holds."""
        now = datetime.fromtimestamp(self._clock.wall_seconds(), UTC)
        undecided: list[Grant] = []
        for grant in self._held(caller, check):
            verdict = evaluate(grant.expression, check.resource, truths_at(grant.expression, now))
            if verdict is True:
                return Decision(caller, check, grant)
            if verdict is None:
                undecided.append(grant)
        return Decision(caller, check, None, tuple(undecided))

    def _held(self, caller: str, check: Check) -> Iterable[Grant]:
        for member in _members(caller):
            for grant in self._by_member.get(member, ()):
                reaches = covers(grant.scope, check.bucket, self._buckets.get(check.bucket))
                if check.permission in grant.permissions and reaches and inside_folder(grant.scope, check.name):
                    yield grant


def _members(caller: str) -> tuple[str, ...]:
    return ("allUsers",) if caller == ANONYMOUS else (caller, "allUsers", "allAuthenticatedUsers")

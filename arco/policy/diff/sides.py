"""One of two inputs: who holds what in it, and whether a grant reaches into a bucket, possibly or certainly.

A project, folder or organization that holds a bucket is not always known. What somebody gains is what a grant *may*
give; what nobody gains is only what another grant *certainly* gave before.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from arco.policy.conditions import Opaque, leaves
from arco.policy.grants import Grants
from arco.policy.model import EVERYONE, Bucket, Grant, Scope, ScopeKind
from arco.policy.reach import covers

__all__ = ["Side", "identity"]


def identity(grant: Grant) -> Hashable:
    """Give what makes two grants of one permission the same: where it is attached, and under which condition.

    Two conditions that nobody documents are the same only if they are spelled alike, and one that is not known equals
    nothing but itself.
    """
    condition = grant.condition
    if condition is None:
        return grant.scope, None
    if not any(isinstance(leaf, Opaque) for leaf, _ in leaves(condition.expression)):
        return grant.scope, condition.expression
    return grant.scope, condition.text.value if condition.text.known else id(grant)


class Side:
    """The grants of one input, by member. `others` are the buckets of the other one, of which this may know less."""

    def __init__(self, name: str, found: Grants, others: Mapping[str, Bucket]) -> None:
        """Index the grants."""
        self.name = name
        self.found = found
        self.buckets: Mapping[str, Bucket] = {**others, **found.buckets}
        self._held: dict[str, list[Grant]] = {}
        for grant in (*found.grants, *found.impersonations):
            self._held.setdefault(grant.member, []).append(grant)

    @property
    def principals(self) -> Iterable[str]:
        """Everybody who holds a grant."""
        return self._held

    def own(self, principal: str) -> list[Grant]:
        """Give the grants that name `principal`."""
        return self._held.get(principal, [])

    def effective(self, principal: str) -> list[Grant]:
        """Give the grants that name `principal`, or everybody of whom it is one."""
        everybody = EVERYONE[: EVERYONE.index(principal)] if principal in EVERYONE else EVERYONE
        return [grant for member in (principal, *everybody) for grant in self.own(member)]

    def fingerprint(self, principal: str) -> Hashable:
        """Give what decides all that `principal` holds by grants of its own."""
        return frozenset((identity(grant), grant.permissions) for grant in self.own(principal))

    def reaches(self, grant: Grant, bucket: str) -> bool:
        """Whether `grant` may reach into `bucket`."""
        return covers(grant.scope, bucket, self.buckets.get(bucket))

    def certainly_reaches(self, grant: Grant, bucket: str, like: Scope) -> bool:
        """Whether `grant` reaches into `bucket` in any case, given that a grant on `like` does."""
        scope, found = grant.scope, self.buckets.get(bucket)
        if not scope.inherited or scope == like:
            return True
        return scope.kind is ScopeKind.PROJECT and found is not None and found.project == scope.name

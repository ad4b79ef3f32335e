"""Compare what two inputs give, for all names: what the head gives and the base did not is gained, the rest lost.

Invariants:

* A difference is decided by inclusion of languages, permission by permission and principal by principal, never by
  comparing text: names, order, and how a grant is split or spelled do not count.
* What everybody holds counts for each: a grant that everybody had before is gained by nobody.
* What cannot be decided, or is not settled in either input, is a doubt, and never "no difference".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from arco.policy import roles
from arco.policy.conditions import Found, Nothing, Resource, Undecided, evaluate
from arco.policy.diff.changes import GAINED, LOST, Change, Difference, Doubt, Shown
from arco.policy.diff.moments import decided
from arco.policy.diff.sides import Side, identity
from arco.policy.diff.targets import Target, elsewhere, in_bucket, list_of_folder, on_scope
from arco.policy.grants import Grants
from arco.policy.matrix import administering
from arco.policy.model import EVERYONE, LIST, Grant, ResourceKind, Scope, ScopeKind, resource_kind

__all__ = ["compare"]

_NOT_SETTLED = (
    "on the other side a grant on a project, folder or organization gives it, "
    "and whether that holds the bucket is not known"
)


def compare(base: Grants, head: Grants) -> Difference:
    """Give what `head` changes against `base`."""
    sides = Side("base", base, head.buckets), Side("head", head, base.buckets)
    comparison = _Comparison(*sides)
    principals = sorted({*sides[0].principals, *sides[1].principals})
    for principal in principals:
        comparison.add(principal)
    return Difference(
        tuple(comparison.changes()),
        (*comparison.doubts, *_unsettled(*sides), *_access_lists(*sides)),
        (len(base.grants), len(head.grants)),
        len(principals),
        len(comparison.buckets),
    )


def _unsettled(base: Side, head: Side) -> Iterator[Doubt]:
    """Tell of what an input does not settle; of the same on both sides once, since it may be two different things."""
    sides: dict[tuple[str, str], list[str]] = {}
    for side in (base, head):
        for item in side.found.unsettled:
            sides.setdefault((f"{item.attribute} of {item.address}", item.reason), []).append(side.name)
    for (subject, reason), names in sides.items():
        yield Doubt(" and the ".join(dict.fromkeys(names)), subject, reason)


def _access_lists(base: Side, head: Side) -> Iterator[Doubt]:
    """Tell of settings of a bucket that decide which grants count, where no plan shows all of those grants."""
    public = [grant for side in (base, head) for member in EVERYONE for grant in side.own(member)]
    for name, bucket in head.found.buckets.items():
        before = base.found.buckets.get(name)
        if before is not None and before.uniform is not bucket.uniform:
            reason = (
                "uniform bucket-level access changes, so that access lists of single objects begin or cease to count"
            )
            yield Doubt("head", f"bucket {name}", reason)
        everybody = any(head.reaches(grant, name) for grant in public)
        if before is not None and before.prevention != bucket.prevention and everybody:
            reason = "public access prevention changes, and a grant to everybody counts only without it"
            yield Doubt("head", f"bucket {name}", reason)


@dataclass(slots=True)
class _Comparison:
    base: Side
    head: Side
    doubts: list[Doubt] = field(default_factory=list)
    found: dict[tuple[str, str, int], tuple[Grant, list[Shown]]] = field(default_factory=dict)
    buckets: tuple[str, ...] = ()
    moved: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.buckets = tuple(sorted({*self.base.buckets, *self.head.buckets}))
        before, after = self.base.buckets, self.head.buckets
        self.moved = frozenset(name for name in self.buckets if before[name].project != after[name].project)
        # Of permissions that have nothing to do with Cloud Storage, and lead to no other account, no role data speaks.
        self.told = roles.role_data().storage_permissions | roles.role_data().escalation_permissions | administering()

    def add(self, principal: str) -> None:
        """Compare what `principal` holds."""
        if not self.moved and self.base.fingerprint(principal) == self.head.fingerprint(principal):
            return
        self._one_way(principal, GAINED, self.head, self.base)
        self._one_way(principal, LOST, self.base, self.head)

    def _one_way(self, principal: str, direction: str, having: Side, lacking: Side) -> None:
        own, others = having.own(principal), lacking.effective(principal)
        groups: dict[tuple[tuple[int, ...], tuple[int, ...], str, bool], list[str]] = {}
        for permission in sorted({p for grant in own for p in grant.permissions if self._is_told(p)}):
            new = tuple(index for index, grant in enumerate(own) if permission in grant.permissions)
            old = tuple(index for index, grant in enumerate(others) if permission in grant.permissions)
            kind = LIST if permission == LIST else resource_kind(permission).value
            groups.setdefault((new, old, kind, permission in administering()), []).append(permission)
        for (new, old, *_), permissions in groups.items():
            question = _Question(
                direction,
                principal,
                tuple(permissions),
                [own[index] for index in new],
                [others[index] for index in old],
                having,
                lacking,
            )
            for target in self._targets(question):
                self._ask(question, target)

    def _is_told(self, permission: str) -> bool:
        return permission.startswith("storage.") or permission in self.told

    def _targets(self, question: _Question) -> Iterator[Target]:
        """List what the permissions are asked of, as far as the grants differ."""
        permission = question.permissions[0]
        kind, had = resource_kind(permission), {identity(grant) for grant in question.old}
        changed = [grant for grant in question.new if identity(grant) not in had]
        above = list(dict.fromkeys(grant.scope for grant in changed if grant.scope.inherited))
        accounts = list(dict.fromkeys(grant.scope for grant in changed if grant.scope.kind is ScopeKind.ACCOUNT))
        if kind is ResourceKind.PROJECT or permission in administering():
            yield from map(on_scope, (*above, *accounts))
        if kind is ResourceKind.PROJECT:
            return
        direct = {grant.scope.name for grant in changed if not grant.scope.inherited} - {s.name for s in accounts}
        yield from (elsewhere(scope, self.buckets, kind) for scope in above)
        for bucket in self.buckets if above else sorted(direct | self.moved):
            yield in_bucket(kind, bucket)
        if permission == LIST:
            scopes = dict.fromkeys(g.scope for g in changed if g.scope.kind is ScopeKind.MANAGED_FOLDER)
            yield from map(list_of_folder, scopes)

    def _ask(self, question: _Question, target: Target) -> None:
        for scope, new in question.by_scope(target):
            verdict, when = decided(target.question(new, question.possible(target, scope)), target.find)
            if isinstance(verdict, Found):
                self._tell(question, target, new, verdict.name, when)
                return
            sure = question.certain(target, scope)
            if verdict == Nothing() and len(sure) < len(question.possible(target, scope)):
                verdict, _ = decided(target.question(new, sure), target.find)
                verdict = Undecided(_NOT_SETTLED) if isinstance(verdict, Found) else verdict
            if isinstance(verdict, Undecided):
                doubt = Doubt(question.having.name, question.principal, verdict.reason, new[0], question.permissions)
                self.doubts.append(doubt)

    def _tell(self, question: _Question, target: Target, new: Sequence[Grant], witness: str, when: str) -> None:
        grant = _cause(new, target, witness)
        key = question.direction, question.principal, id(grant)
        shown = Shown(question.permissions, target.where, witness, when)
        self.found.setdefault(key, (grant, []))[1].append(shown)

    def changes(self) -> Iterator[Change]:
        """Give what was found, gained before lost, with permissions that share a witness joined."""
        for (direction, principal, _), (grant, shown) in sorted(self.found.items(), key=lambda item: item[0][0]):
            joined: dict[tuple[str, str, str], tuple[str, ...]] = {}
            for item in shown:
                key = item.where, item.witness, item.when
                joined[key] = (*joined.get(key, ()), *item.permissions)
            items = [Shown(tuple(sorted(permissions)), *key) for key, permissions in joined.items()]
            # What can be tried out comes first.
            items.sort(key=lambda item: not item.witness.startswith("gs://"))
            yield Change(direction, principal, grant, tuple(items))


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether `new` of one side gives `principal` what `old` of the other did not."""

    direction: str
    principal: str
    permissions: tuple[str, ...]
    new: list[Grant]
    old: list[Grant]
    having: Side
    lacking: Side

    def by_scope(self, target: Target) -> Iterator[tuple[Scope, list[Grant]]]:
        """Yield the grants that reach the target and are new there, by where they are attached."""
        had = {identity(grant) for grant in self.old if _reaches(self.lacking, grant, target)}
        found: dict[Scope, list[Grant]] = {}
        for grant in self.new:
            if _reaches(self.having, grant, target) and identity(grant) not in had:
                found.setdefault(grant.scope, []).append(grant)
        yield from found.items()

    def possible(self, target: Target, scope: Scope) -> list[Grant]:
        """Give the old grants that may reach the target, as a grant on `scope` does."""
        if target.above is not None:
            return [grant for grant in self.old if grant.scope == scope]
        return [grant for grant in self.old if self.lacking.reaches(grant, target.bucket)]

    def certain(self, target: Target, scope: Scope) -> list[Grant]:
        """Give those that reach it in any case."""
        possible = self.possible(target, scope)
        if target.above is not None:
            return possible
        return [grant for grant in possible if self.lacking.certainly_reaches(grant, target.bucket, scope)]


def _reaches(side: Side, grant: Grant, target: Target) -> bool:
    if target.above is not None:
        return grant.scope == target.above
    return side.reaches(grant, target.bucket)


def _cause(new: Sequence[Grant], target: Target, witness: str) -> Grant:
    """Give the grant that reaches the witness: the one that certainly holds, then one that may, then any."""
    bucket, _, name = witness.removeprefix("gs://").partition("/")
    resource = Resource.object(bucket, name) if name else Resource.bucket(bucket)
    verdicts = [(evaluate(target.expression(grant), resource), grant) for grant in new]
    return next((grant for wanted in (True, None) for verdict, grant in verdicts if verdict is wanted), new[0])

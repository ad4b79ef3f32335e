"""What a principal reaches: per permission and bucket, an expression over names, and questions decided on it.

The names that a principal may use a permission on are the union of its grants' conditions, those of `allUsers` and
`allAuthenticatedUsers` included. Questions are answered with a witness, a refutation, or `Undecided`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from arco.policy.conditions import (
    All,
    Constant,
    Either,
    Expression,
    Found,
    Free,
    NameTest,
    Not,
    Nothing,
    Resource,
    Space,
    Span,
    Test,
    TestKind,
    Verdict,
    evaluate,
    find_name,
    find_object,
    find_resource,
)
from arco.policy.model import EVERYONE, Bucket, Grant, ResourceKind, Scope, ScopeKind, resource_kind, same_project

__all__ = ["Reach", "at_best", "covers", "inside_folder", "narrowed", "under"]

_NOWHERE = Span(0, 0)
_PROJECT = Resource("cloudresourcemanager.googleapis.com/Project", None, "cloudresourcemanager.googleapis.com")


def under(bucket: str, prefix: str) -> Expression:
    """The objects of `bucket` whose names begin with `prefix`."""
    test = Test(TestKind.STARTS_WITH, f"projects/_/buckets/{bucket}/objects/{prefix}", _NOWHERE)
    return NameTest(test, _NOWHERE)


def covers(scope: Scope, name: str, bucket: Bucket | None) -> bool:
    """Whether a grant on `scope` reaches into the bucket `name`. A bucket of unknown project is in every project."""
    if scope.kind in {ScopeKind.BUCKET, ScopeKind.MANAGED_FOLDER}:
        return scope.name == name
    return scope.kind is not ScopeKind.PROJECT or bucket is None or same_project(bucket.project, scope.name)


def at_best(expression: Expression, *, positive: bool = True) -> Expression:
    """Give the expression with every time or tag test as it helps most."""
    if isinstance(expression, Not):
        return Not(at_best(expression.item, positive=not positive))
    if isinstance(expression, All | Either):
        return type(expression)(tuple(at_best(item, positive=positive) for item in expression.items))
    return Constant(positive, expression.span) if isinstance(expression, Free) else expression


class Reach:
    """Answers questions about the grants of one input."""

    def __init__(self, grants: Iterable[Grant], buckets: Iterable[Bucket]) -> None:
        """Index `grants` by member. `buckets` are those that the input names."""
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._by_member: dict[str, list[Grant]] = {}
        for grant in grants:
            self._by_member.setdefault(grant.member, []).append(grant)
        self._asked: dict[tuple[Expression, str, str], Verdict] = {}

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that the input names, sorted."""
        return tuple(sorted(self._buckets))

    @cached_property
    def principals(self) -> tuple[str, ...]:
        """Everybody who holds a grant, sorted."""
        return tuple(sorted(self._by_member))

    def grants(self, principal: str, permission: str, bucket: str | None = None) -> list[Grant]:
        """List the grants that give `permission`, in `bucket` or anywhere, to `principal` or to everyone."""
        members = (principal,) if principal in EVERYONE else (principal, *EVERYONE)
        held = (grant for member in members for grant in self._by_member.get(member, ()))
        return [
            grant
            for grant in held
            if permission in grant.permissions
            and (bucket is None or covers(grant.scope, bucket, self._buckets.get(bucket)))
        ]

    def permissions(self, principal: str) -> Iterator[str]:
        """Yield every permission that some grant gives to `principal`, sorted."""
        members = (principal,) if principal in EVERYONE else (principal, *EVERYONE)
        yield from sorted({p for m in members for grant in self._by_member.get(m, ()) for p in grant.permissions})

    def objects(self, principal: str, permission: str, bucket: str) -> Expression | None:
        """Give the objects of `bucket` on which `principal` has `permission`; None if no grant gives it."""
        grants = self.grants(principal, permission, bucket)
        return _either([narrowed(grant) for grant in grants])

    def find(self, expression: Expression, bucket: str, prefix: str = "") -> Verdict:
        """Find the shortest object name under `prefix` for which `expression` holds. Answers are remembered."""
        key = (expression, bucket, prefix)
        if key not in self._asked:
            verdict = find_name(expression, Space.objects(bucket, prefix))
            if isinstance(verdict, Found):
                verdict = Found(verdict.name.removeprefix(Space.objects(bucket).prefix))
            self._asked[key] = verdict
        return self._asked[key]

    def elsewhere(self, principal: str, permission: str) -> tuple[Verdict, Verdict]:
        """Decide a permission on the objects of buckets that the input does not name: a name with it, one without."""
        expression = self._above(principal, permission)
        if expression is None:
            return Nothing(), Nothing()
        outside = [Not(under(bucket, "")) for bucket in self._buckets]
        some, every = (find_object(All((item, *outside))) for item in (expression, Not(expression)))
        return _as_url(some), _as_url(every)

    def _above(self, principal: str, permission: str) -> Expression | None:
        """Join the conditions of the grants that are inherited by buckets."""
        below = {ScopeKind.BUCKET, ScopeKind.MANAGED_FOLDER}
        held = self.grants(principal, permission)
        return _either([grant.expression for grant in held if grant.scope.kind not in below])

    def on_bucket(self, principal: str, permission: str, bucket: str) -> tuple[Verdict, Verdict]:
        """Decide a permission that is checked on the bucket itself: does it hold at some time, does it fail at some."""
        grants = [g for g in self.grants(principal, permission, bucket) if g.scope.kind is not ScopeKind.MANAGED_FOLDER]
        return _both([grant.expression for grant in grants], Resource.bucket(bucket))

    def on_project(self, principal: str, permission: str) -> Verdict:
        """Decide a permission that is checked on a project, folder or organization."""
        below = {ScopeKind.BUCKET, ScopeKind.MANAGED_FOLDER}
        above = [grant for grant in self.grants(principal, permission) if grant.scope.kind not in below]
        # A resource name does not exist there, and what uses it never grants.
        return _both([grant.expression for grant in above], _PROJECT)[0]

    def may_otherwise(self, principal: str, permission: str, bucket: str) -> bool:
        """Whether a permission that is neither an object's nor a bucket's may be reached in `bucket`."""
        if resource_kind(permission) is ResourceKind.MANAGED_FOLDER:
            expressions = (grant.expression for grant in self.grants(principal, permission, bucket))
            return any(_may_hold_on_folder(expression, bucket) for expression in expressions)
        return bool(self.grants(principal, permission, bucket))

    def blame(self, principal: str, permission: str, bucket: str, name: str | None) -> Grant | None:
        """Give the grant that lets `principal` use `permission` on the object, or on the bucket if `name` is None."""
        resource = Resource.bucket(bucket) if name is None else Resource.object(bucket, name)
        grants = self.grants(principal, permission, bucket)
        for wanted in (True, None):
            for grant in grants:
                if evaluate(grant.expression, resource) is wanted and inside_folder(grant.scope, name):
                    return grant
        return None


def _as_url(verdict: Verdict) -> Verdict:
    if not isinstance(verdict, Found):
        return verdict
    bucket, _, name = verdict.name.removeprefix("projects/_/buckets/").partition("/objects/")
    return Found(f"gs://{bucket}/{name}")


def narrowed(grant: Grant) -> Expression:
    """Give a grant's condition, confined to the folder of a managed-folder grant."""
    if grant.scope.kind is not ScopeKind.MANAGED_FOLDER:
        return grant.expression
    return All((under(grant.scope.name, _folder(grant.scope)), grant.expression))


def _folder(scope: Scope) -> str:
    return scope.folder.rstrip("/") + "/"


def inside_folder(scope: Scope, name: str | None) -> bool:
    """Whether a grant on `scope` can reach the object `name` (None: the bucket itself) as far as folders go."""
    if scope.kind is not ScopeKind.MANAGED_FOLDER:
        return True
    return name is not None and name.startswith(_folder(scope))


def _may_hold_on_folder(expression: Expression, bucket: str) -> bool:
    """Whether a condition may hold for a managed folder of `bucket`: anything that begins with its prefix."""
    return not isinstance(find_name(expression, Space.managed_folders(bucket)), Nothing)


def _both(expressions: list[Expression], resource: Resource) -> tuple[Verdict, Verdict]:
    expression = _either(expressions)
    if expression is None:
        return Nothing(), Found(resource.name or "")
    return find_resource(expression, resource), find_resource(Not(expression), resource)


def _either(items: list[Expression]) -> Expression | None:
    distinct = list(dict.fromkeys(items))
    if not distinct:
        return None
    return distinct[0] if len(distinct) == 1 else Either(tuple(distinct))

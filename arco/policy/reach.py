"""What a principal reaches: per permission and bucket, an expression over names, and questions decided on it.

What a principal may use a permission on is the union of its grants' conditions. Questions are answered with a witness,
a refutation, or `Undecided`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from arco.errors import UsageError
from arco.policy.conditions import (
    MANAGED_FOLDER_TYPE,
    All,
    Constant,
    Either,
    Expression,
    ExtractPair,
    ExtractTest,
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
    find_at_once,
    find_bucket,
    find_name,
    find_object,
    find_resource,
    leaves,
    where_name_begins,
)
from arco.policy.model import EVERYONE, LIST, Bucket, Grant, ResourceKind, Scope, ScopeKind, resource_kind, same_project

__all__ = [
    "BUCKETS",
    "Reach",
    "at_best",
    "covers",
    "inside_folder",
    "narrowed",
    "outside_storage",
    "spelled_buckets",
    "under",
]

BUCKETS = "projects/_/buckets/"
_INFIX = "buckets/"
_NOWHERE = Span(0, 0)
_UNDOCUMENTED = Resource(None, None, None)


def under(bucket: str, prefix: str) -> Expression:
    """The objects of `bucket` whose names begin with `prefix`."""
    test = Test(TestKind.STARTS_WITH, f"{BUCKETS}{bucket}/objects/{prefix}", _NOWHERE)
    return NameTest(test, _NOWHERE)


def covers(scope: Scope, name: str, bucket: Bucket | None) -> bool:
    """Whether a grant on `scope` reaches into the bucket `name`. A bucket of unknown project is in every project."""
    if not scope.inherited:
        return scope.name == name
    return scope.kind is not ScopeKind.PROJECT or bucket is None or same_project(bucket.project, scope.name)


def at_best(expression: Expression, *, positive: bool = True) -> Expression:
    """Give the expression with every time or tag test as it helps most."""
    if isinstance(expression, Not):
        return Not(at_best(expression.item, positive=not positive))
    if isinstance(expression, All | Either):
        return type(expression)(tuple(at_best(item, positive=positive) for item in expression.items))
    return Constant(positive, expression.span) if isinstance(expression, Free) else expression


def spelled_buckets(expression: Expression) -> set[str]:
    """Give the names that tests of `expression` spell where a bucket's name stands, whole or its beginning.

    A bucket that none of them spells is like any other that none spells. An extract spells one by what it is compared
    with, between the texts of its template.
    """
    spelled = set[str]()
    for leaf, _ in leaves(expression):
        texts: tuple[str, ...] = ()
        if isinstance(leaf, NameTest):
            texts = (leaf.test.literal,)
        elif isinstance(leaf, ExtractTest):
            template, literal = leaf.template, leaf.test.literal
            whole = f"{template.prefix}{literal}{template.suffix}"
            # A template may begin behind "buckets/", as in `{rest}` or `/{bucket}/`.
            texts = (template.prefix, whole if _INFIX in whole else f"{_INFIX}{literal}")
        elif isinstance(leaf, ExtractPair):
            texts = (leaf.left.prefix,)
        behind = (text.partition(_INFIX)[2] for text in texts)
        spelled.update(name.partition("/")[0] for name in behind)
    return spelled - {""}


class Reach:
    """Answers questions about the grants of one input.

    With `public`, what everybody holds counts for each principal, as it does at Google; without, each answers for its
    own grants, so that a grant to everybody is told once.
    """

    def __init__(self, grants: Iterable[Grant], buckets: Iterable[Bucket], *, public: bool) -> None:
        """Index `grants` by bucket and member. `buckets` are those that the input names."""
        self._buckets = {bucket.name: bucket for bucket in buckets}
        self._public = public
        self._inherited: dict[str, list[Grant]] = {}
        self._direct: dict[str, dict[str, list[Grant]]] = {}
        self._buckets_of: dict[str, dict[str, None]] = {}
        for grant in grants:
            if not grant.scope.inherited:
                self._buckets_of.setdefault(grant.member, {})[grant.scope.name] = None
            held = self._inherited if grant.scope.inherited else self._direct.setdefault(grant.scope.name, {})
            held.setdefault(grant.member, []).append(grant)
        self._permissions: dict[str, list[str]] = {}
        self._asked: dict[tuple[Expression, str, str], Verdict] = {}

    @cached_property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that the input names, sorted."""
        return tuple(sorted(self._buckets))

    def buckets_of(self, principal: str) -> tuple[str, ...]:
        """The buckets into which a grant of `principal` may reach, sorted."""
        members = self._members(principal)
        if any(member in self._inherited for member in members):
            return self.buckets
        granted = {bucket for member in members for bucket in self._buckets_of.get(member, ())}
        return tuple(sorted(granted & self._buckets.keys()))

    @cached_property
    def principals(self) -> tuple[str, ...]:
        """Everybody who holds a grant, sorted."""
        return tuple(sorted({*self._inherited, *(member for held in self._direct.values() for member in held)}))

    def principals_in(self, bucket: str) -> tuple[str, ...]:
        """Everybody who holds a grant that may reach into `bucket`, sorted."""
        return tuple(sorted({*self._inherited, *self._direct.get(bucket, ())}))

    def grants_in(self, bucket: str) -> Iterator[Grant]:
        """Yield the grants of all principals that reach into `bucket`."""
        for principal in self.principals_in(bucket):
            yield from self._held(principal, bucket)

    def _held(self, member: str, bucket: str | None) -> Iterator[Grant]:
        if bucket is None:
            for name in self._buckets_of.get(member, ()):
                yield from self._direct[name][member]
            yield from self._inherited.get(member, ())
            return
        yield from self._direct.get(bucket, {}).get(member, ())
        for grant in self._inherited.get(member, ()):
            if covers(grant.scope, bucket, self._buckets.get(bucket)):
                yield grant

    def _members(self, principal: str) -> tuple[str, ...]:
        return (principal, *EVERYONE) if self._public and principal not in EVERYONE else (principal,)

    def grants(self, principal: str, permission: str, bucket: str | None = None) -> list[Grant]:
        """List the grants that give `permission` to `principal`, in `bucket` or anywhere."""
        held = (grant for member in self._members(principal) for grant in self._held(member, bucket))
        return [grant for grant in held if permission in grant.permissions]

    def permissions(self, principal: str) -> list[str]:
        """List every permission that some grant gives to `principal`, sorted."""
        if principal not in self._permissions:
            held = (grant for member in self._members(principal) for grant in self._held(member, None))
            self._permissions[principal] = sorted(frozenset[str]().union(*{grant.permissions for grant in held}))
        return self._permissions[principal]

    def _above(self, principal: str, permission: str) -> Expression | None:
        """Give the conditions under which `principal` has `permission` on what is above all buckets."""
        held = (grant for member in self._members(principal) for grant in self._inherited.get(member, ()))
        return _either([grant.expression for grant in held if permission in grant.permissions])

    def objects(self, principal: str, permission: str, bucket: str) -> Expression | None:
        """Give the objects of `bucket` on which `principal` has `permission`; None if no grant gives it."""
        return _either([narrowed(grant) for grant in self.grants(principal, permission, bucket)])

    def find(self, expression: Expression, bucket: str, prefix: str = "") -> Verdict:
        """Find the shortest object name under `prefix` for which `expression` holds.

        What took a search is remembered; to look up the rest would take longer than to answer it again.
        """
        space = Space.objects(bucket, prefix)
        verdict = find_at_once(expression, space)
        if verdict is None:
            key = (expression, bucket, prefix)
            if key not in self._asked:
                self._asked[key] = find_name(expression, space)
            verdict = self._asked[key]
        if isinstance(verdict, Found):
            verdict = Found(verdict.name.removeprefix(space.prefix[: len(space.prefix) - len(prefix)]))
        return verdict

    def on_bucket(self, principal: str, permission: str, bucket: str) -> tuple[Verdict, Verdict]:
        """Decide a permission that is checked on the bucket itself: does it hold at some time, does it fail at some.

        A list that is granted on a managed folder lists that folder: it holds for some.
        """
        return self._on_bucket(self.grants(principal, permission, bucket), permission, bucket)

    def _on_bucket(self, grants: Sequence[Grant], permission: str, bucket: str) -> tuple[Verdict, Verdict]:
        whole = [grant.expression for grant in grants if grant.scope.kind is not ScopeKind.MANAGED_FOLDER]
        some, every = _both(whole, Resource.bucket(bucket))
        if permission != LIST or some != Nothing():
            return some, every
        folders = [grant for grant in grants if grant.scope.kind is ScopeKind.MANAGED_FOLDER]
        verdicts = [find_resource(grant.expression, _folder_resource(grant.scope)) for grant in folders]
        return next((verdict for verdict in verdicts if verdict != Nothing()), some), every

    def somewhere(self, principal: str, permission: str, bucket: str) -> Verdict:
        """Decide whether `principal` may use a storage permission on anything in `bucket`, of whatever kind."""
        return self.by(self.grants(principal, permission, bucket), permission, bucket)

    def by(self, grants: Sequence[Grant], permission: str, bucket: str) -> Verdict:
        """Decide as `somewhere`, for whoever holds just `grants`, all of which give `permission` in `bucket`."""
        kind = resource_kind(permission)
        if kind is ResourceKind.BUCKET:
            return self._on_bucket(grants, permission, bucket)[0]
        expression = _either([grant.expression for grant in grants])
        if expression is None or kind is ResourceKind.PROJECT:
            return Nothing()
        if kind is ResourceKind.OBJECT:
            return self.find(_either([narrowed(grant) for grant in grants]) or expression, bucket)
        if kind is ResourceKind.MANAGED_FOLDER:
            return find_name(expression, Space.managed_folders(bucket))
        beginning = f"{BUCKETS}{bucket}/"
        never = (f"{beginning}objects/", f"{beginning}managedFolders/")
        partial = where_name_begins(expression, beginning, never, storage=True)
        return _named(find_resource(partial, _UNDOCUMENTED), bucket)

    def elsewhere(self, principal: str, permission: str) -> tuple[Verdict, Verdict]:
        """Decide a storage permission in buckets that the input does not name: something with it, something without."""
        expression = self._above(principal, permission)
        kind = resource_kind(permission)
        if expression is None or kind is ResourceKind.PROJECT:
            return Nothing(), Nothing()
        if kind is ResourceKind.OBJECT:
            outside = [Not(under(bucket, "")) for bucket in self._buckets]
            some, every = (find_object(All((item, *outside))) for item in (expression, Not(expression)))
        elif kind is ResourceKind.BUCKET:
            outside = [Not(_is_bucket(bucket)) for bucket in self._buckets]
            some, every = (find_bucket(All((item, *outside))) for item in (expression, Not(expression)))
        else:
            partial = where_name_begins(expression, BUCKETS, (), storage=True)
            some, every = _named(find_resource(partial, _UNDOCUMENTED), "x"), Nothing()
        return _as_url(some), _as_url(every)

    def on_project(self, principal: str, permission: str) -> Verdict:
        """Decide a permission that is checked on a project, folder, organization, or an account in one."""
        expression = self._above(principal, permission)
        if expression is None:
            return Nothing()
        return _named(outside_storage(expression), "the project")

    def blame(self, principal: str, permission: str, bucket: str | None, name: str | None) -> Grant:
        """Give a grant behind a verdict on the object `name`, or on something else in `bucket` if it is None.

        The one that certainly holds comes first, then one that may, then any. Raises UsageError if there is none.
        """
        grants = self.grants(principal, permission, bucket)
        if not grants:
            message = f"no grant gives the permission principal={principal} permission={permission}"
            raise UsageError(message)
        if bucket is None:
            return grants[0]
        resource = Resource.bucket(bucket) if name is None else Resource.object(bucket, name)
        inside = [grant for grant in grants if inside_folder(grant.scope, name)] or grants
        verdicts = [(evaluate(grant.expression, resource), grant) for grant in inside]
        return next((grant for wanted in (True, None) for verdict, grant in verdicts if verdict is wanted), inside[0])


def outside_storage(expression: Expression) -> Verdict:
    """Decide whether a condition may hold for a project or an account, whose spelling no page documents."""
    return find_resource(where_name_begins(expression, "", ("projects/_/",), storage=False), _UNDOCUMENTED)


def _named(verdict: Verdict, name: str) -> Verdict:
    return Found(name) if isinstance(verdict, Found) else verdict


def _is_bucket(bucket: str) -> Expression:
    return NameTest(Test(TestKind.EQUALS, f"{BUCKETS}{bucket}", _NOWHERE), _NOWHERE)


def _folder_resource(scope: Scope) -> Resource:
    return Resource(MANAGED_FOLDER_TYPE, f"{BUCKETS}{scope.name}/managedFolders/{_folder(scope)}")


def _as_url(verdict: Verdict) -> Verdict:
    if not isinstance(verdict, Found):
        return verdict
    bucket, _, name = verdict.name.removeprefix(BUCKETS).partition("/objects/")
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

"""What a permission is asked of: objects of a bucket, the bucket, its folders, buckets elsewhere, a project.

Each target turns "what the new grants give and the old ones did not" into a verdict with a witness.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arco.policy.conditions import (
    MANAGED_FOLDER_TYPE,
    NAME_BYTES_MAX,
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
    find_bucket,
    find_name,
    find_object,
    find_resource,
    where_name_begins,
)
from arco.policy.conditions.tree import ServiceIs, TypeIs
from arco.policy.model import Grant, ResourceKind, Scope, ScopeKind
from arco.policy.reach import BUCKETS, narrowed, under

__all__ = ["Target", "elsewhere", "in_bucket", "list_of_folder", "on_scope"]

_NOWHERE = Span(0, 0)
_NO_RESOURCE = Resource(None, None, None)
# Longer than every name of Cloud Storage, for names that no page describes.
_ANY_BYTES_MAX = NAME_BYTES_MAX + 512


@dataclass(frozen=True, slots=True)
class Target(ABC):
    """Resources of one kind: in `bucket`, or else wherever `above` holds buckets, or `above` itself."""

    bucket: str
    above: Scope | None

    @property
    @abstractmethod
    def where(self) -> str:
        """Name it, for people."""

    @abstractmethod
    def expression(self, grant: Grant) -> Expression:
        """Give when `grant` reaches a resource of this kind."""

    @abstractmethod
    def find(self, expression: Expression) -> Verdict:
        """Find a resource for which `expression` holds, named for people."""

    def question(self, new: Sequence[Grant], old: Iterable[Grant]) -> Expression:
        """Give what `new` reaches and `old` does not."""
        gained, had = _either(map(self.expression, new)), _either(map(self.expression, old))
        return All((gained, Not(had)))


class _Objects(Target):
    """The objects of one bucket."""

    @property
    def where(self) -> str:
        return f"objects of bucket {self.bucket}"

    def expression(self, grant: Grant) -> Expression:
        return narrowed(grant)

    def find(self, expression: Expression) -> Verdict:
        space = Space.objects(self.bucket)
        return _url(find_name(expression, space))


class _BucketItself(Target):
    """One bucket, on which a list is decided."""

    @property
    def where(self) -> str:
        return f"bucket {self.bucket}"

    def expression(self, grant: Grant) -> Expression:
        return _unless_in_folder(grant)

    def find(self, expression: Expression) -> Verdict:
        return _named(find_resource(expression, Resource.bucket(self.bucket)), f"gs://{self.bucket}")


@dataclass(frozen=True, slots=True)
class _Folder(Target):
    """The list of one managed folder: by a grant on it, on one that holds it, or on the whole bucket."""

    folder: str

    @property
    def where(self) -> str:
        return f"managed folder {self.folder} of bucket {self.bucket}"

    def expression(self, grant: Grant) -> Expression:
        if grant.scope.kind is ScopeKind.MANAGED_FOLDER:
            inside = self.folder.startswith(grant.scope.folder)
            return grant.expression if inside else Constant(value=False, span=_NOWHERE)
        # Asked of the bucket, whatever the folder: only what holds there in any case lists here as well.
        always = find_resource(Not(grant.expression), Resource.bucket(self.bucket)) == Nothing()
        return Constant(always, _NOWHERE)

    def find(self, expression: Expression) -> Verdict:
        resource = Resource(MANAGED_FOLDER_TYPE, f"{BUCKETS}{self.bucket}/managedFolders/{self.folder}")
        return _named(find_resource(expression, resource), f"gs://{self.bucket}/{self.folder}")


class _Folders(Target):
    """The managed folders of one bucket."""

    @property
    def where(self) -> str:
        return f"managed folders of bucket {self.bucket}"

    def expression(self, grant: Grant) -> Expression:
        if grant.scope.kind is not ScopeKind.MANAGED_FOLDER:
            return grant.expression
        name = f"{BUCKETS}{self.bucket}/managedFolders/{grant.scope.folder}"
        return All((NameTest(Test(TestKind.STARTS_WITH, name, _NOWHERE), _NOWHERE), grant.expression))

    def find(self, expression: Expression) -> Verdict:
        return _url(find_name(expression, Space.managed_folders(self.bucket)))


class _Undocumented(Target):
    """Resources of a bucket whose names no page describes, such as folders of a hierarchical namespace."""

    @property
    def where(self) -> str:
        return f"bucket {self.bucket} and what no page names in it"

    def expression(self, grant: Grant) -> Expression:
        return grant.expression

    def find(self, expression: Expression) -> Verdict:
        beginning = f"{BUCKETS}{self.bucket}/"
        never = (f"{beginning}objects/", f"{beginning}managedFolders/")
        return _partly(expression, beginning, never, f"gs://{self.bucket}", storage=True)


@dataclass(frozen=True, slots=True)
class _Elsewhere(Target):
    """Buckets of `above` that neither input names: their objects, themselves, or what else is in them, by `kind`."""

    named: tuple[str, ...]
    kind: ResourceKind

    @property
    def where(self) -> str:
        return f"buckets of {self.above} that neither input names"

    def expression(self, grant: Grant) -> Expression:
        return grant.expression

    def find(self, expression: Expression) -> Verdict:
        if self.kind is ResourceKind.OBJECT:
            return _url(find_object(All((expression, *(Not(under(bucket, "")) for bucket in self.named)))))
        if self.kind is ResourceKind.BUCKET:
            return _url(find_bucket(All((expression, *(Not(_is_bucket(bucket)) for bucket in self.named)))))
        outside = (
            NameTest(Test(TestKind.STARTS_WITH, f"{BUCKETS}{bucket}/", _NOWHERE), _NOWHERE) for bucket in self.named
        )
        if _nowhere(All((expression, *map(Not, outside))), BUCKETS):
            return Nothing()
        return _partly(expression, BUCKETS, (), f"a bucket of {self.above}", storage=True)


class _Project(Target):
    """A project, folder or organization, and the accounts in it."""

    @property
    def where(self) -> str:
        return str(self.above)

    def expression(self, grant: Grant) -> Expression:
        return grant.expression

    def find(self, expression: Expression) -> Verdict:
        return _partly(expression, "", ("projects/_/",), str(self.above), storage=False)


_IN_A_BUCKET: dict[ResourceKind, type[Target]] = {
    ResourceKind.OBJECT: _Objects,
    ResourceKind.BUCKET: _BucketItself,
    ResourceKind.MANAGED_FOLDER: _Folders,
    ResourceKind.UNDOCUMENTED: _Undocumented,
}


def in_bucket(kind: ResourceKind, bucket: str) -> Target:
    """Give the resources of `kind` in `bucket`: objects, the bucket itself, managed folders, or undocumented ones."""
    return _IN_A_BUCKET[kind](bucket, None)


def list_of_folder(folder: Scope) -> Target:
    """Give the list of one managed folder."""
    return _Folder(folder.name, None, folder.folder)


def elsewhere(above: Scope, named: tuple[str, ...], kind: ResourceKind) -> Target:
    """Give the resources of `kind` in buckets under `above` that neither input names; `named` are those."""
    return _Elsewhere("", above, named, kind)


def on_scope(above: Scope) -> Target:
    """Give the project, folder or organization itself."""
    return _Project("", above)


def _either(items: Iterable[Expression]) -> Expression:
    distinct = tuple(dict.fromkeys(items))
    return distinct[0] if len(distinct) == 1 else Either(distinct)


def _is_bucket(bucket: str) -> Expression:
    return NameTest(Test(TestKind.EQUALS, f"{BUCKETS}{bucket}", _NOWHERE), _NOWHERE)


def _unless_in_folder(grant: Grant) -> Expression:
    if grant.scope.kind is ScopeKind.MANAGED_FOLDER:
        return Constant(value=False, span=_NOWHERE)
    return grant.expression


def _named(verdict: Verdict, name: str) -> Verdict:
    return Found(name) if isinstance(verdict, Found) else verdict


def _url(verdict: Verdict) -> Verdict:
    if not isinstance(verdict, Found):
        return verdict
    bucket, _, rest = verdict.name.removeprefix(BUCKETS).partition("/")
    return Found(f"gs://{bucket}/{rest.partition('/')[2]}" if rest else f"gs://{bucket}")


def _partly(expression: Expression, beginning: str, never: tuple[str, ...], name: str, *, storage: bool) -> Verdict:
    """Decide where only the beginning of the name is documented. What no name at all tells apart is no difference."""
    if _nowhere(expression, beginning):
        return Nothing()
    return _named(find_resource(where_name_begins(expression, beginning, never, storage=storage), _NO_RESOURCE), name)


def _nowhere(expression: Expression, beginning: str) -> bool:
    """Whether the expression holds for no name that begins so, whatever the resource's type."""
    return find_name(_whatever_type(expression), Space(beginning, "", _ANY_BYTES_MAX, empty=True)) == Nothing()


def _whatever_type(expression: Expression) -> Expression:
    """Make tests of type and service free: the same test gives one answer, of which nothing is known."""
    if isinstance(expression, Not):
        return Not(_whatever_type(expression.item))
    if isinstance(expression, All | Either):
        return type(expression)(tuple(_whatever_type(item) for item in expression.items))
    if isinstance(expression, TypeIs | ServiceIs):
        return Free(f"{type(expression).__name__} {expression.literal}", expression.span)
    return expression

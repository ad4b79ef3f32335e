"""Grants as IAM knows them: who, which permissions, on what, under which condition, written where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from arco.policy.conditions import Constant, Expression, Opaque, Refusal, Span
from arco.policy.values import Origin, Text

__all__ = [
    "BASIC_ROLES",
    "CREATE",
    "DELETE",
    "EVERYONE",
    "LIST",
    "UPDATE",
    "VERBS",
    "Bucket",
    "Condition",
    "Grant",
    "ResourceKind",
    "Scope",
    "ScopeKind",
    "Unsettled",
    "normal_member",
    "resource_kind",
    "same_project",
]

CREATE, DELETE, UPDATE, LIST = (f"storage.objects.{verb}" for verb in ("create", "delete", "update", "list"))
VERBS = {"create": CREATE, "read": "storage.objects.get", "update": UPDATE, "delete": DELETE}
# Basic roles, and the convenience group through which each reaches a bucket whose policy is not owned.
BASIC_ROLES = {"roles/viewer": "projectViewer", "roles/editor": "projectEditor", "roles/owner": "projectOwner"}
EVERYONE = ("allUsers", "allAuthenticatedUsers")
_NOWHERE = Span(0, 0)


class ScopeKind(Enum):
    """The resource whose allow policy holds a grant."""

    BUCKET = "bucket"
    MANAGED_FOLDER = "managed folder"
    PROJECT = "project"
    FOLDER = "folder"
    ORGANIZATION = "organization"
    ACCOUNT = "service account"


class ResourceKind(Enum):
    """The resource on which Cloud Storage checks a permission."""

    OBJECT = "object"
    BUCKET = "bucket"
    MANAGED_FOLDER = "managed folder"
    PROJECT = "project"
    UNDOCUMENTED = "undocumented"


# Source: "IAM permissions for JSON methods"; what is checked on the bucket although its name speaks of something else.
_ON_BUCKET = {
    "storage.objects.list",
    "storage.managedFolders.list",
    "storage.multipartUploads.list",
    "storage.objects.watchAll",
}
_ON_PROJECT = {"storage.buckets.create", "storage.buckets.list"}
_BY_FAMILY = {
    "storage.objects.": ResourceKind.OBJECT,
    "storage.multipartUploads.": ResourceKind.OBJECT,
    "storage.buckets.": ResourceKind.BUCKET,
    "storage.managedFolders.": ResourceKind.MANAGED_FOLDER,
    "storage.hmacKeys.": ResourceKind.PROJECT,
}


def resource_kind(permission: str) -> ResourceKind:
    """Say on which kind of resource Cloud Storage checks `permission`."""
    if permission in _ON_BUCKET:
        return ResourceKind.BUCKET
    if permission in _ON_PROJECT or not permission.startswith("storage."):
        return ResourceKind.PROJECT
    kinds = (kind for family, kind in _BY_FAMILY.items() if permission.startswith(family))
    return next(kinds, ResourceKind.UNDOCUMENTED)


def normal_member(member: str) -> str:
    """Spell a member in one way: e-mail addresses and domains do not distinguish case, federated principals do."""
    kind, colon, name = member.partition(":")
    return f"{kind}:{name.lower()}" if colon and kind in {"user", "group", "serviceAccount", "domain"} else member


def same_project(left: str | None, right: str | None) -> bool:
    """Whether two names may mean one project: a number may be the number of any id, and None is any project."""
    return left is None or right is None or left == right or left.isdecimal() is not right.isdecimal()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a grant is attached. `name` is the bucket, project, folder, organization or account's e-mail.

    `folder` is a managed folder.
    """

    kind: ScopeKind
    name: str
    folder: str = ""

    @property
    def inherited(self) -> bool:
        """Whether buckets inherit the grant, since it is attached above them."""
        return self.kind not in {ScopeKind.BUCKET, ScopeKind.MANAGED_FOLDER, ScopeKind.ACCOUNT}

    def __str__(self) -> str:
        """Give `bucket demo`, `managed folder demo/a/`."""
        return f"{self.kind.value} {self.name}" + (f"/{self.folder}" if self.folder else "")


@dataclass(frozen=True, slots=True)
class Condition:
    """A grant's condition: its text with origins, and what IAM makes of it."""

    title: str
    text: Text
    parsed: Expression | Refusal

    @property
    def expression(self) -> Expression:
        """What can be decided: a condition that IAM refuses decides nothing, so it counts as opaque."""
        if isinstance(self.parsed, Refusal):
            return Opaque(f"IAM would refuse the condition: {self.parsed.reason}", self.parsed.span)
        return self.parsed

    def origin_of(self, span: Span) -> Origin | None:
        """Where the characters at `span` were written."""
        return self.text.origin_at(span.start) or self.text.origin


@dataclass(frozen=True, slots=True)
class Grant:
    """`member` holds `role` (its `permissions`) on `scope`, if `condition` holds.

    `address` is the Terraform instance; `member_text` and `role_text` remember where they were written; `note` says
    why the grant exists if no attribute spells it (`default binding`, `kept by forget`).
    """

    member: str
    role: str
    permissions: frozenset[str]
    scope: Scope
    condition: Condition | None
    address: str
    member_text: Text
    role_text: Text
    origin: Origin | None = None
    note: str = ""

    @property
    def expression(self) -> Expression:
        """The condition as an expression: unconditional is `true`."""
        return self.condition.expression if self.condition else Constant(value=True, span=_NOWHERE)

    @property
    def place(self) -> Origin | None:
        """Where the condition was written, or for a grant without one, where its binding begins."""
        written = self.condition.text.origin if self.condition is not None else None
        return written or self.origin or self.role_text.origin

    @property
    def label(self) -> str:
        """Name the binding within its instance, as people know it."""
        if self.note:
            return self.note
        return f'binding "{self.condition.title}"' if self.condition else "unconditional binding"


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Something that could grant access and that the input does not settle. `reason` says why, `remedy` what would."""

    address: str
    attribute: str
    reason: str
    origin: Origin | None = None
    remedy: str = "let it be known at plan time, or leave the grant out; what nobody knows is never taken as harmless"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of the input. `owned`: Terraform writes its whole policy, so that it has no default bindings.

    `uniform` is uniform bucket-level access: True, False, or None where the input does not say. `made`: the input makes
    the bucket, and does not only grant something on it. `prevention` is its public access prevention, `inherited` or
    `enforced`; None where the input does not say.
    """

    name: str
    project: str | None
    owned: bool
    uniform: bool | None
    address: str
    origin: Origin | None = None
    made: bool = False
    prevention: str | None = None

    @property
    def private(self) -> bool:
        """Whether public access prevention is enforced, so that nothing is granted to everybody."""
        return self.prevention == "enforced"

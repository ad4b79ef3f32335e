"""The layout that an access matrix declares, and the workspaces that an input's variables name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from arco.errors import InputError
from arco.policy.deployment import Deployment
from arco.policy.model import normal_member
from arco.policy.values import SetOf, Text, Unknown, Value

__all__ = ["FIXED_COLUMNS", "LETTERS", "Layout", "Matrix", "Root", "Workspace", "workspaces_of"]

OTHER_NAMES, OTHER_BUCKETS, BUCKET, PROJECT = "other names", "other buckets", "bucket", "project"
FIXED_COLUMNS = (OTHER_NAMES, OTHER_BUCKETS, BUCKET, PROJECT)
LETTERS = "cruodla"
_PLACEHOLDER = re.compile(r"\{(?P<name>[a-z_]+)(?::(?P<length>[0-9]+))?\}")


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of the scope, such as `state`. `immutable`: no overwrite, ever. `shared`: more than one role creates."""

    name: str
    immutable: bool
    shared: bool

    @property
    def column(self) -> str:
        """The column's title."""
        return f"{self.name}/"


@dataclass(frozen=True, slots=True)
class Layout:
    """What the header declares. Templates hold `{field}`s of a workspace, `{project}`, `{role}` and `{digest:N}`."""

    source: str
    project: str
    workspaces: str
    digest: str
    bucket: str
    scope: str
    account: str
    members: Mapping[str, str]
    owned: bool
    listers: frozenset[str]
    roots: tuple[Root, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the body, roots first."""
        return (*(root.column for root in self.roots), *FIXED_COLUMNS)

    @property
    def label_fields(self) -> tuple[str, ...]:
        """The fields that name a workspace: those of the scope, in its order."""
        return tuple(match["name"] for match in _PLACEHOLDER.finditer(self.scope))


@dataclass(frozen=True, slots=True)
class Matrix:
    """A parsed matrix file. `rows[role][column]` holds letters; `head` is the text before the rows, kept as it is."""

    layout: Layout
    head: str
    body: str
    rows: Mapping[str, Mapping[str, str]]
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace of the input: its bucket, its scope, and who plays each role (members of the allow policy)."""

    label: str
    bucket: str
    scope: str
    members: Mapping[str, tuple[str, ...]] = field(compare=False)

    def prefix(self, root: Root) -> str:
        """Where the names of `root` begin."""
        return f"{self.scope}{root.name}/"


def workspaces_of(matrix: Matrix, deployment: Deployment) -> tuple[Workspace, ...]:
    """Name every workspace of the input. Raises InputError where a declared variable is absent, unknown or empty."""
    layout = matrix.layout
    project = _text(layout, deployment, layout.project)
    records = _records(layout, deployment)
    named = {role: _members(layout, deployment, variable) for role, variable in layout.members.items()}
    found = []
    for record in records:
        fields = {**record, "project": project}
        digest = hashlib.sha256(_fill(layout, layout.digest, fields).encode()).hexdigest()
        members = {
            role: named.get(role) or (normal_member(_fill(layout, layout.account, {**fields, "role": role}, digest)),)
            for role in matrix.rows
        }
        label = "/".join(fields[name] for name in layout.label_fields if name in fields)
        bucket = _fill(layout, layout.bucket, fields, digest)
        found.append(Workspace(label, bucket, _fill(layout, layout.scope, fields, digest), members))
    _refuse_duplicates(layout, found)
    return tuple(found)


def _refuse_duplicates(layout: Layout, workspaces: list[Workspace]) -> None:
    seen: dict[str, str] = {}
    for workspace in workspaces:
        accounts = (members[0] for role, members in workspace.members.items() if role not in layout.members)
        for name in (workspace.bucket, *accounts):
            if seen.setdefault(name, workspace.label) != workspace.label:
                message = f"workspaces {seen[name]} and {workspace.label} share the name {name}: rename one of them"
                raise InputError(message, source=layout.source)


def _variable(layout: Layout, deployment: Deployment, name: str) -> Value:
    key = name.removeprefix("var.")
    if key not in deployment.variables:
        message = f"the input has no variable {key!r}, which the matrix names: declare it, or mend the header"
        raise InputError(message, source=layout.source)
    value = deployment.variables[key]
    if isinstance(value, Unknown):
        message = f"variable {key!r} is not known: {value.reason}"
        raise InputError(message, source=layout.source)
    return value


def _text(layout: Layout, deployment: Deployment, name: str) -> str:
    value = _variable(layout, deployment, name)
    if isinstance(value, Text) and value.known:
        return value.value
    message = f"{name} is not a known string, as the matrix needs it"
    raise InputError(message, source=layout.source)


def _items(value: Value) -> tuple[Value, ...]:
    if isinstance(value, SetOf):
        return value.items
    if isinstance(value, Mapping):
        return tuple(value.values())
    return value if isinstance(value, tuple) else ()


def _records(layout: Layout, deployment: Deployment) -> list[dict[str, str]]:
    records = []
    for item in _items(_variable(layout, deployment, layout.workspaces)):
        if not isinstance(item, Mapping):
            message = f"{layout.workspaces} is not a collection of objects, as the matrix needs it"
            raise InputError(message, source=layout.source)
        # A field that is not known is absent here, and refused where a template names it.
        records.append({key: text.value for key, text in item.items() if isinstance(text, Text) and text.known})
    if not records:
        message = f"{layout.workspaces} names no workspace, so that there is nothing to decide"
        raise InputError(message, source=layout.source)
    return records


def _members(layout: Layout, deployment: Deployment, variable: str) -> tuple[str, ...]:
    items = _items(_variable(layout, deployment, variable))
    members = tuple(normal_member(item.value) for item in items if isinstance(item, Text) and item.known)
    if not members or len(members) < len(items):
        message = f"{variable} must be a list of known members that is not empty"
        raise InputError(message, source=layout.source)
    return members


def _fill(layout: Layout, template: str, fields: Mapping[str, str], digest: str = "") -> str:
    def value(match: re.Match[str]) -> str:
        if match["name"] == "digest" and digest:
            length = match["length"] or str(len(digest))
            if len(length) > 2 or not 0 < int(length) <= len(digest):  # noqa: PLR2004 - of two digits at most
                message = f"the template {template!r} takes more or less of the digest than its {len(digest)} digits"
                raise InputError(message, source=layout.source)
            return digest[: int(length)]
        if match["name"] not in fields:
            message = f"the template {template!r} names {{{match['name']}}}, which the workspaces do not have"
            raise InputError(message, source=layout.source)
        return fields[match["name"]]

    return _PLACEHOLDER.sub(value, template)

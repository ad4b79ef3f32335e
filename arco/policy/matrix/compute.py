"""Compute the access matrix from what an input grants: for every name of each column, in every workspace.

A cell is computed per holder (a member in a workspace) as `Reached` letters, each for every name or only for some.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from arco.policy import roles
from arco.policy.conditions import All, Found, Not, Nothing, Undecided, Verdict
from arco.policy.matrix.layout import BUCKET, OTHER_BUCKETS, OTHER_NAMES, PROJECT, Layout, Matrix, Workspace
from arco.policy.model import ResourceKind, resource_kind
from arco.policy.reach import Reach, under

__all__ = ["OBJECT_LETTERS", "Holder", "Reached", "administering", "computed_rows", "holders_of", "reached"]

OBJECT_LETTERS: Mapping[str, str] = {
    "c": "storage.objects.create",
    "r": "storage.objects.get",
    "u": "storage.objects.update",
    "d": "storage.objects.delete",
}
_BUCKET_LETTERS: Mapping[str, tuple[str, ...]] = {
    "r": ("storage.buckets.get",),
    "u": ("storage.buckets.update",),
    "l": ("storage.objects.list",),
    "a": ("storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy"),
}
_ON_BUCKET = {permission for permissions in _BUCKET_LETTERS.values() for permission in permissions}
_ADMINISTERING = (
    "iam_policy_write",
    "role_and_guardrail_write",
    "become_service_account",
    "run_code_or_move_data_as_other_identity",
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who plays `role` in `workspace`."""

    role: str
    principal: str
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class Reached:
    """`holder` has `permission` on some of `column`'s names, such as `witness`; on all, if `missing` is None.

    `letter` is empty for a permission that the matrix has no letter for. `undecided` says why nobody knows.
    """

    holder: Holder
    column: str
    letter: str
    permission: str
    bucket: str | None
    witness: str
    missing: str | None = None
    undecided: str = ""


def holders_of(matrix: Matrix, workspaces: tuple[Workspace, ...]) -> tuple[Holder, ...]:
    """List who plays which role where, in the order of the rows."""
    return tuple(
        Holder(role, principal, workspace)
        for role in matrix.rows
        for workspace in workspaces
        for principal in workspace.members[role]
    )


def reached(reach: Reach, layout: Layout, holder: Holder, workspaces: tuple[Workspace, ...]) -> Iterator[Reached]:
    """Yield everything that `holder` reaches, column by column."""
    for letter, permission in OBJECT_LETTERS.items():
        yield from _on_own_objects(reach, layout, holder, letter, permission)
        yield from _on_other_buckets(reach, holder, letter, permission, workspaces)
    for letter, permissions in _BUCKET_LETTERS.items():
        yield from _on_own_bucket(reach, holder, letter, permissions)
    yield from _on_project(reach, holder)
    yield from _without_letter(reach, holder, workspaces)


def _on_own_objects(reach: Reach, layout: Layout, holder: Holder, letter: str, permission: str) -> Iterator[Reached]:
    workspace = holder.workspace
    expression = reach.objects(holder.principal, permission, workspace.bucket)
    if expression is None:
        return
    for root in layout.roots:
        prefix = workspace.prefix(root)
        some = reach.find(expression, workspace.bucket, prefix)
        every = reach.find(Not(expression), workspace.bucket, prefix)
        yield from _judged(holder, root.column, letter, permission, workspace.bucket, some, every)
    outside = tuple(Not(under(workspace.bucket, workspace.prefix(root))) for root in layout.roots)
    some = reach.find(All((expression, *outside)), workspace.bucket)
    every = reach.find(All((Not(expression), *outside)), workspace.bucket)
    yield from _judged(holder, OTHER_NAMES, letter, permission, workspace.bucket, some, every)


def _judged(
    holder: Holder, column: str, letter: str, permission: str, bucket: str | None, some: Verdict, every: Verdict
) -> Iterator[Reached]:
    """Turn "is there a name" and "is there a name without" into what is reached."""
    if isinstance(some, Undecided) or (isinstance(some, Found) and isinstance(every, Undecided)):
        reason = some.reason if isinstance(some, Undecided) else every.reason if isinstance(every, Undecided) else ""
        yield Reached(holder, column, letter, permission, bucket, "", undecided=reason)
    elif isinstance(some, Found):
        missing = every.name if isinstance(every, Found) else None
        yield Reached(holder, column, letter, permission, bucket, some.name, missing)


def _foreign(reach: Reach, holder: Holder, workspaces: tuple[Workspace, ...]) -> list[str]:
    """The buckets that `holder` may reach and in which it plays no role: other buckets, to it."""
    others = [bucket for bucket in reach.buckets_of(holder.principal) if bucket != holder.workspace.bucket]
    if not others:
        return []
    own = {w.bucket for w in workspaces if holder.principal in w.members[holder.role]}
    return [bucket for bucket in others if bucket not in own]


def _on_other_buckets(
    reach: Reach, holder: Holder, letter: str, permission: str, workspaces: tuple[Workspace, ...]
) -> Iterator[Reached]:
    if permission not in reach.permissions(holder.principal):
        return
    anywhere, nowhere = reach.elsewhere(holder.principal, permission)
    yield from _judged(holder, OTHER_BUCKETS, letter, permission, None, anywhere, nowhere)
    for bucket in _foreign(reach, holder, workspaces):
        expression = reach.objects(holder.principal, permission, bucket)
        if expression is not None:
            some = reach.find(expression, bucket)
            every = nowhere if isinstance(nowhere, Found) else reach.find(Not(expression), bucket)
            yield from _judged(holder, OTHER_BUCKETS, letter, permission, bucket, some, every)


def _on_own_bucket(reach: Reach, holder: Holder, letter: str, permissions: tuple[str, ...]) -> Iterator[Reached]:
    """A letter that takes several permissions holds for some as long as one of them is lacking."""
    bucket = holder.workspace.bucket
    verdicts = {p: reach.on_bucket(holder.principal, p, bucket) for p in permissions}
    lacking = sorted(p for p, (some, _) in verdicts.items() if some == Nothing())
    for permission, (some, every) in verdicts.items():
        missing = Found(f"{bucket} (no {' and '.join(lacking)})") if lacking else every
        yield from _judged(holder, BUCKET, letter, permission, bucket, some, missing)


@cache
def administering() -> frozenset[str]:
    """Give the permissions that let their holder grant itself more, or become another account."""
    groups = roles.role_data().escalation
    held = {p for group in groups if group.name in _ADMINISTERING for p in group.permissions}
    # Some permissions are listed with their service's host name, which custom roles spell shortly.
    return frozenset(held | {p.replace("iam.googleapis.com/", "iam.") for p in held})


def _on_project(reach: Reach, holder: Holder) -> Iterator[Reached]:
    above = administering()
    for permission in reach.permissions(holder.principal):
        on_project = permission.startswith("storage.") and resource_kind(permission) is ResourceKind.PROJECT
        if on_project or permission in above:
            verdict = reach.on_project(holder.principal, permission)
            letter = "a" if permission in above else ""
            yield from _judged(holder, PROJECT, letter, permission, None, verdict, Nothing())


def _without_letter(reach: Reach, holder: Holder, workspaces: tuple[Workspace, ...]) -> Iterator[Reached]:
    """Every other storage permission that a role reaches is a finding: in its own bucket, and in any other."""
    own = holder.workspace.bucket
    for permission in reach.permissions(holder.principal):
        if not permission.startswith("storage.") or permission in OBJECT_LETTERS.values():
            continue
        if permission not in _ON_BUCKET:
            column = OTHER_NAMES if resource_kind(permission) is ResourceKind.OBJECT else BUCKET
            some = reach.somewhere(holder.principal, permission, own)
            yield from _judged(holder, column, "", permission, own, some, Nothing())
        some, _ = reach.elsewhere(holder.principal, permission)
        yield from _judged(holder, OTHER_BUCKETS, "", permission, None, some, Nothing())
        for bucket in _foreign(reach, holder, workspaces):
            some = reach.somewhere(holder.principal, permission, bucket)
            yield from _judged(holder, OTHER_BUCKETS, "", permission, bucket, some, Nothing())


def computed_rows(
    matrix: Matrix, holders: tuple[Holder, ...], found: Mapping[Holder, list[Reached]]
) -> dict[str, dict[str, str]]:
    """Fold what every holder reaches into cells: a letter stands if all holders of the role have it for all names."""
    rows: dict[str, dict[str, str]] = {}
    for role in matrix.rows:
        players = [holder for holder in holders if holder.role == role]
        cells = {}
        for column in matrix.layout.columns:
            letters = [_letters(found[holder], column) for holder in players]
            undecided = {letter for held in letters for letter in held if letter == "?"}
            cells[column] = _spell(set.intersection(*letters) | undecided)
        rows[role] = cells
    return rows


def _letters(items: list[Reached], column: str) -> set[str]:
    return {
        "?" if item.undecided else item.letter
        for item in items
        if item.column == column and item.letter and (item.undecided or item.missing is None)
    }


def _spell(letters: set[str]) -> str:
    if {"c", "d"} <= letters:
        letters = (letters - {"d"}) | {"o"}
    return "".join(letter for letter in "cruodla?" if letter in letters)

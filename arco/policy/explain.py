"""Answer one question: may somebody use a permission on a name, by which grant, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arco.errors import UsageError
from arco.policy import roles
from arco.policy.case import Case, Declared
from arco.policy.conditions import Found, Resource, Undecided, evaluate, find_resource
from arco.policy.matrix import Workspace
from arco.policy.model import Grant, ResourceKind, resource_kind
from arco.policy.reach import inside_folder

__all__ = ["Answer", "explain"]

_URL = "gs://"


@dataclass(frozen=True, slots=True)
class Answer:
    """`verdict` is yes, no, `sometimes` (it hangs on time or tags) or undecided.

    `grants` are those that say yes, or, for a no, those that give the permission and do not reach the name. `able` are
    the others who may do it.
    """

    who: str
    principal: str
    permission: str
    target: str
    verdict: str
    grants: tuple[Grant, ...]
    able: tuple[str, ...]
    unsettled: int


def explain(case: Case, who: str, permission: str, name: str, *, bucket_itself: bool = False) -> list[Answer]:
    """Answer for everybody that `who` means. Raises UsageError where the question is not clear, with the choices."""
    _check_permission(permission)
    on_bucket = bucket_itself or resource_kind(permission) is ResourceKind.BUCKET
    role, at, label = who.partition("@")
    declared = case.declared
    if declared is not None and role in declared.matrix.rows and ":" not in who:
        workspace = _workspace(declared, name, label if at else None, bucket_itself=bucket_itself)
        members, bucket = workspace.members[role], workspace.bucket
        object_name = _split_url(name)[1]
    else:
        members = (_principal(case, who),)
        bucket, object_name = _target(case, name, bucket_itself=bucket_itself)
    return [_answer(case, who, member, permission, bucket, None if on_bucket else object_name) for member in members]


def _answer(case: Case, who: str, principal: str, permission: str, bucket: str, name: str | None) -> Answer:
    verdict, grants = _decide(case, principal, permission, bucket, name)
    able = [
        _named(case, other)
        for other in case.reach.principals
        if other != principal and _decide(case, other, permission, bucket, name)[0] in {"yes", "sometimes"}
    ]
    target = f"{_URL}{bucket}/{name}" if name is not None else f"bucket {bucket}"
    unsettled = len(case.found.unsettled)
    return Answer(who, principal, permission, target, verdict, tuple(grants), tuple(able), unsettled)


def _decide(case: Case, principal: str, permission: str, bucket: str, name: str | None) -> tuple[str, Sequence[Grant]]:
    resource = Resource.bucket(bucket) if name is None else Resource.object(bucket, name)
    grants = case.effective.grants(principal, permission, bucket)
    reaching = [grant for grant in grants if inside_folder(grant.scope, name)]
    yes = [grant for grant in reaching if evaluate(grant.expression, resource)]
    if yes:
        return "yes", yes
    verdicts = [(find_resource(grant.expression, resource), grant) for grant in reaching]
    for kind, word in ((Found, "sometimes"), (Undecided, "undecided")):
        chosen = [grant for verdict, grant in verdicts if isinstance(verdict, kind)]
        if chosen:
            return word, chosen
    return "no", grants


def _named(case: Case, principal: str) -> str:
    return case.declared.who(principal) if case.declared is not None else principal


def _check_permission(permission: str) -> None:
    known = roles.role_data().storage_permissions
    if permission not in known:
        import difflib  # noqa: PLC0415 (only a mistake needs it)

        close = difflib.get_close_matches(permission, sorted(known), 3) or ["storage.objects.create"]
        message = f"{permission!r} is not a permission of Cloud Storage; did you mean {' or '.join(close)}?"
        raise UsageError(message)
    if resource_kind(permission) not in {ResourceKind.OBJECT, ResourceKind.BUCKET}:
        where = resource_kind(permission).value
        message = f"{permission} is checked on a resource of kind {where!r}; explain answers for objects and buckets"
        raise UsageError(message)


def _workspace(declared: Declared, name: str, label: str | None, *, bucket_itself: bool) -> Workspace:
    """Take the workspace from ROLE@LABEL, or infer it from the name."""
    workspaces = declared.workspaces
    if label is not None:
        chosen = [workspace for workspace in workspaces if workspace.label == label]
    elif bucket_itself:
        chosen = [workspace for workspace in workspaces if name in {workspace.label, workspace.bucket}]
    else:
        bucket, object_name = _split_url(name)
        chosen = [w for w in workspaces if bucket in {None, w.bucket} and object_name.startswith(w.scope)]
        chosen = chosen or [w for w in workspaces if bucket == w.bucket]
    if len(chosen) == 1:
        return chosen[0]
    wanted = "matches more than one workspace" if chosen else "matches no workspace"
    candidates = ", ".join(f"@{workspace.label}" for workspace in workspaces)
    message = f"{label or name!r} {wanted}: say ROLE@TENANT/WORKSPACE, one of {candidates}"
    raise UsageError(message)


def _principal(case: Case, who: str) -> str:
    """Find the member that `who` names: spelled in full, or its e-mail."""
    wanted = who.lower()
    found = [m for m in case.reach.principals if wanted in {m.lower(), m.partition(":")[2].lower()}]
    if len(found) == 1:
        return found[0]
    if not found and ":" in who:
        return who
    known = list(case.declared.matrix.rows) if case.declared is not None else list(case.reach.principals)
    message = f"{who!r} is nobody here: name one of {', '.join(known)}, or a member such as serviceAccount:E-MAIL"
    raise UsageError(message)


def _split_url(name: str) -> tuple[str | None, str]:
    if not name.startswith(_URL):
        return None, name
    bucket, _, object_name = name.removeprefix(_URL).partition("/")
    return bucket, object_name


def _target(case: Case, name: str, *, bucket_itself: bool) -> tuple[str, str]:
    bucket, object_name = _split_url(name)
    if bucket_itself:
        return bucket or name, ""
    if bucket is None and case.declared is not None:
        chosen = [w.bucket for w in case.declared.workspaces if name.startswith(w.scope)]
        bucket = chosen[0] if len(chosen) == 1 else None
    if bucket is None and len(case.reach.buckets) == 1:
        bucket = case.reach.buckets[0]
    if bucket is None:
        message = f"which bucket? say gs://BUCKET/{name}; the input names {', '.join(case.reach.buckets) or 'none'}"
        raise UsageError(message)
    return bucket, object_name

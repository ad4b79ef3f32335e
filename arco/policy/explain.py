"""Answer one question: may somebody use a permission on a name, by which grant, or why not; and who may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arco.errors import UsageError
from arco.policy import roles
from arco.policy.become import Impersonation
from arco.policy.case import Case
from arco.policy.conditions import NAME_BYTES_MAX, Found, Resource, Undecided, evaluate, find_resource
from arco.policy.matrix import Workspace
from arco.policy.model import EVERYONE, Grant, ResourceKind, Unsettled, normal_member, resource_kind
from arco.policy.reach import Reach, inside_folder

__all__ = ["Able", "Answer", "Everybody", "explain", "who_can"]

_URL = "gs://"
_NAMES_SHOWN = 8


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


@dataclass(frozen=True, slots=True)
class Able:
    """`principal` (for people: `named`) may do it by `grants`. `verdict` is yes, sometimes or undecided.

    Who may become an account that may do it is named `WHO as ACCOUNT`, and `grants` begin with those on accounts.
    """

    principal: str
    named: str
    verdict: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Everybody:
    """Everybody who may use `permission` on `target`, sorted; `unsettled` is what could let somebody else."""

    permission: str
    target: str
    able: tuple[Able, ...]
    unsettled: tuple[Unsettled, ...]

    @property
    def settled(self) -> bool:
        """Whether the list is certainly whole, and nobody is on it who may not be."""
        return not self.unsettled and all(able.verdict != "undecided" for able in self.able)


def who_can(case: Case, permission: str, name: str, *, bucket_itself: bool = False) -> Everybody:
    """List everybody who holds a grant that lets it; who is let in by a grant to everybody is not listed again.

    Raises UsageError where the question is not clear, with the choices.
    """
    _check_permission(permission)
    on_bucket = bucket_itself or resource_kind(permission) is ResourceKind.BUCKET
    bucket, object_name = _target(case, name, None, bucket_itself=bucket_itself)
    if not on_bucket:
        _check_object_name(object_name)
    asked = None if on_bucket else object_name
    found = []
    for principal in case.reach.principals:
        verdict, grants = _decide(case.reach, principal, permission, bucket, asked)
        if verdict != "no":
            found.append(Able(principal, _named(case, principal), verdict, tuple(grants)))
    found += [able for able in _as_others(case, permission, bucket, asked) if not _lists(found, able.principal)]
    found.sort(key=lambda able: able.principal)
    return Everybody(permission, _spelled(bucket, asked), tuple(found), case.found.unsettled)


def _lists(found: Sequence[Able], principal: str) -> bool:
    return any(able.principal == principal and able.verdict == "yes" for able in found)


def _as_others(case: Case, permission: str, bucket: str, name: str | None) -> Iterator[Able]:
    """Yield who may do it by becoming an account that may: by the grants on accounts, and then the account's."""
    told: set[str] = set()
    for path in Impersonation(case.found, above=True).paths():
        verdict, grants = _decide(case.reach, path.account, permission, bucket, name)
        if verdict == "no" or path.principal in told:
            continue
        told.add(path.principal)
        if path.undecided:
            verdict = "undecided"
        elif verdict == "yes" and any(grant.condition is not None for grant in path.grants):
            verdict = "sometimes"
        named = f"{_named(case, path.principal)} as {_named(case, path.account)}"
        yield Able(path.principal, named, verdict, (*path.grants, *grants))


def explain(case: Case, who: str, permission: str, name: str, *, bucket_itself: bool = False) -> list[Answer]:
    """Answer for everybody that `who` means. Raises UsageError where the question is not clear, with the choices."""
    _check_permission(permission)
    on_bucket = bucket_itself or resource_kind(permission) is ResourceKind.BUCKET
    role, _, label = who.partition("@")
    declared = case.declared
    if declared is None or role not in declared.matrix.rows or ":" in who:
        bucket, object_name = _target(case, name, None, bucket_itself=bucket_itself)
        members: Sequence[str] = (_principal(case, who),)
    else:
        chosen = [workspace for workspace in declared.workspaces if workspace.label == label] if label else []
        bucket, object_name = _target(case, name, chosen[0] if chosen else None, bucket_itself=bucket_itself)
        if not label:
            chosen = [workspace for workspace in declared.workspaces if workspace.bucket == bucket]
        if len(chosen) != 1:
            candidates = ", ".join(f"{role}@{workspace.label}" for workspace in declared.workspaces)
            message = f"which {role}? {label or bucket!r} names no workspace: say one of {candidates}"
            raise UsageError(message)
        members = chosen[0].members[role]
    if not on_bucket:
        _check_object_name(object_name)
    return [_answer(case, who, member, permission, bucket, None if on_bucket else object_name) for member in members]


def _check_object_name(name: str) -> None:
    if not 1 <= len(name.encode(errors="surrogatepass")) <= NAME_BYTES_MAX or set(name) & set("\r\n"):
        message = f"an object's name has 1 to {NAME_BYTES_MAX} bytes and no line end name={name[:80]!r}"
        raise UsageError(message)


def _answer(case: Case, who: str, principal: str, permission: str, bucket: str, name: str | None) -> Answer:
    verdict, grants = _decide(case.effective, principal, permission, bucket, name)
    able = [
        _named(case, other)
        for other in case.reach.principals
        if other != principal and _decide(case.effective, other, permission, bucket, name)[0] in {"yes", "sometimes"}
    ]
    others = _as_others(case, permission, bucket, name)
    able += [one.named for one in others if one.verdict != "undecided" and _named(case, one.principal) not in able]
    unsettled = len(case.found.unsettled)
    return Answer(who, principal, permission, _spelled(bucket, name), verdict, tuple(grants), tuple(able), unsettled)


def _spelled(bucket: str, name: str | None) -> str:
    return f"{_URL}{bucket}/{name}" if name is not None else f"bucket {bucket}"


def _decide(
    reach: Reach, principal: str, permission: str, bucket: str, name: str | None
) -> tuple[str, Sequence[Grant]]:
    resource = Resource.bucket(bucket) if name is None else Resource.object(bucket, name)
    grants = reach.grants(principal, permission, bucket)
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


def _principal(case: Case, who: str) -> str:
    """Find the member that `who` names: spelled in full, or its e-mail. Who holds nothing is still somebody."""
    wanted = who.lower()
    found = [m for m in case.reach.principals if wanted in {m.lower(), m.partition(":")[2].lower()}]
    if len(found) == 1:
        return found[0]
    if who in EVERYONE or (not found and ":" in who):
        return normal_member(who)
    if found:
        message = f"{who!r} is more than one: say {' or '.join(found)}"
        raise UsageError(message)
    import difflib  # noqa: PLC0415 (only a mistake needs it)

    known = list(case.declared.matrix.rows) if case.declared is not None else list(case.reach.principals)
    close = difflib.get_close_matches(who, known, 3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"name one of {', '.join(known[:_NAMES_SHOWN])}"
    message = f"{who!r} is nobody here: {hint} Members are spelled user:E-MAIL, serviceAccount:E-MAIL, allUsers"
    raise UsageError(message)


def _split_url(name: str) -> tuple[str | None, str]:
    if not name.startswith(_URL):
        return None, name
    bucket, _, object_name = name.removeprefix(_URL).partition("/")
    return bucket, object_name


def _target(case: Case, name: str, workspace: Workspace | None, *, bucket_itself: bool) -> tuple[str, str]:
    """Find the bucket: the one that the name spells, or whose scope it begins with, `workspace`'s, or the only one."""
    bucket, object_name = _split_url(name)
    workspaces = case.declared.workspaces if case.declared is not None else ()
    if bucket_itself:
        labelled = [w.bucket for w in workspaces if w.label == name]
        return labelled[0] if labelled else bucket or name, ""
    if bucket is not None:
        return bucket, object_name
    inside = [w.bucket for w in workspaces if name.startswith(w.scope)]
    if len(inside) == 1:
        return inside[0], name
    if workspace is not None:
        return workspace.bucket, name
    if len(case.reach.buckets) == 1:
        return case.reach.buckets[0], name
    message = f"which bucket? say gs://BUCKET/{name}; the input names {', '.join(case.reach.buckets) or 'none'}"
    if workspaces:
        message += f". Or say ROLE@WORKSPACE, one of {', '.join(f'@{w.label}' for w in workspaces)}"
    raise UsageError(message)

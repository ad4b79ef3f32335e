"""Who may become which account, on which path, and what that adds to what they reach themselves.

A path is a chain of grants on service accounts. What a step adds is decided for all names: the rights of the account
without those of whoever takes the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from arco.policy.conditions import All, Found, Not, Nothing, Undecided, Verdict
from arco.policy.grants import Grants
from arco.policy.matrix import administering
from arco.policy.model import VERBS, Grant, ResourceKind, Scope, ScopeKind, resource_kind, same_project
from arco.policy.reach import Reach, outside_storage
from arco.policy.roles import becoming

__all__ = ["Gain", "Impersonation", "Path", "gain_of", "may_stand_above"]


_ACCOUNT = "serviceAccount:"
# Accounts that a service makes are in a project that their name does not tell.
_PROJECT = re.compile(r"@([a-z0-9-]+)\.iam\.gserviceaccount\.com$")


@dataclass(frozen=True, slots=True)
class Path:
    """The grants by which `principal` becomes an account, in their order. `undecided` says why one may not hold."""

    principal: str
    grants: tuple[Grant, ...]
    undecided: str = ""

    @property
    def account(self) -> str:
        """The account at the end, as a member."""
        return member_of(self.grants[-1])

    def __str__(self) -> str:
        """Give `user:a becomes serviceAccount:b by roles/x (address)`, step by step."""
        steps = (f"{member_of(grant)} by {grant.role} ({grant.address})" for grant in self.grants)
        return f"{self.principal} becomes " + ", which becomes ".join(steps)


@dataclass(frozen=True, slots=True)
class Gain:
    """A right of the account that its impersonator lacks: what it is, on what, or why that is not decided."""

    permission: str
    where: str
    undecided: str = ""


def member_of(grant: Grant) -> str:
    """Spell the account on which `grant` is made as a member."""
    return f"{_ACCOUNT}{grant.scope.name}"


class Impersonation:
    """The graph of who may become whom, as the grants on service accounts make it.

    With `above`, a grant on a project, folder or organization is a step to every account below that holds something.
    """

    def __init__(self, found: Grants, *, above: bool = False) -> None:
        """Index the steps by who takes them."""
        self._steps: dict[str, list[tuple[Grant, str]]] = {}
        for grant in (*found.impersonations, *(_inherited_steps(found) if above else ())):
            verdict = outside_storage(grant.expression)
            if verdict != Nothing():
                reason = verdict.reason if isinstance(verdict, Undecided) else ""
                self._steps.setdefault(grant.member, []).append((grant, reason))

    def paths(self) -> Iterator[Path]:
        """Yield, for everybody who is granted a step, the shortest path to each account."""
        for principal in sorted(self._steps):
            yield from self._longer(Path(principal, ()), {principal})

    def routes(self) -> Iterator[Path]:
        """Yield, for each step that somebody is granted, the shortest path that begins with it to each account.

        So each grant that leads to an account is told, whichever of the others is agreed on.
        """
        for principal in sorted(self._steps):
            for grant, reason in self._steps[principal]:
                if member_of(grant) != principal:
                    first = Path(principal, (grant,), reason)
                    yield first
                    yield from self._longer(first, {principal, member_of(grant)})

    def _longer(self, start: Path, seen: set[str]) -> Iterator[Path]:
        principal, waiting = start.principal, [start]
        for path in waiting:
            last = member_of(path.grants[-1]) if path.grants else principal
            for grant, reason in self._steps.get(last, ()):
                account = member_of(grant)
                if account not in seen:
                    seen.add(account)
                    longer = Path(principal, (*path.grants, grant), path.undecided or reason)
                    waiting.append(longer)
                    yield longer


def _inherited_steps(found: Grants) -> Iterator[Grant]:
    """Yield grants above accounts as if each stood on the account."""
    accounts = sorted({grant.member for grant in found.grants if grant.member.startswith(_ACCOUNT)})
    for grant in found.grants:
        if grant.scope.inherited and grant.permissions & becoming():
            for account in accounts:
                if may_stand_above(grant, account):
                    yield replace(grant, scope=Scope(ScopeKind.ACCOUNT, account.removeprefix(_ACCOUNT)))


def may_stand_above(grant: Grant, account: str) -> bool:
    """Whether `account`, a member, may be a service account below what an inherited grant is made on."""
    match = _PROJECT.search(account)
    project = match[1] if match is not None else None
    above = grant.scope.kind is not ScopeKind.PROJECT or same_project(project, grant.scope.name)
    return above and account.startswith(_ACCOUNT)


def gain_of(reach: Reach, account: str, principal: str) -> Gain | None:
    """Give the first right that `principal` gains by being `account`, those on objects first. None: nothing."""
    held = reach.permissions(account)
    first = [permission for permission in VERBS.values() if permission in held]
    for permission in (*first, *(name for name in held if name not in first)):
        verdict = _extra(reach, account, principal, permission)
        if isinstance(verdict, Undecided):
            return Gain(permission, "", verdict.reason)
        if isinstance(verdict, Found):
            return Gain(permission, verdict.name)
    return None


def _extra(reach: Reach, account: str, principal: str, permission: str) -> Verdict:
    """Decide one permission in every bucket of the input, in others, and on the project."""
    if _holds_as_much(reach, account, principal, permission):
        return Nothing()
    verdicts: list[Verdict] = []
    if permission.startswith("storage."):
        verdicts += [_in_bucket(reach, account, principal, permission, bucket) for bucket in reach.buckets]
        verdicts.append(reach.elsewhere(account, permission)[0])
    if permission in administering() or resource_kind(permission) is ResourceKind.PROJECT:
        verdicts.append(reach.on_project(account, permission))
    certain = next((verdict for verdict in verdicts if isinstance(verdict, Found)), None)
    return certain or next((verdict for verdict in verdicts if isinstance(verdict, Undecided)), Nothing())


def _holds_as_much(reach: Reach, account: str, principal: str, permission: str) -> bool:
    """Whether each grant of the account is matched by one of the principal's, on the same scope and as wide."""
    own = reach.grants(principal, permission)
    same = {(grant.scope, grant.expression) for grant in own}
    whole = {grant.scope for grant in own if grant.condition is None}
    theirs = reach.grants(account, permission)
    return all(grant.scope in whole or (grant.scope, grant.expression) in same for grant in theirs)


def _in_bucket(reach: Reach, account: str, principal: str, permission: str, bucket: str) -> Verdict:
    kind = resource_kind(permission)
    if kind is ResourceKind.OBJECT:
        theirs = reach.objects(account, permission, bucket)
        own = reach.objects(principal, permission, bucket)
        if theirs is None:
            return Nothing()
        verdict = reach.find(theirs if own is None else All((theirs, Not(own))), bucket)
        return Found(f"gs://{bucket}/{verdict.name}") if isinstance(verdict, Found) else verdict
    if kind is ResourceKind.BUCKET and reach.on_bucket(principal, permission, bucket)[1] == Nothing():
        return Nothing()
    verdict = reach.somewhere(account, permission, bucket)
    return Found(f"bucket {bucket}") if isinstance(verdict, Found) else verdict

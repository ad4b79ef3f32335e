"""bucket-wide-grant: somebody reaches every name of a bucket, to write, to read or to list.

A grant on a project, folder or organization reaches buckets that the input does not name. They are asked about through
the bucket names that its conditions spell, and through one that nobody spells.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.conditions import Found, NameTest, Not, Nothing, Undecided, leaves
from arco.policy.findings import Finding, joined
from arco.policy.matrix import OBJECT_LETTERS
from arco.policy.model import Grant, ScopeKind
from arco.policy.reach import at_best
from arco.policy.rules.rule import ERROR, Rule

_VERBS = {"c": "create", "r": "read", "u": "update", "d": "delete"}
_LIST = "storage.objects.list"
_BUCKETS = "projects/_/buckets/"


def _check(case: Case) -> Iterator[Finding]:
    told: set[Grant] = set()
    for bucket in (*case.reach.buckets, *_unnamed(case)):
        for principal in case.reach.principals:
            asked = {_VERBS[letter]: permission for letter, permission in OBJECT_LETTERS.items()}
            held = {verb: p for verb, p in asked.items() if _everywhere(case, principal, p, bucket)}
            if _lists(case, principal, bucket):
                held["list"] = _LIST
            if held:
                verb, permission = next(iter(held.items()))
                grant = case.reach.blame(principal, permission, bucket, None if verb == "list" else "x")
                if (
                    grant is not None
                    and grant.member == principal
                    and (bucket in case.reach.buckets or grant not in told)
                ):
                    told.add(grant)
                    claim = f"{principal} can {joined(list(held))} every object of bucket {bucket}"
                    yield RULE.about(
                        grant,
                        claim,
                        'confine the grant: resource.name.startsWith("projects/_/buckets/BUCKET/objects/FOLDER/")',
                        permission=permission,
                        witness=f"may {verb} gs://{bucket}/{'' if verb == 'list' else 'x'}",
                    )


def _unnamed(case: Case) -> Iterator[str]:
    """Yield buckets that the input does not name, as far as the conditions of inherited grants tell them apart."""
    inherited = [g for g in case.found.grants if g.scope.kind not in {ScopeKind.BUCKET, ScopeKind.MANAGED_FOLDER}]
    if not inherited:
        return
    tests = (leaf.test for grant in inherited for leaf, _ in leaves(grant.expression) if isinstance(leaf, NameTest))
    spelled = {test.literal.removeprefix(_BUCKETS).partition("/")[0] for test in tests if _BUCKETS in test.literal}
    # A name that goes on behind a spelled one is told apart by a prefix without "/".
    candidates = {*spelled, *(f"{name}x" for name in spelled), "any-other-bucket"}
    yield from sorted(candidates - {"", *case.reach.buckets})


def _everywhere(case: Case, principal: str, permission: str, bucket: str) -> bool:
    expression = case.reach.objects(principal, permission, bucket)
    if expression is None:
        return False
    verdict = case.reach.find(Not(at_best(expression)), bucket)
    if isinstance(verdict, Undecided):
        case.leave(case.reach.grants(principal, permission, bucket)[0], verdict.reason)
    return isinstance(verdict, Nothing)


def _lists(case: Case, principal: str, bucket: str) -> bool:
    """Whether `principal` lists a bucket where the matrix does not declare it."""
    verdict, _ = case.reach.on_bucket(principal, _LIST, bucket)
    if isinstance(verdict, Undecided):
        case.leave(case.reach.grants(principal, _LIST, bucket)[0], verdict.reason)
    if not isinstance(verdict, Found):
        return False
    declared = case.declared
    return declared is None or not any(
        set(declared.roles(principal, workspace)) & declared.matrix.layout.listers
        for workspace in declared.workspaces
        if workspace.bucket == bucket
    )


RULE = Rule(
    id="bucket-wide-grant",
    severity=ERROR,
    needs_layout=False,
    summary="nobody reaches every name of a bucket to write, read or list",
    check=_check,
)

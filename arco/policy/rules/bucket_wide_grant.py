"""bucket-wide-grant: somebody reaches every name of a bucket, to write, to read or to list.

A grant on a project, folder or organization reaches buckets that the input does not name. They are asked about through
the bucket names that its conditions spell, and through one that nobody spells.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.conditions import NameTest, Not, Nothing, leaves
from arco.policy.findings import Finding, joined
from arco.policy.model import LIST, VERBS, Grant, ScopeKind
from arco.policy.reach import BUCKETS, at_best
from arco.policy.rules.rule import ERROR, Rule

_CONFINE = 'confine the grant: resource.name.startsWith("projects/_/buckets/BUCKET/objects/FOLDER/")'
_NO_LIST = "use a role without storage.objects.list, which no prefix narrows, or declare the lister in a matrix"


def _check(case: Case) -> Iterator[Finding]:
    told: set[Grant] = set()
    for bucket in (*case.reach.buckets, *_unnamed(case)):
        for principal in case.reach.principals_in(bucket):
            held = {verb: p for verb, p in VERBS.items() if _everywhere(case, principal, p, bucket)}
            if _lists(case, principal, bucket):
                held["list"] = LIST
            if held:
                verb, permission = next(iter(held.items()))
                grant = case.reach.blame(principal, permission, bucket, None if verb == "list" else "x")
                if bucket in case.reach.buckets or grant not in told:
                    told.add(grant)
                    where = f"bucket {bucket}" if bucket in case.reach.buckets else f"every bucket of {grant.scope}"
                    yield RULE.about(
                        grant,
                        f"{principal} can {joined(list(held))} every object of {where}",
                        _CONFINE if set(held) - {"list"} else _NO_LIST,
                        kind=joined(list(held)),
                        permission=permission,
                        witness=f"may {verb} gs://{bucket}/{'' if verb == 'list' else 'x'}",
                    )


def _unnamed(case: Case) -> Iterator[str]:
    """Yield buckets that the input does not name, as far as the conditions of inherited grants tell them apart."""
    inherited = [grant for grant in case.found.grants if grant.scope.inherited]
    if not inherited:
        return
    tests = (leaf.test for grant in inherited for leaf, _ in leaves(grant.expression) if isinstance(leaf, NameTest))
    spelled = {test.literal.removeprefix(BUCKETS).partition("/")[0] for test in tests if BUCKETS in test.literal}
    # A name that goes on behind a spelled one is told apart by a prefix without "/".
    candidates = {*spelled, *(f"{name}x" for name in spelled), "any-other-bucket"}
    yield from sorted(candidates - {"", *case.reach.buckets})


def _everywhere(case: Case, principal: str, permission: str, bucket: str) -> bool:
    expression = case.reach.objects(principal, permission, bucket)
    if expression is None:
        return False
    verdict = case.reach.find(Not(at_best(expression)), bucket)
    case.told(verdict, case.reach.grants(principal, permission, bucket))
    return isinstance(verdict, Nothing)


def _lists(case: Case, principal: str, bucket: str) -> bool:
    """Whether `principal` lists a whole bucket where the matrix does not declare it."""
    grants = [g for g in case.reach.grants(principal, LIST, bucket) if g.scope.kind is not ScopeKind.MANAGED_FOLDER]
    if not grants or (case.declared is not None and case.declared.lists(principal, bucket)):
        return False
    return case.told(case.reach.on_bucket(principal, LIST, bucket)[0], grants) is not None


RULE = Rule(
    id="bucket-wide-grant",
    severity=ERROR,
    needs_layout=False,
    summary="nobody reaches every name of a bucket to write, read or list",
    check=_check,
)

"""fast-path-list: an account lists a bucket although the matrix does not declare it a lister."""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.conditions import Found, Undecided
from arco.policy.findings import Finding, joined
from arco.policy.rules.rule import ERROR, Rule

_LIST = "storage.objects.list"


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    listers = declared.matrix.layout.listers
    only = joined(sorted(listers)) if listers else "nobody"
    for workspace in declared.workspaces:
        for principal in case.reach.principals:
            if set(declared.roles(principal, workspace)) & listers:
                continue
            verdict, _ = case.reach.on_bucket(principal, _LIST, workspace.bucket)
            if isinstance(verdict, Undecided):
                case.leave(case.reach.grants(principal, _LIST, workspace.bucket)[0], verdict.reason)
            grant = case.reach.blame(principal, _LIST, workspace.bucket, None) if isinstance(verdict, Found) else None
            if grant is not None and grant.member == principal:
                yield RULE.about(
                    grant,
                    f"{declared.who(principal)} can list the bucket, which only {only} may",
                    "use a role without storage.objects.list: the list is checked on the bucket, no prefix narrows it",
                    permission=_LIST,
                    witness=f"may list every name in bucket {workspace.bucket} ({workspace.label})",
                )


RULE = Rule(
    id="fast-path-list",
    severity=ERROR,
    needs_layout=True,
    summary="only the declared roles list a bucket",
    check=_check,
)

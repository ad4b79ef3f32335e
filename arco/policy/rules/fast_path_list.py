"""fast-path-list: an account lists a bucket although the matrix does not declare it a lister."""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.findings import Finding, joined
from arco.policy.model import LIST
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    listers = declared.matrix.layout.listers
    only = joined(sorted(listers)) if listers else "nobody"
    for workspace in declared.workspaces:
        for principal in case.reach.principals_in(workspace.bucket):
            if declared.lists(principal, workspace.bucket):
                continue
            verdict, _ = case.reach.on_bucket(principal, LIST, workspace.bucket)
            grants = case.reach.grants(principal, LIST, workspace.bucket)
            if grants and case.told(verdict, grants) is not None:
                yield RULE.about(
                    case.reach.blame(principal, LIST, workspace.bucket, None),
                    f"{declared.who(principal)} can list the bucket, which only {only} may",
                    "use a role without storage.objects.list: the list is checked on the bucket, no prefix narrows it",
                    permission=LIST,
                    witness=f"may list names in bucket {workspace.bucket} ({workspace.label})",
                )


RULE = Rule(
    id="fast-path-list",
    severity=ERROR,
    needs_layout=True,
    summary="only the declared roles list a bucket",
    check=_check,
)

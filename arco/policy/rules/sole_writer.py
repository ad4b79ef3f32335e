"""sole-writer: only the role that the matrix names creates objects under a root."""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case, Declared
from arco.policy.findings import Finding, joined
from arco.policy.matrix import Root, Workspace
from arco.policy.model import CREATE
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    for workspace in declared.workspaces:
        for root in declared.matrix.layout.roots:
            for principal in case.reach.principals_in(workspace.bucket):
                if not declared.allows(principal, workspace, root.column, "c"):
                    yield from _intrusion(case, declared, workspace, root, principal)


def _intrusion(case: Case, declared: Declared, workspace: Workspace, root: Root, principal: str) -> Iterator[Finding]:
    expression = case.reach.objects(principal, CREATE, workspace.bucket)
    if expression is None:
        return
    grants = case.reach.grants(principal, CREATE, workspace.bucket)
    name = case.told(case.reach.find(expression, workspace.bucket, workspace.prefix(root)), grants)
    if name is not None:
        writers = [role for role, row in declared.matrix.rows.items() if "c" in row[root.column]]
        only = joined(writers) if writers else "nobody"
        yield RULE.about(
            case.reach.blame(principal, CREATE, workspace.bucket, name),
            f"{declared.who(principal)} can create objects under {root.column}, which only {only} may",
            f"confine the grant to its own roots, or declare {root.column} 'shared' and add its letter to the matrix",
            kind=root.column,
            permission=CREATE,
            witness=f"may create {name} in bucket {workspace.bucket} ({workspace.label})",
        )


RULE = Rule(
    id="sole-writer",
    severity=ERROR,
    needs_layout=True,
    summary="one role creates under each root that is not shared",
    check=_check,
)

"""outside-prefix: a grant reaches a name of a workspace's bucket that lies outside every declared root."""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case, Declared
from arco.policy.conditions import All, Not
from arco.policy.findings import Finding, joined
from arco.policy.matrix import OBJECT_LETTERS, Workspace
from arco.policy.model import Grant
from arco.policy.reach import covers, narrowed, under
from arco.policy.rules.rule import ERROR, Rule

_VERBS = {"c": "create", "r": "read", "u": "update", "d": "delete"}


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    for workspace in declared.workspaces:
        bucket = case.found.buckets.get(workspace.bucket)
        for grant in case.found.grants:
            if covers(grant.scope, workspace.bucket, bucket):
                yield from _escape(case, declared, workspace, grant)


def _escape(case: Case, declared: Declared, workspace: Workspace, grant: Grant) -> Iterator[Finding]:
    verbs = [_VERBS[letter] for letter, permission in OBJECT_LETTERS.items() if permission in grant.permissions]
    if not verbs:
        return
    layout = declared.matrix.layout
    roots = (Not(under(workspace.bucket, workspace.prefix(root))) for root in layout.roots)
    name = case.name_in(All((narrowed(grant), *roots)), workspace.bucket, "", grant)
    if name is not None:
        yield RULE.about(
            grant,
            f"{declared.who(grant.member)} can {joined(verbs)} objects outside every root of the layout",
            'end the prefix of the condition in "/", inside one root of one workspace',
            permission=", ".join(p for p in OBJECT_LETTERS.values() if p in grant.permissions),
            witness=f"may {verbs[0]} {name} in bucket {workspace.bucket} ({workspace.label})",
        )


RULE = Rule(
    id="outside-prefix",
    severity=ERROR,
    needs_layout=True,
    summary="no grant reaches a name outside the declared roots",
    check=_check,
)

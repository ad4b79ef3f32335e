"""immutable-root-overwrite: somebody can overwrite, delete or change objects under a root that is immutable.

Overwriting takes create and delete on one name, wherever the two come from. A delete alone is allowed where the matrix
says so (garbage collection), never together with create.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case, Declared
from arco.policy.conditions import All, Expression
from arco.policy.findings import Finding
from arco.policy.matrix import Root, Workspace
from arco.policy.rules.rule import ERROR, Rule

_CREATE, _DELETE, _UPDATE = "storage.objects.create", "storage.objects.delete", "storage.objects.update"


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    for workspace in declared.workspaces:
        for root in declared.matrix.layout.roots:
            if root.immutable:
                for principal in case.reach.principals:
                    yield from _change(case, declared, workspace, root, principal)


def _change(case: Case, declared: Declared, workspace: Workspace, root: Root, principal: str) -> Iterator[Finding]:
    create, delete, update = (
        case.reach.objects(principal, permission, workspace.bucket) for permission in (_CREATE, _DELETE, _UPDATE)
    )
    ways: list[tuple[str, str, Expression]] = []
    if create is not None and delete is not None:
        ways.append(("overwrite", _DELETE, All((create, delete))))
    if delete is not None and not declared.allows(principal, workspace, root.column, "d"):
        ways.append(("delete", _DELETE, delete))
    if update is not None:
        ways.append(("change the metadata of", _UPDATE, update))
    for verb, permission, expression in ways:
        blamed = case.reach.grants(principal, permission, workspace.bucket)[0]
        name = case.name_in(expression, workspace.bucket, workspace.prefix(root), blamed)
        grant = case.reach.blame(principal, permission, workspace.bucket, name) if name is not None else None
        if grant is not None and grant.member == principal:
            yield RULE.about(
                grant,
                f"{declared.who(principal)} can {verb} objects under {root.column}, which is immutable",
                f"grant a role without {permission} here",
                permission=permission,
                witness=f"may {verb} {name} in bucket {workspace.bucket} ({workspace.label})",
            )
            return


RULE = Rule(
    id="immutable-root-overwrite",
    severity=ERROR,
    needs_layout=True,
    summary="nothing under an immutable root is ever replaced",
    check=_check,
)

"""immutable-root-overwrite: somebody may replace, delete or change objects under an `immutable` root.

**Why.** Cloud Storage has no permission to overwrite: it asks for `storage.objects.create` *and*
`storage.objects.delete` on one name, wherever the two come from. Two bindings that are harmless alone overwrite
together. A delete without a create is allowed where the matrix gives it (`d`), for garbage collection.

Wrong, where `state/` is immutable:

```hcl
permissions = ["storage.objects.create", "storage.objects.get", "storage.objects.delete"]
```

Right:

```hcl
permissions = ["storage.objects.create", "storage.objects.get"]
```

**Fix.** Grant a role without `storage.objects.delete` and `storage.objects.update` here. Predefined roles that create
mostly delete as well (`roles/storage.objectUser`, `roles/storage.legacyBucketWriter`), so that this takes a custom
role.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case, Declared
from arco.policy.conditions import All, Expression
from arco.policy.findings import Finding
from arco.policy.matrix import Root, Workspace
from arco.policy.model import CREATE, DELETE, UPDATE
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    for workspace in declared.workspaces:
        for root in declared.matrix.layout.roots:
            if root.immutable:
                for principal in case.reach.principals_in(workspace.bucket):
                    yield from _change(case, declared, workspace, root, principal)


def _change(case: Case, declared: Declared, workspace: Workspace, root: Root, principal: str) -> Iterator[Finding]:
    create, delete, update = (case.reach.objects(principal, p, workspace.bucket) for p in (CREATE, DELETE, UPDATE))
    ways: list[tuple[str, str, Expression]] = []
    if create is not None and delete is not None:
        ways.append(("overwrite", DELETE, All((create, delete))))
    if delete is not None and not declared.allows(principal, workspace, root.column, "d"):
        ways.append(("delete", DELETE, delete))
    if update is not None:
        ways.append(("change the metadata of", UPDATE, update))
    told: set[str] = set()
    for verb, permission, expression in ways:
        if permission in told:
            continue  # whoever overwrites also deletes: one permission, one finding
        grants = case.reach.grants(principal, permission, workspace.bucket)
        name = case.told(case.reach.find(expression, workspace.bucket, workspace.prefix(root)), grants)
        if name is not None:
            told.add(permission)
            yield RULE.about(
                case.reach.blame(principal, permission, workspace.bucket, name),
                f"{declared.who(principal)} can {verb} objects under {root.column}, which is immutable",
                f"grant a role without {permission} here",
                kind=f"{verb} {root.column}",
                permission=permission,
                witness=f"may {verb} {name} in bucket {workspace.bucket} ({workspace.label})",
            )


RULE = Rule(
    id="immutable-root-overwrite",
    severity=ERROR,
    needs_layout=True,
    summary="nothing under an immutable root is ever replaced",
    check=_check,
)

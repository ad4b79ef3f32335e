r"""sole-writer: somebody may create objects under a root whose `c` the matrix gives to another role.

**Why.** A root with one writer can be understood by reading one program. With a second writer, every reader must reckon
with objects that the first never wrote, and whoever creates a name first decides what it says: `storage.objects.create`
alone is enough to claim any name that does not exist yet.

Wrong, where the matrix says that the compactor creates under `state/`:

```hcl
# member: the api
expression = <<-EOT
  resource.name.startsWith("projects/_/buckets/demo/objects/ledger/") ||
  resource.name.startsWith("projects/_/buckets/demo/objects/state/")
EOT
```

Right:

```hcl
# member: the api
expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/ledger/\")"
```

**Fix.** Confine the grant to the roots of its own. If two roles shall create there, declare the root `shared` in the
matrix, add the letter, and have both reviewed.
"""

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

r"""cross-scope: an account of one workspace reaches into the bucket of another.

**Why.** Workspaces are kept apart so that a mistake, or a thief, in one of them stays there. A grant that crosses the
border shows in no test of either workspace. It is asked of every member that plays a role in some workspace, about the
bucket of each workspace in which it plays none: every name there belongs to that workspace, whatever it is called.

Wrong, for the api of workspace `a`:

```hcl
bucket     = "lake-b"
expression = "resource.name.startsWith(\"projects/_/buckets/lake-b/objects/ws=b/state/\")"
```

Right:

```hcl
bucket     = "lake-a"
expression = "resource.name.startsWith(\"projects/_/buckets/lake-a/objects/ws=a/state/\")"
```

**Fix.** Grant each account on its own bucket, under its own scope. Who must reach several workspaces plays a role in
each: a `members` statement of the matrix lists such members.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case, Declared
from arco.policy.findings import Finding
from arco.policy.matrix import Workspace
from arco.policy.model import VERBS, ResourceKind, resource_kind
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    holders = {holder.principal for holder in declared.holders}
    for workspace in declared.workspaces:
        for principal in case.reach.principals_in(workspace.bucket):
            if principal in holders and not declared.roles(principal, workspace):
                yield from _crossing(case, declared, principal, workspace)


def _crossing(case: Case, declared: Declared, principal: str, workspace: Workspace) -> Iterator[Finding]:
    """Tell of the first permission that leads across, those on objects first."""
    held = [name for name in case.reach.permissions(principal) if name.startswith("storage.")]
    first = [name for name in VERBS.values() if name in held]
    for permission in (*first, *(name for name in held if name not in first)):
        grants = case.reach.grants(principal, permission, workspace.bucket)
        is_object = resource_kind(permission) is ResourceKind.OBJECT
        if not grants:
            continue
        name = case.told(case.reach.somewhere(principal, permission, workspace.bucket), grants)
        if name is not None:
            place = f"{name} in bucket {workspace.bucket}" if is_object else f"bucket {workspace.bucket}"
            yield RULE.about(
                case.reach.blame(principal, permission, workspace.bucket, name if is_object else None),
                f"{declared.who(principal)} reaches into workspace {workspace.label}, where it plays no role",
                "grant each account on its own bucket, under its own scope",
                kind=permission,
                permission=permission,
                witness=f"may use {permission} on {place} ({workspace.label})",
            )
            return


RULE = Rule(
    id="cross-scope",
    severity=ERROR,
    needs_layout=True,
    summary="no account of one workspace reaches into another",
    check=_check,
)

r"""outside-prefix: a grant reaches a name of a workspace's bucket that lies outside every root of the layout.

**Why.** What lies beside the roots belongs to nobody, so that nobody looks there; and tomorrow it may be a new root,
which then has a writer that nobody declared. Siblings such as `state_old/` are outside of `state/`.

Wrong:

```hcl
expression = "resource.name.endsWith(\"/state\")"
```

Right:

```hcl
expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/state/\")"
```

**Fix.** Begin the prefix with the bucket and all folders, end it in `/`, inside one root of one workspace. Suffixes and
unanchored extracts reach every folder.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case, Declared
from arco.policy.conditions import All, Not
from arco.policy.findings import Finding, joined
from arco.policy.matrix import Workspace
from arco.policy.model import VERBS, Grant
from arco.policy.reach import narrowed, under
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    declared = case.declared
    if declared is None:
        return
    for workspace in declared.workspaces:
        for grant in case.reach.grants_in(workspace.bucket):
            yield from _escape(case, declared, workspace, grant)


def _escape(case: Case, declared: Declared, workspace: Workspace, grant: Grant) -> Iterator[Finding]:
    held = {verb: permission for verb, permission in VERBS.items() if permission in grant.permissions}
    if not held:
        return
    roots = (Not(under(workspace.bucket, workspace.prefix(root))) for root in declared.matrix.layout.roots)
    name = case.told(case.reach.find(All((narrowed(grant), *roots)), workspace.bucket), [grant])
    if name is not None:
        yield RULE.about(
            grant,
            f"{declared.who(grant.member)} can {joined(list(held))} objects outside every root of the layout",
            'end the prefix of the condition in "/", inside one root of one workspace',
            permission=", ".join(held.values()),
            witness=f"may {next(iter(held))} {name} in bucket {workspace.bucket} ({workspace.label})",
        )


RULE = Rule(
    id="outside-prefix",
    severity=ERROR,
    needs_layout=True,
    summary="no grant reaches a name outside the declared roots",
    check=_check,
)

"""fast-path-list: somebody may list a bucket although the matrix does not declare the role in its `list`.

**Why.** A list is checked on the bucket itself, so that no prefix narrows it: whoever lists sees every name. And a
program that lists to find its way becomes slower with every object, and depends on what others wrote.

Wrong, for an account on the fast path:

```hcl
role = "roles/storage.objectViewer"
```

Right:

```hcl
role = google_project_iam_custom_role.get.name # storage.objects.get, nothing else
```

**Fix.** Use a role without `storage.objects.list`. `roles/storage.objectViewer` and
`roles/storage.legacyBucketReader` have it.
"""

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

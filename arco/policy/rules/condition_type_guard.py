r"""condition-type-guard: a condition names the type of buckets or of objects.

**Why.** One condition on a bucket or a project that names `storage.googleapis.com/Bucket` or
`storage.googleapis.com/Object` makes it impossible to create managed folders, in every bucket of the project, even
after the condition is gone. And it guards nothing: an anchored prefix `…/objects/…` is already false for the bucket
and for managed folders.

Wrong:

```hcl
expression = <<-EOT
  resource.type == "storage.googleapis.com/Object" &&
  resource.name.startsWith("projects/_/buckets/demo/objects/a/")
EOT
```

Right:

```hcl
expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/a/\")"
```

**Fix.** Leave the type out. An error, not a warning, where a matrix declares `policy owned`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from arco.policy.case import Case
from arco.policy.conditions import BUCKET_TYPE, OBJECT_TYPE, Refusal, TypeIs, leaves
from arco.policy.findings import Finding
from arco.policy.model import ScopeKind
from arco.policy.rules.rule import WARNING, Rule, advice

_TRAPS = {BUCKET_TYPE, OBJECT_TYPE}


def _check(case: Case) -> Iterator[Finding]:
    for grant in case.found.grants:
        if grant.condition is None or isinstance(grant.condition.parsed, Refusal):
            continue
        named = (leaf for leaf, _ in leaves(grant.expression) if isinstance(leaf, TypeIs) and leaf.literal in _TRAPS)
        leaf = next(named, None)
        if leaf is not None and (grant.scope.inherited or grant.scope.kind is ScopeKind.BUCKET):
            finding = RULE.about(
                grant,
                f"the condition names {leaf.literal}: managed folders can no longer be created in the whole project",
                'leave the type out: a prefix with "/objects/" in it holds for objects only',
                caret=(leaf.span, "a type that blocks managed folders"),
            )
            yield replace(finding, severity=advice(case))


RULE = Rule(
    id="condition-type-guard",
    severity=WARNING,
    needs_layout=False,
    summary="no condition makes managed folders impossible",
    check=_check,
)

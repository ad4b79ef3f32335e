r"""condition-refused: IAM would refuse the condition, or take it and never grant by it: this would not apply.

**Why.** It shows at apply, when half of the change is done. Among what is refused: `matches()` and `contains()`, the
ternary, more than one identifier in an extraction template, more than twelve logical operators, attributes of other
services, conditions on basic roles, on everybody, and on a bucket without uniform bucket-level access.

Wrong:

```hcl
expression = "resource.name.matches(\"projects/_/buckets/demo/objects/[^/]+/staging/.*\")"
```

Right:

```hcl
expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/orders/staging/\")"
```

**Fix.** Use the documented forms, best a `startsWith` for each folder. What a refused condition would admit is nobody's
to say, so that `unknown` may stand beside this finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    for grant in (*case.found.grants, *case.found.impersonations):
        refusal = case.found.refusal(grant)
        if refusal is not None:
            reason, span = refusal
            yield RULE.about(
                grant,
                f"IAM would refuse this condition: {reason}",
                'use the documented forms, best resource.name.startsWith("projects/_/buckets/B/objects/FOLDER/")',
                kind=reason,
                caret=(span, "refused") if span else None,
            )


RULE = Rule(
    id="condition-refused",
    severity=ERROR,
    needs_layout=False,
    summary="IAM accepts every condition",
    check=_check,
)

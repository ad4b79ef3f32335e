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
from arco.policy.conditions import Refusal, Span
from arco.policy.findings import Finding
from arco.policy.model import BASIC_ROLES, EVERYONE, Condition, Grant, ScopeKind
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    for grant in (*case.found.grants, *case.found.impersonations):
        if grant.condition is not None:
            reason, span = _refusal(case, grant, grant.condition)
            if reason:
                yield RULE.about(
                    grant,
                    f"IAM would refuse this condition: {reason}",
                    'use the documented forms, best resource.name.startsWith("projects/_/buckets/B/objects/FOLDER/")',
                    kind=reason,
                    caret=(span, "refused") if span else None,
                )


def _refusal(case: Case, grant: Grant, condition: Condition) -> tuple[str, Span | None]:
    if isinstance(condition.parsed, Refusal):
        return condition.parsed.reason, condition.parsed.span
    if grant.member in EVERYONE:
        return f"{grant.member} cannot be granted anything under a condition", None
    if grant.role in BASIC_ROLES:
        return f"{grant.role} is a basic role, which takes no condition", None
    bucket = case.found.buckets.get(grant.scope.name)
    if grant.scope.kind is ScopeKind.BUCKET and bucket is not None and bucket.uniform is False:
        return f"bucket {bucket.name} has uniform bucket-level access off", None
    return "", None


RULE = Rule(
    id="condition-refused",
    severity=ERROR,
    needs_layout=False,
    summary="IAM accepts every condition",
    check=_check,
)

r"""condition-vacuous: a condition is true for the bucket and for every object in it.

**Why.** It looks like a limit in every review, and is none.

Wrong:

```hcl
expression = "resource.name.startsWith(\"projects/_/buckets/demo\")"
```

Right:

```hcl
expression = "resource.name.startsWith(\"projects/_/buckets/demo/objects/exports/\")"
```

**Fix.** Remove the condition if the whole bucket is meant, or name a folder in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.conditions import Not, Nothing, Refusal, Resource, Verdict, find_bucket, find_object, find_resource
from arco.policy.findings import Finding
from arco.policy.model import Grant
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    for grant in case.found.grants:
        if grant.condition is None or isinstance(grant.condition.parsed, Refusal):
            continue
        if all(isinstance(verdict, Nothing) for verdict in _exceptions(case, grant)):
            yield RULE.about(
                grant,
                "the condition is always true: it confines nothing",
                "remove the condition if the whole bucket is meant, or name a folder in it",
                witness=f"holds for every object of {grant.scope}, and for the bucket itself",
            )


def _exceptions(case: Case, grant: Grant) -> Iterator[Verdict]:
    """Search, in turn, for a bucket and for an object that the condition does not hold for."""
    negated = Not(grant.expression)
    if not grant.scope.inherited:
        yield find_resource(negated, Resource.bucket(grant.scope.name))
        yield case.reach.find(negated, grant.scope.name)
    else:
        yield find_bucket(negated)
        yield find_object(negated)


RULE = Rule(
    id="condition-vacuous",
    severity=ERROR,
    needs_layout=False,
    summary="every condition confines something",
    check=_check,
)

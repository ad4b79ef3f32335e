"""condition-refused: IAM would refuse this condition, so that the grant would not apply."""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    for grant in case.found.grants:
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

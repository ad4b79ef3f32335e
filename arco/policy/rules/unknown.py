"""unknown: something that could grant access is not settled by the input, or no procedure decides it."""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    for item in dict.fromkeys((*case.found.unsettled, *case.undecided)):
        yield RULE.finding(
            f"not settled: {item.attribute}: {item.reason}",
            item.remedy,
            item.origin,
            item.address,
        )


RULE = Rule(
    id="unknown",
    severity=ERROR,
    needs_layout=False,
    summary="the input settles every grant",
    check=_check,
)

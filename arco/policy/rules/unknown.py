"""unknown: something that could grant access is not settled by the input, or no procedure decides it.

**Why.** What nobody knows is never taken as harmless: a member, role, bucket or condition that only the provider
computes, a role that Google's list of the day does not name, how many instances there are, a comparison that no
document describes, and a permission to become another account.

Wrong:

```hcl
member = "serviceAccount:${google_project_service_identity.agent.email}"
```

Right:

```hcl
member = "serviceAccount:${google_service_account.agent.email}" # account_id and project are known
```

**Fix.** The finding says what would settle it: mostly a name that is spelled instead of read, or `role_id` and
`project` that are known at plan time. `unknown` is asked beside every other rule, since it says where they could not
decide.
"""

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
    waivable=False,
)

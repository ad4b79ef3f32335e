"""waiver: a waiver is expired, or there is nothing left that it waives.

**Why.** A waiver is a hole that people agreed on, for a while. Past its day nobody has agreed; and one that waives
nothing stays open for whatever comes next under that name. It also may be misspelt, so that its author believes in an
exception that does not exist.

Wrong, from the first of February on:

```toml
[[waiver]]
rule    = "public-access"
address = "google_storage_bucket_iam_member.downloads"
reason  = "the old download page, gone in spring"
expiry  = 2027-01-31
```

Right:

```toml
[[waiver]]
rule    = "public-access"
address = "google_storage_bucket_iam_member.downloads"
reason  = "the old download page, gone in autumn; agreed again on 2027-01-20"
expiry  = 2027-09-30
```

**Fix.** Mend what the waiver was for and remove it, or have the exception reviewed again. Waivers of rules that are not
asked (for want of a matrix, or by `--rule`) are not called unused. This rule cannot be waived.
"""

from __future__ import annotations

from collections.abc import Iterator

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.rules.rule import ERROR, Rule


def _check(case: Case) -> Iterator[Finding]:
    for waiver in case.waivers.expired:
        yield RULE.finding(
            f"the waiver of {waiver.rule} expired on {waiver.expiry}",
            "mend what it was for and remove it, or have it reviewed again and give it a later expiry",
            waiver.origin,
            waiver.address,
        )
    for waiver in case.waivers.unused:
        yield RULE.finding(
            f"the waiver of {waiver.rule} waives nothing",
            "remove it, or spell address, binding, member and fingerprint as the finding has them",
            waiver.origin,
            waiver.address,
        )


RULE = Rule(
    id="waiver",
    severity=ERROR,
    needs_layout=False,
    summary="every waiver is still needed, and its last day is to come",
    check=_check,
    waivable=False,
)

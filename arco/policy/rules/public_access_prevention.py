"""public-access-prevention: public access prevention of a bucket is not proven to be enforced.

**Why.** It voids what anybody grants to `allUsers` and `allAuthenticatedUsers`, now and later, here and by hand. Where
it is not written, the provider computes it, and `inherited` leaves it to an organization that this input does not show.
It is a warning, and an error where a matrix declares the bucket and says `policy owned`.

Wrong:

```hcl
public_access_prevention = "inherited"
```

Right:

```hcl
public_access_prevention = "enforced"
```

**Fix.** Write `public_access_prevention = "enforced"`. A bucket that shall be public gets a waiver with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.ownership import made_buckets, owned_buckets
from arco.policy.rules.rule import ERROR, WARNING, Rule

_WRITE = 'write public_access_prevention = "enforced"'


def _check(case: Case) -> Iterator[Finding]:
    for bucket in made_buckets(case):
        if bucket.prevention != "enforced":
            state = f'"{bucket.prevention}"' if bucket.prevention else "not stated, or not known"
            claim = f"public access prevention of bucket {bucket.name} is {state}"
            finding = RULE.finding(claim, _WRITE, bucket.origin, bucket.address)
            yield replace(finding, severity=ERROR) if bucket.name in owned_buckets(case) else finding


RULE = Rule(
    id="public-access-prevention",
    severity=WARNING,
    needs_layout=False,
    summary="public access prevention is enforced, in every bucket that is made",
    check=_check,
)

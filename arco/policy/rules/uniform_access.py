"""uniform-access: uniform bucket-level access is not proven to be on.

**Why.** Without it, access control lists of the bucket and of each object grant access beside the policy, and any
writer may add to them; and no policy may carry a condition. The provider computes the setting where it is not written,
so that only `true`, written, is proof. Buckets that the input only grants something on are not asked about, unless a
matrix that owns their policies declares them. No waiver covers the bucket of a workspace of the matrix.

Wrong:

```hcl
resource "google_storage_bucket" "demo" {
  name     = "demo"
  location = "EU"
}
```

Right:

```hcl
resource "google_storage_bucket" "demo" {
  name     = "demo"
  location = "EU"

  uniform_bucket_level_access = true
}
```

**Fix.** Write `uniform_bucket_level_access = true`. On a bucket that has lists already, look at them first: what they
grant ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.ownership import lake_buckets, made_buckets, owned_buckets
from arco.policy.rules.rule import ERROR, Rule

_WRITE = "write uniform_bucket_level_access = true"


def _check(case: Case) -> Iterator[Finding]:
    lake = lake_buckets(case)
    for bucket in made_buckets(case):
        if bucket.uniform is not True:
            state = "off" if bucket.uniform is False else "not stated, or not known"
            claim = f"uniform bucket-level access of bucket {bucket.name} is {state}: access control lists count"
            finding = RULE.finding(claim, _WRITE, bucket.origin, bucket.address)
            yield replace(finding, waivable=bucket.name not in lake)
    for name in sorted(owned_buckets(case)):
        if name not in case.found.buckets or not case.found.buckets[name].made:
            claim = f"the matrix names bucket {name}, which this input does not make: nothing proves its uniform access"
            yield replace(RULE.finding(claim, _WRITE, None, f"bucket {name}"), waivable=False)


RULE = Rule(
    id="uniform-access",
    severity=ERROR,
    needs_layout=False,
    summary="uniform bucket-level access is on, in every bucket that is made",
    check=_check,
)

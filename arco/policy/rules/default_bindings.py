"""default-bindings: nobody writes the whole policy of a bucket, so that Cloud Storage's own bindings stay on it.

**Why.** A new bucket is born with bindings for the owners, editors and viewers of its project. Who these are is decided
elsewhere, and none of `_iam_member` and `_iam_binding` takes them away: only a whole policy does. What they reach
through grants that the input shows is told by the other rules; this one tells that there is a door at all. It is a
warning, and an error where the matrix says `policy owned`, which no waiver covers.

Wrong:

```hcl
resource "google_storage_bucket_iam_member" "reader" {
  bucket = google_storage_bucket.demo.name
  role   = "roles/storage.objectViewer"
  member = "group:readers@example.com"
}
```

Right:

```hcl
resource "google_storage_bucket_iam_policy" "demo" {
  bucket      = google_storage_bucket.demo.name
  policy_data = data.google_iam_policy.demo.policy_data
}
```

**Fix.** Write every binding of the bucket into one `google_iam_policy`, and apply it with
`google_storage_bucket_iam_policy`. Keep whoever applies Terraform able to write it: by a grant on the project, or by a
binding in the policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from arco.policy.case import Case
from arco.policy.findings import Finding
from arco.policy.ownership import made_buckets, owned_buckets
from arco.policy.rules.rule import ERROR, WARNING, Rule

_WRITE = "write it with google_storage_bucket_iam_policy, so that default bindings disappear"


def _check(case: Case) -> Iterator[Finding]:
    declared = owned_buckets(case)
    made = {bucket.name: bucket for bucket in made_buckets(case)}
    for name in sorted(declared | set(made)):
        bucket = made.get(name) or case.found.buckets.get(name)
        if bucket is not None and bucket.owned:
            continue
        claim = (
            f"nothing writes the whole policy of bucket {name}: its project's owners, editors and viewers keep theirs"
        )
        if name in declared:
            claim = f"the matrix declares an owned policy, and nothing writes the whole policy of {name}"
        origin = bucket.origin if bucket else None
        finding = RULE.finding(claim, _WRITE, origin, bucket.address if bucket else f"bucket {name}")
        yield replace(finding, severity=ERROR, waivable=False) if name in declared else finding


RULE = Rule(
    id="default-bindings",
    severity=WARNING,
    needs_layout=False,
    summary="the whole policy of every bucket is written",
    check=_check,
)

"""Whole policies that stand on paper only: they, or the bucket that they were written on, are replaced.

Source: Terraform's order of a replacement, and the `google` provider, which destroys an `_iam_policy` by writing an
empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from arco.policy.deployment import Instance
from arco.policy.model import Unsettled
from arco.policy.names import bucket_name

__all__ = ["overtaken"]

_POLICY_TYPE = re.compile(r"google_\w+_iam_policy")
_BUCKET_POLICY = "google_storage_bucket_iam_policy"
_WRITES = frozenset({"create", "update"})
_BEGINS_ANEW = (
    "the bucket is made anew and its policy is not written in this plan: it begins with Google's default bindings"
)
_REPLACE_BOTH = (
    "replace both in one plan (-replace=ADDRESS, of the policy), or name the bucket in the policy's "
    "replace_triggered_by"
)
_EMPTIES = (
    "it is replaced, and the old one is destroyed after the new one is made: that writes an empty policy, over the new "
    "one if both stand on one resource"
)
_DESTROY_FIRST = "let the policy be destroyed before it is made: take create_before_destroy from it"


def overtaken(instances: Iterable[Instance]) -> Iterator[Unsettled]:
    """Yield each policy that the plan counts on without writing it on a new bucket, or empties after writing it."""
    managed = [instance for instance in instances if not instance.note]
    made = {
        bucket_name(bucket.values.get("name"))
        for bucket in managed
        if bucket.type == "google_storage_bucket" and "create" in bucket.actions
    } - {None}
    for policy in managed:
        if not _POLICY_TYPE.fullmatch(policy.type):
            continue
        if policy.actions == ("create", "delete"):
            yield Unsettled(policy.address, "policy_data", _EMPTIES, policy.origin, _DESTROY_FIRST)
        elif (
            policy.type == _BUCKET_POLICY
            and not _WRITES.intersection(policy.actions)
            and bucket_name(policy.values.get("bucket")) in made
        ):
            yield Unsettled(policy.address, "bucket", _BEGINS_ANEW, policy.origin, _REPLACE_BOTH)

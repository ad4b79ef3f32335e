"""Which buckets Terraform answers for: those that it makes, and those whose policy a matrix says that it writes."""

from __future__ import annotations

from arco.policy.case import Case
from arco.policy.model import Bucket

__all__ = ["made_buckets", "owned_buckets"]


def made_buckets(case: Case) -> list[Bucket]:
    """List the buckets that the input makes; one whose name is not known is named by its address."""
    return [*(bucket for bucket in case.found.buckets.values() if bucket.made), *case.found.unnamed]


def owned_buckets(case: Case) -> frozenset[str]:
    """Name the workspaces' buckets if the matrix says `policy owned`; nothing without a matrix."""
    if case.declared is None or not case.declared.matrix.layout.owned:
        return frozenset()
    return frozenset(workspace.bucket for workspace in case.declared.workspaces)

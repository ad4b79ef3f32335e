"""Which buckets Terraform answers for: those that it makes, and those whose policy a matrix says that it writes."""

from __future__ import annotations

from arco.policy.case import Case
from arco.policy.custom_roles import may_matter
from arco.policy.model import Bucket

__all__ = ["lake_accounts", "lake_buckets", "made_buckets", "owned_buckets"]


def made_buckets(case: Case) -> list[Bucket]:
    """List the buckets that the input makes; one whose name is not known is named by its address."""
    return [*(bucket for bucket in case.found.buckets.values() if bucket.made), *case.found.unnamed]


def owned_buckets(case: Case) -> frozenset[str]:
    """Name the workspaces' buckets if the matrix says `policy owned`; nothing without a matrix."""
    owned = case.declared is not None and case.declared.matrix.layout.owned
    return lake_buckets(case) if owned else frozenset()


def lake_buckets(case: Case) -> frozenset[str]:
    """Name the workspaces' buckets, whoever writes their policies; nothing without a matrix."""
    return frozenset(workspace.bucket for workspace in case.declared.workspaces) if case.declared else frozenset()


def lake_accounts(case: Case) -> frozenset[str]:
    """Name whoever plays a role of the matrix or may reach into a workspace's bucket: to become one is access to it."""
    players = (holder.principal for holder in case.declared.holders) if case.declared else ()
    inside = (grant for bucket in lake_buckets(case) for grant in case.reach.grants_in(bucket))
    return frozenset((*players, *(grant.member for grant in inside if may_matter(grant.permissions))))

"""Which buckets a matrix holds Terraform responsible for: those whose whole policy it declares to be written here."""

from __future__ import annotations

from arco.policy.case import Case

__all__ = ["owned_buckets"]


def owned_buckets(case: Case) -> frozenset[str]:
    """Name the workspaces' buckets if the matrix says `policy owned`; nothing without a matrix."""
    if case.declared is None or not case.declared.matrix.layout.owned:
        return frozenset()
    return frozenset(workspace.bucket for workspace in case.declared.workspaces)

"""Whoever was told a claim does not hold the lease."""

from arco.fencing import Lease, LeaseClaim


def use(lease: Lease, claim: LeaseClaim, held: list[Lease]) -> None:
    """One use stands here."""
    held.append(lease)

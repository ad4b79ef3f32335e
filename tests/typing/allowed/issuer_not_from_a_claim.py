"""What somebody claims to hold is no held lock."""

from arco.fencing import FencingToken, Lease, LeaseClaim, PermitIssuer


def use(lease: Lease, token: FencingToken, claim: LeaseClaim) -> None:
    """One use stands here."""
    PermitIssuer.from_lock(lease)

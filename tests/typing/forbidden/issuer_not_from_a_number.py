"""A number is no held lock."""

from arco.fencing import FencingToken, Lease, LeaseClaim, PermitIssuer


def use(lease: Lease, token: FencingToken, claim: LeaseClaim) -> None:
    """One use stands here."""
    PermitIssuer.from_lock(5)  # E: arg-type reportArgumentType

"""An issuer comes from a lock, and not from a token."""

from arco.fencing import FencingToken, Lease, PermitIssuer


def use(lease: Lease, token: FencingToken, made: list[PermitIssuer]) -> None:
    """One use stands here."""
    made.append(PermitIssuer.from_lock(lease))

"""A verified lease was verified, and not claimed."""

from arco.fencing import LeaseClaim, VerifiedLease


def use(claim: LeaseClaim, verified: VerifiedLease, made: list[VerifiedLease]) -> None:
    """One use stands here."""
    made.append(VerifiedLease(claim))  # E: arg-type,call-arg reportCallIssue

"""A fencing token is not made by a call without arguments either."""

from arco.fencing import FencingToken, Lease


def use(lease: Lease, made: list[FencingToken]) -> None:
    """One use stands here."""
    made.append(FencingToken())  # E: call-arg reportCallIssue

"""A fencing token is no number that somebody puts into a class."""

from arco.fencing import FencingToken, Lease
from arco.layout import Domain


def use(lease: Lease, made: list[FencingToken]) -> None:
    """One use stands here."""
    made.append(FencingToken(Domain.CATALOG, 7))  # E: arg-type,call-arg reportCallIssue

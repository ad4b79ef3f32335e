"""A lease is acquired, and not made."""

from arco.fencing import Lease, Replica
from arco.layout import Domain


def use(replica: Replica, acquired: Lease, made: list[Lease]) -> None:
    """One use stands here."""
    made.append(Lease(replica))  # E: arg-type,call-arg reportCallIssue

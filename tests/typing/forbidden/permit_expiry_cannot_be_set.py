"""Nobody prolongs a permit."""

from arco.fencing import PublishPermit


def use(permit: PublishPermit, seen: list[float]) -> None:
    """One use stands here."""
    permit.expires_at = 1e9  # E: misc reportAttributeAccessIssue

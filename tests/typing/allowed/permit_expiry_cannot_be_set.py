"""Nobody prolongs a permit."""

from arco.fencing import PublishPermit


def use(permit: PublishPermit, seen: list[float]) -> None:
    """One use stands here."""
    seen.append(permit.expires_at)

"""Nobody exchanges the token of a permit."""

from arco.fencing import FencingToken, PublishPermit


def use(permit: PublishPermit, higher: FencingToken, seen: list[FencingToken]) -> None:
    """One use stands here."""
    permit.fencing_token = higher  # E: misc reportAttributeAccessIssue

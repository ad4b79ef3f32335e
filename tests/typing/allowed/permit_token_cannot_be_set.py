"""Nobody exchanges the token of a permit."""

from arco.fencing import FencingToken, PublishPermit


def use(permit: PublishPermit, higher: FencingToken, seen: list[FencingToken]) -> None:
    """One use stands here."""
    seen.append(permit.fencing_token)

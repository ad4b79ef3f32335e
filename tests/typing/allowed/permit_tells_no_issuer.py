"""A permit does not lead to what could issue another."""

from arco.fencing import PublishPermit


def use(permit: PublishPermit, seen: list[object]) -> None:
    """One use stands here."""
    seen.append(permit.domain)

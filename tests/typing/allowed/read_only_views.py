"""A role's views cannot be exchanged."""

from arco.storage.capabilities import LockStore
from arco.storage.holders import ApiViews


def use(views: ApiViews, locks: LockStore, held: list[LockStore]) -> None:
    """One use stands here."""
    held[0] = locks

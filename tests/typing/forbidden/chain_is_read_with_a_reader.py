"""A chain is read through a reader, not through a lock."""

from arco.manifests import ChainReader
from arco.storage.capabilities import LockStore, ReadStore
from arco.storage.holders import ChainKey


def use(locks: LockStore, chain: ReadStore[ChainKey]) -> None:
    """One use stands here."""
    ChainReader(locks)  # E: arg-type reportArgumentType

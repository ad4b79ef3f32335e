"""A reader cannot be returned as a lister."""

from arco.layout import LedgerKey
from arco.storage.capabilities import ListStore, ReadStore


def use(reader: ReadStore[LedgerKey], lister: ListStore) -> ListStore:
    """One use stands here."""
    return lister

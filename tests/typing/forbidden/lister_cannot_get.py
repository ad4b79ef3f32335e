"""Who lists cannot read by the same capability."""

from arco.layout import LedgerKey
from arco.storage.capabilities import ListStore, ReadStore


async def use(lister: ListStore, reader: ReadStore[LedgerKey], key: LedgerKey) -> None:
    """One use stands here."""
    await lister.get(key)  # E: attr-defined reportAttributeAccessIssue

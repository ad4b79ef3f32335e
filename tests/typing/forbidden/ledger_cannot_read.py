"""Who appends cannot read by the same capability."""

from arco.layout import LedgerKey
from arco.storage.capabilities import LedgerPutStore, ReadStore


async def use(ledger: LedgerPutStore, reader: ReadStore[LedgerKey], key: LedgerKey) -> None:
    """One use stands here."""
    await ledger.get(key)  # E: attr-defined reportAttributeAccessIssue

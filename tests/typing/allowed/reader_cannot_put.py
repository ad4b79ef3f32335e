"""A reader cannot write (I11)."""

from arco.layout import LedgerKey
from arco.storage.capabilities import LedgerPutStore, ReadStore


async def use(reader: ReadStore[LedgerKey], writer: LedgerPutStore, key: LedgerKey) -> None:
    """One use stands here."""
    await writer.put_ledger(key, b"")

"""A plain string is no key to a write either."""

from arco.layout import LedgerKey
from arco.storage.capabilities import LedgerPutStore


async def use(ledger: LedgerPutStore, path: str) -> None:
    """One use stands here."""
    await ledger.put_ledger(LedgerKey.parse(path), b"")

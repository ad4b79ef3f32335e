"""Who writes artifacts cannot append."""

from arco.layout import LedgerKey
from arco.storage.capabilities import LedgerPutStore, StatePutStore


async def use(artifacts: StatePutStore, ledger: LedgerPutStore, key: LedgerKey) -> None:
    """One use stands here."""
    await ledger.put_ledger(key, b"")

"""Who creates sentinels creates nothing else."""

from arco.layout import LedgerKey
from arco.storage.capabilities import LedgerPutStore, SentinelStore


async def use(sentinels: SentinelStore, ledger: LedgerPutStore, key: LedgerKey) -> None:
    """One use stands here."""
    await ledger.put_ledger(key, b"")

"""The compactor is handed nothing that appends."""

from arco.layout import LedgerKey
from arco.storage.holders import ApiViews, CompactorViews


async def use(compactor: CompactorViews, api: ApiViews, key: LedgerKey) -> None:
    """One use stands here."""
    await api.segments.put_ledger(key, b"")

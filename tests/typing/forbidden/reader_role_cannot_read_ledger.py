"""A query engine cannot read the ledger."""

from arco.layout import LedgerKey
from arco.storage.holders import ApiViews, ReaderViews


async def use(reader: ReaderViews, api: ApiViews, key: LedgerKey) -> None:
    """One use stands here."""
    await reader.catalog.get(key)  # E: arg-type reportArgumentType

"""Anti-entropy lists the ledger and cannot read it."""

from arco.layout import LedgerKey
from arco.storage.holders import AntiEntropyViews, ApiViews


async def use(antientropy: AntiEntropyViews, api: ApiViews, key: LedgerKey) -> None:
    """One use stands here."""
    await antientropy.chain.get(key)  # E: arg-type reportArgumentType

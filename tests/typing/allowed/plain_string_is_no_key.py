"""A plain string is no key."""

from arco.layout import LedgerKey
from arco.storage.capabilities import ReadStore


async def use(reader: ReadStore[LedgerKey], path: str) -> None:
    """One use stands here."""
    await reader.get(LedgerKey.parse(path))

"""What may be absent cannot be used as if it stood there."""

from arco.layout import LedgerKey
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import ReadStore


async def use(reader: ReadStore[LedgerKey], key: LedgerKey) -> object:
    """One use stands here."""
    return await reader.get(key) is ABSENT

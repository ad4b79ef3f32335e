"""A reader has no write of a bucket either (I11)."""

from arco.layout import LedgerKey
from arco.storage.bucket import ABSENT, Bucket
from arco.storage.capabilities import ReadStore


async def use(reader: ReadStore[LedgerKey], bucket: Bucket, name: str) -> None:
    """One use stands here."""
    await bucket.put(name, b"", ABSENT)

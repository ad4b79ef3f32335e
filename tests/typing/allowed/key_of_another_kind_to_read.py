"""A reader of manifests cannot read the ledger."""

from arco.layout import LedgerKey, ManifestKey
from arco.storage.capabilities import ReadStore


async def use(manifests: ReadStore[ManifestKey], ledger: ReadStore[LedgerKey], key: LedgerKey) -> None:
    """One use stands here."""
    await ledger.get(key)

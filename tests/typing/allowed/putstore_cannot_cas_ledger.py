"""Who appends cannot publish (I3)."""

from arco.layout import ManifestKey
from arco.storage.capabilities import CasStore, LedgerPutStore


async def use(ledger: LedgerPutStore, publisher: CasStore, key: ManifestKey) -> None:
    """One use stands here."""
    await publisher.create_manifest(key, b"")

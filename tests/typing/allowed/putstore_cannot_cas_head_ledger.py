"""Who appends cannot move the hint."""

from arco.layout import DomainManifestKey
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import CasStore, LedgerPutStore


async def use(ledger: LedgerPutStore, publisher: CasStore, key: DomainManifestKey) -> None:
    """One use stands here."""
    await publisher.cas_head(key, b"", ABSENT)

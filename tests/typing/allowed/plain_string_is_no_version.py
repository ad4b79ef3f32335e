"""A version is what a read answered, not any string."""

from arco.layout import DomainManifestKey
from arco.storage.bucket import Version
from arco.storage.capabilities import CasStore


async def use(publisher: CasStore, key: DomainManifestKey, version: str) -> None:
    """One use stands here."""
    await publisher.cas_head(key, b"", Version(version))

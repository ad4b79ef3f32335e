"""The root manifest is created by the publisher."""

from arco.layout import RootManifestKey
from arco.storage.capabilities import CasStore, SentinelStore


async def use(sentinels: SentinelStore, publisher: CasStore, key: RootManifestKey) -> None:
    """One use stands here."""
    await publisher.create_manifest(key, b"")

"""A manifest cannot be overwritten as the hint is (I1)."""

from arco.layout import ManifestKey
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import CasStore


async def use(publisher: CasStore, key: ManifestKey) -> None:
    """One use stands here."""
    await publisher.create_manifest(key, b"")

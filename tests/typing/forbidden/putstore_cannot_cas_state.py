"""Who writes artifacts cannot publish."""

from arco.layout import ManifestKey
from arco.storage.capabilities import CasStore, StatePutStore


async def use(artifacts: StatePutStore, publisher: CasStore, key: ManifestKey) -> None:
    """One use stands here."""
    await artifacts.create_manifest(key, b"")  # E: attr-defined reportAttributeAccessIssue

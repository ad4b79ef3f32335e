"""The api is handed nothing that publishes (I3)."""

from arco.layout import ManifestKey
from arco.storage.holders import ApiViews, CompactorViews


async def use(api: ApiViews, compactor: CompactorViews, key: ManifestKey) -> None:
    """One use stands here."""
    await api.manifests.create_manifest(key, b"")  # E: attr-defined reportAttributeAccessIssue

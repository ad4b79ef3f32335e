"""A publisher hands nobody the verb that it publishes with."""

from arco.layout import Domain, ManifestKey
from arco.manifests import Publisher


async def use(publisher: Publisher, key: ManifestKey) -> None:
    """One use stands here."""
    await publisher.create_manifest(key, b"")  # E: attr-defined reportAttributeAccessIssue

"""A reader cannot move the hint."""

from arco.layout import DomainManifestKey
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import CasStore, ReadStore


async def use(reader: ReadStore[DomainManifestKey], publisher: CasStore, key: DomainManifestKey) -> None:
    """One use stands here."""
    await reader.cas_head(key, b"", ABSENT)  # E: attr-defined reportAttributeAccessIssue

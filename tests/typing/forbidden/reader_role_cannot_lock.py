"""A query engine is handed no lock."""

from arco.layout import LockKey
from arco.storage.holders import ApiViews, ReaderViews


async def use(reader: ReaderViews, api: ApiViews, key: LockKey) -> None:
    """One use stands here."""
    await reader.locks.read_lock(key)  # E: attr-defined reportAttributeAccessIssue

"""A lease record is never deleted."""

from arco.layout import StateKey
from arco.storage.bucket import Version
from arco.storage.capabilities import DeleteStore, LockStore


async def use(locks: LockStore, garbage: DeleteStore, key: StateKey, version: Version) -> None:
    """One use stands here."""
    await locks.delete_artifact(key, version)  # E: attr-defined reportAttributeAccessIssue

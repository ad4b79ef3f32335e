"""Who keeps a cursor holds no lock."""

from arco.layout import LockKey
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import CursorStore, LockStore


async def use(cursors: CursorStore, locks: LockStore, key: LockKey) -> None:
    """One use stands here."""
    await locks.write_lock(key, b"", ABSENT)

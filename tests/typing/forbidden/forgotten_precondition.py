"""No write's precondition has a default."""

from arco.layout import LockKey
from arco.storage.bucket import ABSENT
from arco.storage.capabilities import LockStore


async def use(locks: LockStore, key: LockKey) -> None:
    """One use stands here."""
    await locks.write_lock(key, b"")  # E: call-arg reportCallIssue

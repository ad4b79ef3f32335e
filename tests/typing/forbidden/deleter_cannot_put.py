"""Who deletes cannot create."""

from arco.layout import StateKey
from arco.storage.capabilities import DeleteStore, StatePutStore


async def use(garbage: DeleteStore, artifacts: StatePutStore, key: StateKey) -> None:
    """One use stands here."""
    await garbage.put_state(key, b"")  # E: attr-defined reportAttributeAccessIssue

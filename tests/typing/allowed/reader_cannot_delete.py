"""A reader cannot delete."""

from arco.layout import StateKey
from arco.storage.bucket import Version
from arco.storage.capabilities import DeleteStore, ReadStore


async def use(reader: ReadStore[StateKey], garbage: DeleteStore, key: StateKey, version: Version) -> None:
    """One use stands here."""
    await garbage.delete_artifact(key, version)

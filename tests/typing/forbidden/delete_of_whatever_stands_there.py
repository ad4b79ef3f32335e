"""A delete names the version that was read."""

from arco.layout import StateKey
from arco.storage.bucket import ABSENT, Version
from arco.storage.capabilities import DeleteStore


async def use(garbage: DeleteStore, key: StateKey, version: Version) -> None:
    """One use stands here."""
    await garbage.delete_artifact(key, ABSENT)  # E: arg-type reportArgumentType

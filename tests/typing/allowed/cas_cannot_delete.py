"""A publisher cannot delete what it published (I1)."""

from arco.layout import StateKey
from arco.storage.bucket import Version
from arco.storage.capabilities import CasStore, DeleteStore


async def use(publisher: CasStore, garbage: DeleteStore, key: StateKey, version: Version) -> None:
    """One use stands here."""
    await garbage.delete_artifact(key, version)

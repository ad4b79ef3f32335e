"""No capability deletes a manifest (I1)."""

from arco.layout import ManifestKey, StateKey
from arco.storage.bucket import Version
from arco.storage.capabilities import DeleteStore


async def use(garbage: DeleteStore, manifest: ManifestKey, state: StateKey, version: Version) -> None:
    """One use stands here."""
    await garbage.delete_artifact(state, version)

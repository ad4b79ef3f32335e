"""The api is handed nothing that writes artifacts (I3)."""

from arco.layout import StateKey
from arco.storage.holders import ApiViews, CompactorViews


async def use(api: ApiViews, compactor: CompactorViews, key: StateKey) -> None:
    """One use stands here."""
    await compactor.artifacts.put_state(key, b"")

"""The garbage collector deletes artifacts and cannot read them."""

from arco.layout import StateKey
from arco.storage.holders import GcViews, ReaderViews


async def use(gc: GcViews, reader: ReaderViews, key: StateKey) -> None:
    """One use stands here."""
    await reader.catalog.get(key)

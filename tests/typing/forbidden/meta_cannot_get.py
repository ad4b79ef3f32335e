"""Who describes artifacts cannot read them."""

from arco.layout import StateKey
from arco.storage.capabilities import MetaStore, ReadStore


async def use(meta: MetaStore, reader: ReadStore[StateKey], key: StateKey) -> None:
    """One use stands here."""
    await meta.get(key)  # E: attr-defined reportAttributeAccessIssue

"""A reader cannot describe objects: that is a capability of its own (I11)."""

from arco.layout import StateKey
from arco.storage.capabilities import MetaStore, ReadStore


async def use(reader: ReadStore[StateKey], meta: MetaStore, key: StateKey) -> None:
    """One use stands here."""
    await reader.head_state(key)  # E: attr-defined reportAttributeAccessIssue

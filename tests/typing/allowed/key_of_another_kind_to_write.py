"""A delta file is no file of the base."""

from arco.layout import L0Key
from arco.storage.capabilities import StatePutStore


async def use(artifacts: StatePutStore, key: L0Key) -> None:
    """One use stands here."""
    await artifacts.put_l0(key, b"")

"""Who appends cannot write artifacts (I3)."""

from arco.layout import StateKey
from arco.storage.capabilities import LedgerPutStore, StatePutStore


async def use(ledger: LedgerPutStore, artifacts: StatePutStore, key: StateKey) -> None:
    """One use stands here."""
    await artifacts.put_state(key, b"")

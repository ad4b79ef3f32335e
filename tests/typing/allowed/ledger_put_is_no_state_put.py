"""One put capability is not the other."""

from arco.storage.capabilities import LedgerPutStore, StatePutStore


def use(ledger: LedgerPutStore, artifacts: StatePutStore) -> StatePutStore:
    """One use stands here."""
    return artifacts

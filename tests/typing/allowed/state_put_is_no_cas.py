"""Who writes artifacts is not a publisher."""

from arco.storage.capabilities import CasStore, StatePutStore


def use(artifacts: StatePutStore, publisher: CasStore) -> CasStore:
    """One use stands here."""
    return publisher

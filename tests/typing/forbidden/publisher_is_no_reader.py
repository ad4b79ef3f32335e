"""What publishes is given the verb of publishing, not a reader."""

from arco.manifests import publisher
from arco.storage.capabilities import CasStore, MetaStore, ReadStore
from arco.storage.holders import ChainKey


def use(chain: ReadStore[ChainKey], manifests: CasStore, metadata: MetaStore) -> None:
    """One use stands here."""
    publisher(chain, metadata)  # E: arg-type reportArgumentType

"""A publisher comes from the function that takes its capabilities; nobody makes one around a bucket."""

from arco.manifests import Publisher, publisher
from arco.storage.capabilities import CasStore, MetaStore


def use(manifests: CasStore, metadata: MetaStore) -> None:
    """One use stands here."""
    Publisher(manifests, metadata)  # E: arg-type,call-arg reportCallIssue

"""A newest manifest is read from its chain; nobody makes one up."""

from arco.layout import Domain
from arco.manifests import ChainReader, Manifest, Newest


async def use(reader: ChainReader, manifest: Manifest) -> None:
    """One use stands here."""
    Newest(manifest)  # E: arg-type,call-arg reportCallIssue

"""A number is no permit."""

from arco.fencing import PublishPermit
from arco.manifests import Manifest, Newest, Publisher


async def use(publisher: Publisher, permit: PublishPermit, newest: Newest, manifest: Manifest) -> None:
    """One use stands here."""
    await publisher.publish(permit, newest, manifest)

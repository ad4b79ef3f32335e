"""Nothing is published without a permit."""

from arco.fencing import FencingToken, PublishPermit
from arco.manifests import Manifest, Newest, Publisher


async def use(
    publisher: Publisher, permit: PublishPermit, token: FencingToken, newest: Newest, manifest: Manifest
) -> None:
    """One use stands here."""
    await publisher.publish(permit, newest, manifest)

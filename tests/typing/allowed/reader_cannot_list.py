"""A reader cannot list (I10, I11)."""

from arco.layout import Domain, ManifestKey, Root
from arco.storage.capabilities import ListStore, ReadStore


async def use(reader: ReadStore[ManifestKey], lister: ListStore, domain: Domain) -> None:
    """One use stands here."""
    await lister.list_page(Root.STATE, domain, "", 1)
